"""From the export-entry model to its references: revenue less cost enters as minus one cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from hetkeras.references.export_entry.entry_bounds import separable_bounds
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.linked_markets import LinkedMarkets

Bound = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(state [n, D], active [n, J]) -> [n]."""


class EntryProblem(Protocol):
    """What the references need of `models.export_entry.ExportEntry`, whose names these are."""

    @property
    def discount_rate(self) -> float: ...
    @property
    def reversion(self) -> float: ...
    @property
    def opportunity_rate(self) -> float: ...
    @property
    def loss_rate(self) -> float: ...
    @property
    def search_cost(self) -> float: ...
    @property
    def maintenance_cost(self) -> float: ...
    @property
    def exit_rate(self) -> float: ...
    @property
    def mean_state(self) -> np.ndarray: ...  # [D], costs before revenues
    @property
    def profit(self) -> np.ndarray: ...  # [J]
    @property
    def entry_costs(self) -> np.ndarray: ...  # [J]
    @property
    def factor_loadings(self) -> np.ndarray: ...  # [D, M]
    @property
    def idiosyncratic_loadings(self) -> np.ndarray: ...  # [D]
    @property
    def complementarities(self) -> np.ndarray: ...  # [J, J]


def linked_markets(problem: EntryProblem) -> LinkedMarkets | None:
    """Returns the problem of the references; None where they lack a shock."""
    own = problem.idiosyncratic_loadings[: len(problem.profit)]
    return None if own.any() and problem.complementarities.any() else _markets(problem)


def _markets(problem: EntryProblem) -> LinkedMarkets:
    """Shocks of the destinations' own are one more factor: the same thing if C is zero, or if they are taken apart."""
    names = ("discount_rate", "opportunity_rate", "loss_rate", "search_cost", "maintenance_cost", "exit_rate")
    common = ExportMarket(cost_reversion=problem.reversion, **{name: getattr(problem, name) for name in names})
    count = len(problem.profit)
    loadings, own = _net(problem.factor_loadings, count), problem.idiosyncratic_loadings[:count]
    if own.any():
        loadings = np.column_stack([loadings, own])
    costs = problem.mean_state[:count]
    return LinkedMarkets(
        common, problem.profit + costs, costs, problem.entry_costs, loadings, problem.complementarities
    )


def state_of(problem: EntryProblem, cost: np.ndarray) -> np.ndarray:
    """Returns states [n, D] with these costs [n, J] and revenues at their means."""
    rest = np.broadcast_to(problem.mean_state[cost.shape[1] :], (len(cost), len(problem.mean_state) - cost.shape[1]))
    return np.concatenate([cost, rest], 1)


def value_bounds(problem: EntryProblem) -> tuple[Bound, Bound]:
    """Returns a lower and an upper bound of the value."""
    markets, count = _markets(problem), len(problem.profit)

    def of(bound: Bound) -> Bound:
        return lambda state, active: bound(
            active.astype(int), markets.mean_cost + _net((state - problem.mean_state).T, count).T
        )

    low, high = separable_bounds(markets)
    return of(low), of(high)


def _net(rows: np.ndarray, count: int) -> np.ndarray:
    """Costs less revenues, [J, ...] from [D, ...]."""
    return rows[:count] - rows[count:] if len(rows) > count else rows
