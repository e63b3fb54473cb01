"""Arrays of destinations become single destinations; refusals."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.linked_markets import LinkedMarkets

ARRAYS = {
    "revenue": np.array([1.0, 0.9]),
    "mean_cost": np.array([0.8, 0.7]),
    "entry_cost": np.array([0.6, 0.5]),
    "loadings": np.array([[0.3, 0.4], [0.0, -0.1]]),
    "complementarity": np.array([[0.0, 0.02], [0.03, 0.0]]),
}


def test_a_destination_takes_its_row_and_the_common_rates():
    first, second = LinkedMarkets(ExportMarket(loss_rate=0.2, search_cost=3.0), **ARRAYS).destinations
    rates = {"loss_rate": 0.2, "search_cost": 3.0}
    assert first == ExportMarket(revenue=1.0, mean_cost=0.8, entry_cost=0.6, cost_volatility=0.5, **rates)
    assert second == ExportMarket(revenue=0.9, mean_cost=0.7, entry_cost=0.5, cost_volatility=0.1, **rates)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("revenue", np.ones(3)),
        ("mean_cost", 0.8),
        ("entry_cost", np.ones((2, 1))),
        ("loadings", np.ones(2)),
        ("loadings", np.ones((3, 2))),
        ("complementarity", np.zeros((2, 3))),
    ],
)
def test_arrays_that_disagree_are_refused(name, value):
    with pytest.raises(ShapeError, match=rf"'{name}': .*; expected \[J\]"):
        LinkedMarkets(ExportMarket(), **ARRAYS | {name: value})


def test_no_destinations_are_refused():
    empty = {name: np.zeros([0] * value.ndim) for name, value in ARRAYS.items()}
    with pytest.raises(ShapeError, match="J at least 1"):
        LinkedMarkets(ExportMarket(), **empty)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("revenue", np.array([1.0, np.nan]), "revenue is not finite"),
        ("complementarity", np.array([[0.0, np.inf], [0.0, 0.0]]), "complementarity is not finite"),
        ("complementarity", np.array([[0.0, 0.1], [0.1, 0.2]]), "diagonal that is not 0"),
        ("loadings", np.array([[0.1, 0.1], [0.0, 0.0]]), "loadings of destination 1 are all 0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(name, value, message):
    with pytest.raises(CalibrationError, match=message):
        LinkedMarkets(ExportMarket(), **ARRAYS | {name: value})
