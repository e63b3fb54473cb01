"""States of linked destinations at which the value is known, to measure solutions against.

Three cases: destinations without complementarity, any number and any costs; destinations that are all alike, at equal
costs; a few that differ, at costs that their two factors explain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hetkeras.references.export_entry.coupled_entry import CoupledEntry
from hetkeras.references.export_entry.entry_bounds import SeparableSum
from hetkeras.references.export_entry.exchangeable_entry import ExchangeableEntry
from hetkeras.references.export_entry.linked_markets import LinkedMarkets
from hetkeras.references.export_entry.separable_entry import SeparableEntry

FEW = 8
REACH, FAR = 2.0, 3.0  # stationary standard deviations of the factors, on the path and off it
SEED = 2_024


class KnownEntry(NamedTuple):
    """name of the reference; active, cost, entry_gain (V with less V without) [n, J]; value [n]."""

    name: str
    active: np.ndarray
    cost: np.ndarray
    value: np.ndarray
    entry_gain: np.ndarray


def known_entry(
    markets: LinkedMarkets, num_states: int = 200, reaches: Sequence[float] = (REACH,)
) -> list[KnownEntry] | None:
    """Values and gains at states within each of the reaches; None where nothing is known exactly.

    Args:
      markets: the destinations.
      num_states: where states are drawn.
      reaches: in stationary standard deviations of the factors.
    """
    if not markets.complementarity.any():
        return _separable(markets, num_states, reaches)
    if _alike(markets):
        return _exchangeable(markets, reaches)
    count, factors = markets.loadings.shape
    return _coupled(markets, num_states, reaches) if count <= FEW and factors <= 2 else None


def _separable(markets: LinkedMarkets, num_states: int, reaches: Sequence[float]) -> list[KnownEntry]:
    solved = {market: SeparableEntry(market) for market in set(markets.destinations)}
    columns = list(enumerate(markets.destinations))
    total, known = SeparableSum(markets.destinations, 1601), []
    for reach in reaches:
        active, cost = _draws(markets, num_states, reach)[:2]
        gains = np.stack([solved[each].entry_gain(cost[:, j]) + each.entry_cost for j, each in columns], 1)
        known.append(KnownEntry("separable", active, cost, total(active, cost), gains))
    return known


def _exchangeable(markets: LinkedMarkets, reaches: Sequence[float]) -> list[KnownEntry]:
    count, market = len(markets.revenue), markets.destinations[0]
    pair = float(markets.complementarity[0, 1])
    solved = ExchangeableEntry(market, count, pair, 801 if count > 20 else 1601)
    counts = np.unique(np.round(np.linspace(0, count, 5)).astype(int))
    known = []
    for reach in reaches:
        costs = market.mean_cost + market.cost_deviation * np.linspace(-reach, reach, 9)
        numbers, levels = (table.ravel() for table in np.meshgrid(counts, costs, indexing="ij"))
        active = (np.arange(count) < numbers[:, None]).astype(int)
        others = numbers[:, None] - active
        gains = solved.entry_gain(others, np.broadcast_to(levels[:, None], others.shape)) + market.entry_cost
        cost = np.broadcast_to(levels[:, None], active.shape)
        known.append(KnownEntry("exchangeable", active, cost, solved.value(numbers, levels), gains))
    return known


def _coupled(markets: LinkedMarkets, num_states: int, reaches: Sequence[float]) -> list[KnownEntry]:
    solved, known = CoupledEntry(markets), []
    for reach in reaches:
        active, cost, factors = _draws(markets, num_states, reach)
        gains = solved.entry_gain(active, factors) + markets.entry_cost
        known.append(KnownEntry("coupled", active, cost, solved.value(active, factors), gains))
    return known


def _draws(markets: LinkedMarkets, num_states: int, reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random active [n, J], cost [n, J] and factors [n, M], each factor within the reach and many at its end."""
    rng, (count, num_factors) = np.random.default_rng(SEED), markets.loadings.shape
    deviation = (2 * markets.common.cost_reversion) ** -0.5
    normal = np.clip(rng.normal(size=(num_states, num_factors)), -REACH, REACH)
    factors = deviation * normal * (reach / REACH)
    active = (rng.uniform(size=(num_states, count)) < rng.uniform(size=(num_states, 1))).astype(int)
    return active, markets.mean_cost + factors @ markets.loadings.T, factors


def _alike(markets: LinkedMarkets) -> bool:
    rows = np.column_stack([markets.revenue, markets.mean_cost, markets.entry_cost, markets.loadings])
    pairs = markets.complementarity[~np.eye(len(rows), dtype=bool)]
    return len(rows) > 1 and not np.ptp(rows, axis=0).any() and not np.ptp(pairs)
