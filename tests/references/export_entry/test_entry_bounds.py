"""Bounds around exact values; equal destinations are solved once; refusals."""

import dataclasses

import numpy as np
import pytest

from hetkeras.errors import ShapeError
from hetkeras.references.export_entry import entry_bounds
from hetkeras.references.export_entry.coupled_entry import CoupledEntry
from hetkeras.references.export_entry.entry_bounds import separable_bounds
from hetkeras.references.export_entry.exchangeable_entry import ExchangeableEntry
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.linked_markets import LinkedMarkets

EXTENDED = ExportMarket(search_cost=2.0, maintenance_cost=20.0, exit_rate=0.5)


def five(common=ExportMarket(), lowest=0.0):
    rng = np.random.default_rng(1)
    complementarity = rng.uniform(lowest, 0.04, (5, 5))
    np.fill_diagonal(complementarity, 0)
    revenue, mean_cost, entry_cost = rng.normal(1, 0.15, 5), rng.uniform(0.75, 0.9, 5), rng.uniform(0.5, 1, 5)
    loadings = np.stack([rng.uniform(0.05, 0.15, 5), rng.uniform(-0.05, 0.15, 5)], 1)
    return LinkedMarkets(common, revenue, mean_cost, entry_cost, loadings, complementarity)


def hundred(complementarity):
    ones = np.ones(100)
    return LinkedMarkets(
        ExportMarket(),
        ones,
        0.8 * ones,
        0.8 * ones,
        np.tile([0.15, 0.1], (100, 1)),
        complementarity * (1 - np.eye(100)),
    )


@pytest.mark.parametrize("common", [ExportMarket(), EXTENDED])
@pytest.mark.parametrize("lowest", [0.0, -0.04])
def test_bounds_enclose_the_exact_value(common, lowest):
    markets, rng = five(common, lowest), np.random.default_rng(0)
    active, factors = rng.integers(0, 2, (200, 5)), rng.normal(0, 1.3, (200, 2))
    cost = markets.mean_cost + factors @ markets.loadings.T
    exact = CoupledEntry(markets, 31).value(active, factors)
    lower, upper = (bound(active, cost) for bound in separable_bounds(markets, nodes=401))
    assert (lower < exact + 1e-3).all()
    assert (exact < upper + 1e-3).all()
    assert (upper - lower > 0.1).all()


def test_bounds_of_a_hundred_destinations():
    lower, upper = separable_bounds(hundred(0.001))
    active, cost = np.tril(np.ones((101, 100)), -1)[[0, 50, 100]], 0.8 * np.ones(100)
    assert lower(active, cost)[0] == pytest.approx(145.8, abs=0.05)
    assert upper(active, cost)[0] == pytest.approx(280.9, abs=0.05)
    exact = ExchangeableEntry(ExportMarket(), 100, 0.001, 51).value([0, 50, 100], 0.8)
    assert (lower(active, cost) < exact).all()
    assert (exact < upper(active, cost)).all()


def test_the_upper_bound_is_exact_where_all_are_active_for_ever():
    """With hardly a loss and entry at hardly a cost, all stay active and every pair earns its full sum."""
    common = dataclasses.replace(ExportMarket(), loss_rate=1e-4, opportunity_rate=5.0)
    markets = dataclasses.replace(five(), common=common)
    active, cost = np.ones(5, dtype=int), markets.mean_cost
    _, upper = separable_bounds(markets, nodes=401)
    assert upper(active, cost) == pytest.approx(CoupledEntry(markets, 31).value(active, np.zeros(2)), rel=2e-4)


def test_without_complementarity_the_bounds_meet():
    markets = dataclasses.replace(five(), complementarity=np.zeros((5, 5)))
    lower, upper = (bound(np.array([0, 1, 1, 0, 1]), markets.mean_cost) for bound in separable_bounds(markets, 101))
    assert lower == upper


def test_equal_destinations_are_solved_once(monkeypatch):
    solved = []

    class Counted(entry_bounds.SeparableEntry):
        def __init__(self, *args):
            solved.append(args)
            super().__init__(*args)

    monkeypatch.setattr(entry_bounds, "SeparableEntry", Counted)
    separable_bounds(hundred(0.0007), nodes=21)  # whose row sums differ in the last digit
    assert len(solved) == 2


def test_queries_of_other_shapes_are_refused():
    lower, _ = separable_bounds(five(), nodes=21)
    with pytest.raises(ShapeError, match=r"shapes \(5,\) and \(4,\); expected \[.., 5\]"):
        lower(np.ones(5), np.ones(4))
    with pytest.raises(ShapeError, match=r"shapes \(4,\) and \(5,\); expected \[.., 5\]"):
        lower(np.ones(4), np.ones(5))
