"""The planner's calibration: values that are known, and what is refused."""

import dataclasses
import math

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.models.production_network.planner import ProductionNetwork
from tests.small_networks import EFFORTS, random_network, star_network


def test_known_values_name_the_sector_whose_turn_it_is():
    known = star_network(6).exact_values()
    assert known.name == "star"
    assert [part.shape for part in known[1:6]] == [(200, 7), (200, 49), (200,), (200, 7), (200,)]
    assert known.decision is None  # the planner decides
    assert not known.worth[known.regime != 0].any()
    assert random_network(6).exact_values() is None
    assert random_network(2, series_terms=10).exact_values() is None  # of another log GDP than the references'


def test_decisions_of_a_star_are_looked_at_where_its_hub_decides():
    """At each number of links and of a range of factors; 12 % of 36 suppliers are rejected there (the notes)."""
    model = star_network()
    known = model.decision_states(model.exact_values())
    links = known.binary.reshape(-1, 37, 37)
    assert len(known.state) == 36 * 13
    assert not known.regime.any()
    count = links[:, 0, 1:].sum(1)
    assert np.unique(count).tolist() == list(range(36))
    offered = np.arange(len(links)), 1 + count.astype(int)  # the next supplier
    assert not links[offered[0], 0, offered[1]].any()
    assert (known.worth[offered] < 0).mean() == pytest.approx(0.12, abs=0.005)
    other = random_network(2).exact_values()
    assert random_network(2).decision_states(other) is other


def test_a_calibration_survives_the_way_through_its_dictionary():
    model = random_network(3, 2)
    assert ProductionNetwork.from_dict(model.as_dict()) == model
    assert dataclasses.replace(model, risk_aversion=3.0) != model


@pytest.mark.parametrize("sector", [-1, 5, 2.5, np.nan])
def test_sectors_out_of_range_are_refused(sector):
    with pytest.raises(CalibrationError, match=rf"sector holds {sector}.*; expected whole numbers from 0 to 4"):
        ProductionNetwork().checked_regime(np.array([0, sector]))
    found = ProductionNetwork().checked_regime(np.array([4, 0.0]))
    assert found.tolist() == [4, 0]
    assert found.dtype == np.int32


REFUSED = {
    "num_sectors": [(1, "expected from 2 to 500"), (501, "expected from 2 to 500")],
    "num_factors": [(0, "expected from 1 to 10"), (11, "expected from 1 to 10")],
    "discount_rate": [(0.0, "expected above 0"), (math.inf, "expected finite float")],
    "reversion": [(0.0, "expected above 0")],
    "risk_aversion": [(0.0, "expected above 0")],
    "switch_rate": [(0.0, "expected above 0")],
    "penalty_cap": [(0.0, "expected above 0")],
    "arrival_rate": [(-0.1, "expected 0 or above")],
    "destruction_rate": [(-0.1, "expected 0 or above")],
    "arrival_rate and destruction_rate": [({"arrival_rate": 0.0, "destruction_rate": 0.0}, "both 0; expected one")],
    **{name: [(-0.1, "expected above 0, or 0 to do without")] for name in EFFORTS},
    "series_terms": [(-1, "expected 0 or above")],
    "normalised": [(2, "expected 0 or 1")],
    "shares": [
        ((0.1,) * 4, "has 4 numbers; expected 1 or 9"),
        ((0.4,), "of inputs sum to 1.2 in sector 0 .1 or above in 3 of 3.; expected below 1"),
        ((0.4,), "is unstable: its spectral radius is 1.2; expected below 1"),
        ((0.5, 0.5, 0.0, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0), "of inputs sum to 1 in sector 0 .1 or above in 1 of 3."),
        ((-0.1,), "has the entry -0.1; expected no negative number"),
        (tuple((0.1 * np.eye(3)).ravel()), "has no positive entry off its diagonal"),
    ],
    "consumption_shares": [
        ((0.5, 0.5), "has 2 numbers; expected 0 or 3"),
        ((0.5, 0.4, 0.2), "sum to 1.1; expected 1: divide them by their sum"),
        ((0.6, 0.6, -0.2), "has the entry -0.2; expected no negative number"),
    ],
    "mean_productivity": [((0.0, 0.0), "has 2 numbers; expected 1 or 3"), ((math.nan,), "expected finite float")],
    "productivity_loadings": [((0.1,), "has 1 numbers; expected 2 or 6 for 3 sectors and 2 factors")],
    "sector_penalty": [((1.0, 2.0), "expected 1 or 3"), ((-1.0,), "expected no negative number")],
    "link_penalty": [((1.0, 2.0), "expected 1 or 9"), ((-1.0,), "expected no negative number")],
    "link_cost": [((1.0, 2.0), "expected 1 or 9")],
}


@pytest.mark.parametrize(("name", "value", "message"), [(name, *case) for name in REFUSED for case in REFUSED[name]])
def test_every_violation_is_named(name, value, message):
    with pytest.raises(CalibrationError, match=rf"{name}.*{message}|the network of {name} {message}"):
        ProductionNetwork(**{"num_sectors": 3} | (value if isinstance(value, dict) else {name: value}))


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(CalibrationError) as error:
        ProductionNetwork(shares=(0.3,), discount_rate=-1.0, consumption_shares=(1.0,) * 5)
    assert len(str(error.value).splitlines()) == 5  # the headline, the rate, the sum, sums of rows, the radius
