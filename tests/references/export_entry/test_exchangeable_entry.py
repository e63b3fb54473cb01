"""Identical destinations: known values, other references where they meet, the HJB equation, economics; refusals."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.export_entry.exchangeable_entry import ExchangeableEntry
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.separable_entry import SeparableEntry
from tests.references.export_entry.entry_oracles import best_holding, best_option, drift, forced_value

EXTENDED = ExportMarket(search_cost=2.0, maintenance_cost=20.0, exit_rate=0.5)
COST = np.linspace(-0.5, 2.0, 101)


@pytest.mark.parametrize(
    ("num", "complementarity", "nodes", "values", "error"),
    [
        (10, 0.02, 401, (34.49448, 40.52997, 47.37060), 1e-5),
        (100, 0.001, 401, (247.7972, 301.5027, 359.4600), 3e-4),
        (100, 0.0002, 201, (163.5412, 209.2888, 256.1704), 2e-3),
    ],
)
def test_known_values(num, complementarity, nodes, values, error):
    solution = ExchangeableEntry(ExportMarket(), num, complementarity, nodes)
    np.testing.assert_allclose(solution.value([0, num // 2, num], 0.8), values, atol=error)


@pytest.mark.parametrize("market", [ExportMarket(), EXTENDED])
def test_one_destination_is_the_separable_one(market):
    solution, alone = ExchangeableEntry(market, 1, 0.3, 301), SeparableEntry(market, 301)
    both = np.array([[0], [1]])
    np.testing.assert_allclose(solution.value(both, COST), alone.value(both, COST), rtol=1e-9)
    np.testing.assert_allclose(solution.entry_gain(0, COST), alone.entry_gain(COST), rtol=1e-8)


def test_without_complementarity_values_add_up():
    solution, alone = ExchangeableEntry(EXTENDED, 6, 0.0, 201), SeparableEntry(EXTENDED, 201)
    count = np.arange(7)[:, None]
    expected = count * alone.value(1, COST) + (6 - count) * alone.value(0, COST)
    np.testing.assert_allclose(solution.value(count, COST), expected, rtol=1e-9)


@pytest.mark.parametrize(("always", "entry_cost"), [(True, -50.0), (False, 1e4)])
def test_forced_policies_have_their_formula(always, entry_cost):
    market, num, size = ExportMarket(entry_cost=entry_cost), 5, 0.03
    solution = ExchangeableEntry(market, num, size, 101)
    ones, pairs = np.ones(num), size * (1 - np.eye(num))
    for count in range(num + 1):
        active, cost = np.tile(np.arange(num) < count, (len(COST), 1)), COST[:, None] * ones
        expected = forced_value(market, ones, 0.8 * ones, entry_cost * ones, pairs, active, cost, always)
        np.testing.assert_allclose(solution.value(count, COST), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("size", [0.05, -0.02])
def test_hjb_equation_between_the_nodes(size):
    market, num = EXTENDED, 4
    solution, deviation = ExchangeableEntry(market, num, size), np.random.default_rng(0).uniform(-0.6, 0.6, 300)

    def value(count):
        return lambda x: solution.value(count, market.mean_cost + x)

    for count in range(num + 1):
        flow = count * (market.revenue - market.mean_cost - deviation) + size * count * (count - 1)
        if count < num:
            gain = value(count + 1)(deviation) - value(count)(deviation) - market.entry_cost
            flow += (num - count) * best_option(market, gain)
        if count:
            flow += count * best_holding(market, value(count)(deviation) - value(count - 1)(deviation))
        step = 0.02 * market.cost_deviation
        flow += drift(value(count), deviation, market.cost_reversion, market.cost_volatility, step)
        error = np.abs(market.discount_rate * value(count)(deviation) - flow)
        assert np.median(error) < 1e-4
        assert error.max() < 2e-3


def test_complements_attract_and_substitutes_repel():
    count = np.arange(6)[:, None]
    for size, sign in ((0.03, 1), (-0.03, -1)):
        gains = ExchangeableEntry(ExportMarket(), 6, size, 201).entry_gain(count, COST)
        assert (sign * np.diff(gains, axis=0)).min() > -1e-9
        assert (sign * np.diff(gains, axis=0)).max() > 0.01


def test_entry_gain_is_the_difference_net_of_the_cost_of_entry():
    solution = ExchangeableEntry(EXTENDED, 4, 0.03, 101)
    expected = solution.value(3, COST) - solution.value(2, COST) - 0.8
    np.testing.assert_allclose(solution.entry_gain(2, COST), expected, atol=1e-10)


def test_the_value_falls_in_the_cost_and_is_convex():
    value = ExchangeableEntry(EXTENDED, 5, 0.03).value(np.arange(6)[:, None], COST)
    assert np.diff(value).max() < 1e-9
    assert np.diff(value, 2).min() > -1e-7


def test_values_grow_with_complementarity():
    """By no more than what all pairs would earn for ever."""
    small, large = (ExchangeableEntry(ExportMarket(), 5, size, 201).value(2, COST) for size in (0.02, 0.03))
    assert (large > small).all()
    assert (large - small < 0.01 * 20 / 0.05).all()


@pytest.mark.parametrize("num", [0, 2.5, np.nan])
def test_numbers_of_destinations_that_are_none_are_refused(num):
    with pytest.raises(CalibrationError, match=f"num_destinations is {num}; expected a whole number"):
        ExchangeableEntry(ExportMarket(), num, 0.02)


def test_a_complementarity_that_is_not_finite_is_refused():
    with pytest.raises(CalibrationError, match="complementarity is nan"):
        ExchangeableEntry(ExportMarket(), 3, np.nan)


def test_counts_outside_the_range_are_refused():
    solution = ExchangeableEntry(ExportMarket(), 2, 0.02, 21)
    with pytest.raises(CalibrationError, match="count holds 3; expected whole numbers from 0 to 2"):
        solution.value(3, 0.8)
    with pytest.raises(CalibrationError, match="count holds 2; expected whole numbers from 0 to 1"):
        solution.entry_gain(2, 0.8)
