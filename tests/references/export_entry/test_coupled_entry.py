"""Destinations that differ: known values, other references where they meet, the HJB equation, economics; refusals."""

import dataclasses
import itertools

import numpy as np
import pytest

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.export_entry.coupled_entry import CoupledEntry
from hetkeras.references.export_entry.exchangeable_entry import ExchangeableEntry
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.linked_markets import LinkedMarkets
from hetkeras.references.export_entry.separable_entry import SeparableEntry
from tests.references.export_entry.entry_oracles import best_holding, best_option, drift, forced_value

EXTENDED = ExportMarket(search_cost=2.0, maintenance_cost=20.0, exit_rate=0.5)


def three(common=ExportMarket(), **changes):
    arrays = {
        "revenue": np.array([1.0, 0.95, 1.1]),
        "mean_cost": np.array([0.8, 0.82, 0.9]),
        "entry_cost": np.array([0.8, 0.6, 0.7]),
        "loadings": np.array([[0.15, 0.05], [0.05, 0.15], [0.12, -0.1]]),
        "complementarity": np.array([[0.0, 0.02, 0.05], [0.03, 0.0, 0.0], [0.01, 0.04, 0.0]]),
    }
    return LinkedMarkets(common, **arrays | changes)


def alike(common, num, complementarity, loadings):
    ones = np.ones(num)
    parts = (common.revenue * ones, common.mean_cost * ones, common.entry_cost * ones, np.tile(loadings, (num, 1)))
    return LinkedMarkets(common, *parts, complementarity * (1 - np.eye(num)))


def points(markets, num=60, spread=1.5):
    """States [num, J], factors [num, M] and the costs [num, J] that go with them."""
    rng = np.random.default_rng(0)
    destinations, num_factors = np.shape(markets.loadings)
    factors = spread * rng.uniform(-1, 1, (num, num_factors))
    return rng.integers(0, 2, (num, destinations)), factors, markets.mean_cost + factors @ markets.loadings.T


def test_known_values_of_two_destinations():
    markets = LinkedMarkets(
        ExportMarket(),
        revenue=np.array([1.0, 0.95]),
        mean_cost=np.array([0.8, 0.82]),
        entry_cost=np.array([0.8, 0.6]),
        loadings=np.array([[0.15, 0.05], [0.05, 0.15]]),
        complementarity=np.array([[0.0, 0.02], [0.03, 0.0]]),
    )
    states = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    values = CoupledEntry(markets, nodes=121).value(states, np.zeros(2))
    np.testing.assert_allclose(values, [2.75249, 3.67315, 3.39257, 4.36758], atol=5e-5)


@pytest.mark.parametrize("common", [ExportMarket(), EXTENDED])
def test_without_complementarity_values_add_up(common):
    markets = three(common, complementarity=np.zeros((3, 3)))
    active, factors, cost = points(markets)
    alone = [SeparableEntry(market) for market in markets.destinations]
    expected = sum(solution.value(active[:, j], cost[:, j]) for j, solution in enumerate(alone))
    solution = CoupledEntry(markets, nodes=81)
    np.testing.assert_allclose(solution.value(active, factors), expected, atol=5e-4)
    gains = np.stack([solution.entry_gain(cost[:, j]) for j, solution in enumerate(alone)], -1)
    np.testing.assert_allclose(solution.entry_gain(active, factors), gains, atol=2e-4)


@pytest.mark.parametrize(
    ("loadings", "nodes", "error"), [([[np.hypot(0.15, 0.1)]], 401, 5e-5), ([[0.15, 0.1]], 61, 1e-3)]
)
def test_identical_destinations_are_exchangeable(loadings, nodes, error):
    markets = alike(EXTENDED, 4, 0.03, loadings)
    solution, expected = CoupledEntry(markets, nodes), ExchangeableEntry(EXTENDED, 4, 0.03)
    active, factors, cost = points(markets)
    count = active.sum(-1)
    np.testing.assert_allclose(solution.value(active, factors), expected.value(count, cost[:, 0]), atol=error)
    others = count[:, None] - active
    gains = solution.entry_gain(active, factors)
    np.testing.assert_allclose(gains, expected.entry_gain(others, cost), atol=error)


@pytest.mark.parametrize(("always", "entry_cost"), [(True, -50.0), (False, 1e4)])
def test_forced_policies_have_their_formula(always, entry_cost):
    markets = three(entry_cost=entry_cost * np.array([1.0, 1.1, 0.9]))
    active, factors, cost = points(markets, spread=10.0)  # beyond the grid too
    arrays = (markets.revenue, markets.mean_cost, markets.entry_cost, markets.complementarity)
    expected = forced_value(markets.common, *arrays, active, cost, always)
    np.testing.assert_allclose(CoupledEntry(markets, nodes=21).value(active, factors), expected, rtol=1e-8)


@pytest.mark.parametrize("common", [ExportMarket(), EXTENDED])
def test_hjb_equation_between_the_nodes(common):
    markets = three(common)
    solution = CoupledEntry(markets, nodes=101)
    active, factors, cost = points(markets, num=300, spread=1.0)
    flow = (active * (markets.revenue - cost)).sum(-1)
    flow += np.einsum("bj,jk,bk->b", active, markets.complementarity, active)
    for j, on in enumerate(np.eye(3, dtype=int)):
        lead = solution.value(active | on, factors) - solution.value(active & ~on, factors)
        gains = [best_option(common, lead - markets.entry_cost[j]), best_holding(common, lead)]
        flow += np.where(active[:, j], gains[1], gains[0])
    for axis in np.eye(2):
        moved = lambda x, axis=axis: solution.value(active, factors + (x - factors @ axis)[:, None] * axis)  # noqa: E731
        flow += drift(moved, factors @ axis, common.cost_reversion, 1.0, 0.1)
    error = np.abs(common.discount_rate * solution.value(active, factors) - flow)
    assert np.median(error) < 1e-3
    assert error.max() < 1e-2


def test_the_order_of_destinations_does_not_matter():
    markets, order = three(EXTENDED), np.array([2, 0, 1])
    arrays = {name: getattr(markets, name)[order] for name in ("revenue", "mean_cost", "entry_cost", "loadings")}
    other = LinkedMarkets(EXTENDED, **arrays, complementarity=markets.complementarity[np.ix_(order, order)])
    active, factors, _ = points(markets)
    solution, permuted = CoupledEntry(markets, 31), CoupledEntry(other, 31)
    np.testing.assert_allclose(permuted.value(active[:, order], factors), solution.value(active, factors), rtol=1e-8)
    gains = solution.entry_gain(active, factors)[:, order]
    np.testing.assert_allclose(permuted.entry_gain(active[:, order], factors), gains, atol=1e-6)


def test_only_the_sum_of_complementarities_of_a_pair_matters():
    markets = three()
    mirrored = dataclasses.replace(markets, complementarity=markets.complementarity.T)
    active, factors, _ = points(markets)
    values = [CoupledEntry(each, 21).value(active, factors) for each in (markets, mirrored)]
    np.testing.assert_allclose(*values, rtol=1e-12)


def test_a_second_factor_without_loadings_is_idle():
    common = ExportMarket()
    single, double = (CoupledEntry(alike(common, 2, 0.05, row), 41) for row in ([[0.2]], [[0.2, 0.0]]))
    active, factors, _ = points(alike(common, 2, 0.05, [[0.2, 0.0]]))
    np.testing.assert_allclose(double.value(active, factors), single.value(active, factors[:, :1]), rtol=1e-7)


def test_gains_grow_in_what_is_active_if_all_are_complements():
    solution, (_, factors, _) = CoupledEntry(three(), 41), points(three())
    for state in itertools.product([0, 1], repeat=3):
        low = solution.entry_gain(np.array(state), factors)
        for j in range(3):
            high = solution.entry_gain(np.maximum(state, np.eye(3, dtype=int)[j]), factors)
            assert (high - low).min() > -1e-6


def test_the_value_falls_in_costs_of_entry_and_rises_with_complementarity():
    markets = three()
    active, factors, _ = points(markets)
    value = CoupledEntry(markets, 41).value(active, factors)
    dearer = dataclasses.replace(markets, entry_cost=markets.entry_cost + np.array([0.0, 0.1, 0.0]))
    richer = dataclasses.replace(markets, complementarity=1.1 * markets.complementarity)
    assert (CoupledEntry(dearer, 41).value(active, factors) < value).all()
    assert (CoupledEntry(richer, 41).value(active, factors) > value).all()


def test_entry_gain_is_the_difference_net_of_the_cost_of_entry():
    solution, (active, factors, _) = CoupledEntry(three(), 21), points(three())
    gains = solution.entry_gain(active, factors)
    for j, on in enumerate(np.eye(3, dtype=int)):
        lead = solution.value(active | on, factors) - solution.value(active & ~on, factors)
        np.testing.assert_allclose(gains[:, j], lead - three().entry_cost[j], atol=1e-12)


def test_too_many_states_are_refused():
    with pytest.raises(CalibrationError, match=r"11 destinations on 61 nodes are 2\^11 x 61\^2 = 7.6e\+06 unknowns"):
        CoupledEntry(alike(ExportMarket(), 11, 0.01, [[0.1, 0.1]]))


def test_three_factors_are_refused():
    with pytest.raises(CalibrationError, match="loadings has 3 factors; expected 1 or 2"):
        CoupledEntry(alike(ExportMarket(), 2, 0.01, [[0.1, 0.1, 0.1]]))


def test_queries_of_other_shapes_are_refused():
    solution = CoupledEntry(three(), 9)
    with pytest.raises(ShapeError, match=r"active has the shape \(2,\); expected \[.., 3\]"):
        solution.value(np.ones(2), np.zeros(2))
    with pytest.raises(ShapeError, match=r"factors has the shape \(3,\); expected \[.., 2\]"):
        solution.entry_gain(np.ones(3), np.zeros(3))
    with pytest.raises(CalibrationError, match=r"active holds 0.5"):
        solution.value(np.array([1.0, 0.5, 0.0]), np.zeros(2))
