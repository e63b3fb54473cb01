"""The Hamiltonian of a destination against a search over efforts; refusals."""

import math

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.export_entry.export_market import ExportMarket, whole_numbers
from tests.references.export_entry.entry_oracles import best_holding, best_option

MARKETS = [
    ExportMarket(),
    ExportMarket(search_cost=2.0),
    ExportMarket(maintenance_cost=20.0),
    ExportMarket(search_cost=0.7, maintenance_cost=5.0, exit_rate=0.5),
]
GAINS = np.linspace(-4, 4, 161)


@pytest.mark.parametrize("market", MARKETS)
def test_flow_values_are_those_of_the_best_efforts(market):
    np.testing.assert_allclose(market.option_value(GAINS), best_option(market, GAINS), atol=2e-5)
    np.testing.assert_allclose(market.holding_value(GAINS), best_holding(market, GAINS), atol=2e-5)


@pytest.mark.parametrize("market", MARKETS)
def test_intensities_are_the_derivatives_of_flow_values(market):
    gains, step = GAINS + 0.0111, 1e-6  # away from the kinks
    slope = (market.option_value(gains + step) - market.option_value(gains - step)) / (2 * step)
    np.testing.assert_allclose(market.entry_intensity(gains), slope, atol=1e-6)
    slope = (market.holding_value(gains + step) - market.holding_value(gains - step)) / (2 * step)
    np.testing.assert_allclose(market.departure_intensity(gains), -slope, atol=1e-6)


def test_cost_deviation_is_the_stationary_one():
    assert ExportMarket(cost_volatility=0.3, cost_reversion=2.0).cost_deviation == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"discount_rate": 0.0}, "discount_rate is 0.0, expected above 0"),
        ({"opportunity_rate": -0.5}, "opportunity_rate is -0.5, expected above 0"),
        ({"search_cost": -1.0}, "search_cost is -1.0, expected 0 or above"),
        ({"revenue": math.nan}, "revenue is nan, expected a finite number"),
        ({"mean_cost": "0.8"}, "mean_cost is 0.8, expected a finite number"),
        ({"loss_rate": math.inf, "exit_rate": -1.0}, "exit_rate is -1.0.*loss_rate is inf"),
    ],
)
def test_what_cannot_be_solved_is_refused(changes, message):
    with pytest.raises(CalibrationError, match=message):
        ExportMarket(**changes)


@pytest.mark.parametrize("values", [[0, 3], [-1], [0.5], [np.nan]])
def test_other_than_whole_numbers_in_range_are_refused(values):
    with pytest.raises(CalibrationError, match=r"count holds .*; expected whole numbers from 0 to 2"):
        whole_numbers("count", np.array(values), 2)


def test_whole_numbers_of_any_type_become_integers():
    assert whole_numbers("count", np.array([0.0, 2.0]), 2).tolist() == [0, 2]
    assert whole_numbers("active", np.array([True, False]), 1).tolist() == [1, 0]
