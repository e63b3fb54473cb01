"""The synthetic input-output table has its facts."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.models.production_network.input_output import synthetic_table
from hetkeras.models.production_network.planner import ProductionNetwork
from tests.models.production_network.tables import KNOWN, facts


@pytest.mark.parametrize("seed", range(5))
def test_thirty_seven_sectors_have_the_facts_of_the_notes(seed):
    fields = synthetic_table(37, seed)
    assert facts(fields) == pytest.approx(KNOWN, rel=1e-9)
    assert min(fields["shares"]) == 0.0
    assert ProductionNetwork(**fields).movable.sum() == 37 * 36 - 7


@pytest.mark.parametrize("count", [3, 5, 10, 20, 74])
def test_any_number_of_sectors_has_them(count):
    fields = synthetic_table(count)
    expected = {**KNOWN, "zeros": round(7 / (37 * 36) * count * (count - 1))}
    assert facts(fields) == pytest.approx(expected, rel=1e-9)
    model = ProductionNetwork(**fields)
    assert model.num_factors == 2
    assert (model.reversion, model.technology.consumption.sum()) == (0.336, pytest.approx(1, abs=1e-12))


def test_draws_depend_on_the_seed_alone():
    first, again, other = (synthetic_table(10, seed) for seed in (1, 1, 2))
    assert first == again
    assert first["shares"] != other["shares"]
    level = synthetic_table(10, 1, productivity_spread=0.0)
    assert not any(level.pop("mean_productivity"))
    assert np.std(first.pop("mean_productivity")) > 0.03
    assert level == first


@pytest.mark.parametrize(("count", "spread"), [(2, 0.1), (2000, 0.1), (37, -0.1), (37, np.nan)])
def test_impossible_tables_are_refused(count, spread):
    with pytest.raises(CalibrationError, match=f"got {count} sectors and a spread of {spread}; expected at least 3"):
        synthetic_table(count, productivity_spread=spread)


def test_a_draw_that_cannot_meet_the_facts_is_refused():
    refused = []
    for seed in range(20):
        try:
            synthetic_table(20, seed)
        except CalibrationError as error:
            refused.append(str(error))
    assert 0 < len(refused) < 4
    assert all("cannot be met; expected another seed" in message for message in refused)
