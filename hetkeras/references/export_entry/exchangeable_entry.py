"""J identical destinations: the value depends on how many are active and on one common cost.

With the same loadings everywhere all costs equal nu after a long time, and with the same c between all pairs the
state is (k, nu), k = 0 .. J. With D_k = V(k + 1) - V(k), `option` and `holding` of `export_market`:

  rho V(k) = k (zeta - nu) + c k (k - 1) + L V(k) + (J - k) option(D_k - s) + k holding(D_{k-1}).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike
from scipy.sparse.linalg import splu

from hetkeras.errors import CalibrationError
from hetkeras.references.export_entry.export_market import ExportMarket, whole_numbers
from hetkeras.references.numerics.ornstein_uhlenbeck_grid import OrnsteinUhlenbeckGrid
from hetkeras.references.numerics.policy_iteration import iterate_policies
from hetkeras.references.numerics.spline_table import SplineTable


class ExchangeableEntry:
    """Finite differences in nu and policy iteration.

    Args:
      market: parameters of every destination.
      num_destinations: J.
      complementarity: c, what an active destination adds to the flow of another one; of any sign.
      nodes: grid points of the cost.
      width: half-width of the grid in stationary standard deviations of the cost.

    Raises:
      CalibrationError: if num_destinations is not a whole number above 0 or complementarity is not finite.
    """

    def __init__(
        self,
        market: ExportMarket,
        num_destinations: int,
        complementarity: float,
        nodes: int = 801,
        width: float = 7.0,
    ) -> None:
        if not num_destinations >= 1 or num_destinations % 1:
            raise CalibrationError(f"num_destinations is {num_destinations}; expected a whole number of at least 1")
        if not np.isfinite(complementarity):
            raise CalibrationError(f"complementarity is {complementarity}; expected a finite number")
        self._market, self._highest = market, int(num_destinations)
        self._grid = OrnsteinUhlenbeckGrid(nodes, width, market.cost_reversion)
        self._active = np.arange(self._highest + 1)[:, None]
        self._inactive = self._active[::-1]
        cost = market.mean_cost + market.cost_deviation * self._grid.points
        self._flow = self._active * (market.revenue - cost + complementarity * (self._active - 1))
        self._minus_generator = scipy.sparse.kron(scipy.sparse.eye_array(self._highest + 1), -self._grid.generator)
        values = iterate_policies(self._residual, self._correction, np.zeros_like(self._flow))
        self._values = SplineTable(self._grid.points, values)
        self._leads = SplineTable(self._grid.points, np.diff(values, axis=0))

    def value(self, count: ArrayLike, cost: ArrayLike) -> np.ndarray:
        """Returns V [..] of count [..] (0 .. J) active destinations and cost [..]."""
        return self._values(whole_numbers("count", count, self._highest), self._standardised(cost))

    def entry_gain(self, count: ArrayLike, cost: ArrayLike) -> np.ndarray:
        """Returns V(k + 1) - V(k) - s [..] of count [..] (0 .. J - 1) and cost [..]: entered where it is positive."""
        count = whole_numbers("count", count, self._highest - 1)
        return self._leads(count, self._standardised(cost)) - self._market.entry_cost

    def _residual(self, values: np.ndarray) -> np.ndarray:
        leads = np.diff(values, axis=0)
        found = self._flow - self._market.discount_rate * values + self._grid.drift(values)
        found[:-1] += self._inactive[:-1] * self._market.option_value(leads - self._market.entry_cost)
        found[1:] += self._active[1:] * self._market.holding_value(leads)
        return found

    def _correction(self, values: np.ndarray, remainder: np.ndarray) -> np.ndarray:
        leads, nodes = np.diff(values, axis=0), values.shape[1]
        entry = self._inactive[:-1] * self._market.entry_intensity(leads - self._market.entry_cost)
        departure = self._active[1:] * self._market.departure_intensity(leads)
        leaving = np.pad(entry, ((0, 1), (0, 0))) + np.pad(departure, ((1, 0), (0, 0)))
        flips = scipy.sparse.diags_array(
            [self._market.discount_rate + leaving.ravel(), -entry.ravel(), -departure.ravel()],
            offsets=[0, nodes, -nodes],
        )
        # An M-matrix needs no pivoting, and its pattern is symmetric.
        factors = splu(
            (self._minus_generator + flips).tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        return factors.solve(remainder.ravel()).reshape(values.shape)

    def _standardised(self, cost: ArrayLike) -> np.ndarray:
        return ((np.asarray(cost) - self._market.mean_cost) / self._market.cost_deviation)[..., None]
