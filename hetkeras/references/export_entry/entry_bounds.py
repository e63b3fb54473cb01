"""Bounds of the value of any number of linked destinations by sums of separate ones.

Since 0 <= y_j y_m <= (y_j + y_m) / 2, a pair adds to the flow between 0 and half of c_jm + c_mj for each active one
of the two (the other way round where the pair is a burden). The same policies are open to the firm either way, so

  sum_j V_j(zeta_j) <= V <= sum_j V_j(zeta_j + sum_m (c_jm + c_mj) / 2)   for C >= 0.
"""

from __future__ import annotations

import collections
from collections.abc import Sequence

import numpy as np

from hetkeras.errors import ShapeError
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.linked_markets import LinkedMarkets
from hetkeras.references.export_entry.separable_entry import SeparableEntry


class SeparableSum:
    """The value sum_j V_j of J destinations without complementarities; equal ones are solved once."""

    def __init__(self, markets: Sequence[ExportMarket], nodes: int = 801) -> None:
        self._num_destinations = len(markets)
        self._columns = collections.defaultdict(list)
        for j, market in enumerate(markets):
            self._columns[market].append(j)
        self._solved = {market: SeparableEntry(market, nodes) for market in self._columns}

    def __call__(self, active: np.ndarray, cost: np.ndarray) -> np.ndarray:
        """Returns values [..] of active [.., J] (0 or 1) and cost [.., J].

        Raises:
          ShapeError: if active or cost is not [.., J].
        """
        active, cost = np.asarray(active), np.asarray(cost)
        if {active.shape[-1:], cost.shape[-1:]} != {(self._num_destinations,)}:
            raise ShapeError(
                f"active and cost have the shapes {active.shape} and {cost.shape}; expected "
                f"[.., {self._num_destinations}], one entry a destination"
            )
        parts = [
            solved.value(active[..., self._columns[market]], cost[..., self._columns[market]]).sum(-1)
            for market, solved in self._solved.items()
        ]
        return np.sum(parts, axis=0)


def separable_bounds(markets: LinkedMarkets, nodes: int = 801) -> tuple[SeparableSum, SeparableSum]:
    """Returns the lower and the upper bound as functions of active [.., J] and cost [.., J]."""
    pairs = markets.complementarity + markets.complementarity.T
    bounds = []
    for part in (np.minimum(pairs, 0), np.maximum(pairs, 0)):
        revenue = markets.revenue + part.sum(1) / 2
        # Rounded such that destinations that are alike stay equal whatever the order of summation was.
        bounds.append(SeparableSum(markets.with_revenue(np.round(revenue, 12)), nodes))
    return bounds[0], bounds[1]
