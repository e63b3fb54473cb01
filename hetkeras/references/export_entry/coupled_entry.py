"""Destinations that differ and complement each other: all 2^J states times the factors behind the costs.

With a common theta, nu_j - nubar_j approaches sigma_j . X with dX = -theta X dt + dW, whose M components are
independent. On that manifold, with D_j = V(y_j = 1) - V(y_j = 0) and `option` and `holding` of `export_market`,

  rho V(y, X) = y'(zeta - nu) + y'C y + L V + sum_j (1 - y_j) option(D_j - s_j) + y_j holding(D_j).

Under a policy that neither X nor the other destinations affect, the equation is a Kronecker sum of J flips of two
states and M Ornstein-Uhlenbeck generators, and inverted exactly. That, at average intensities, preconditions GMRES.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.export_entry.export_market import whole_numbers
from hetkeras.references.export_entry.linked_markets import LinkedMarkets
from hetkeras.references.numerics.ornstein_uhlenbeck_grid import OrnsteinUhlenbeckGrid, along_factors
from hetkeras.references.numerics.policy_iteration import iterate_policies
from hetkeras.references.numerics.spline_table import SplineTable

_MOST_UNKNOWNS = 4_000_000
_KRYLOV_VECTORS = 20


class CoupledEntry:
    """Finite differences in X, policy iteration and preconditioned GMRES. Axes: J destinations, M factors.

    Args:
      markets: parameters; one or two factors.
      nodes: grid points of each factor.
      width: half-width of the grid in stationary standard deviations of a factor.

    Raises:
      CalibrationError: if there are more than two factors, or too many states and grid points for memory.
    """

    def __init__(self, markets: LinkedMarkets, nodes: int = 61, width: float = 6.0) -> None:
        self._markets, self._common = markets.destinations, markets.common
        num, self._num_factors = np.shape(markets.loadings)
        if self._num_factors not in (1, 2):
            raise CalibrationError(f"loadings has {self._num_factors} factors; expected 1 or 2: each needs a grid axis")
        self._grid = OrnsteinUhlenbeckGrid(nodes, width, self._common.cost_reversion)
        nodes = len(self._grid.points)
        unknowns = 2**num * nodes**self._num_factors
        if unknowns > _MOST_UNKNOWNS:
            raise CalibrationError(
                f"{num} destinations on {nodes} nodes are 2^{num} x {nodes}^{self._num_factors} = {unknowns:.2g} "
                f"unknowns, {8e-9 * _KRYLOV_VECTORS * unknowns:.2g} GB in GMRES alone; expected at most "
                f"{_MOST_UNKNOWNS:,}. Use fewer nodes or destinations, or ExchangeableEntry where they are alike"
            )
        self._shape = (2**num, *(nodes,) * self._num_factors)
        self._bits = np.stack([side.ravel() for side in np.indices((2,) * num)], axis=1)  # [2^J, J]
        self._scale = (2 * self._common.cost_reversion) ** -0.5  # stationary deviation of X
        self._modes = self._grid.modes()
        self._flow = self._flows(markets)
        values = iterate_policies(self._residual, self._correction, np.zeros(self._shape))
        self._table = SplineTable(self._grid.points, values)

    def value(self, active: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns V [..] of active [.., J] (0 or 1) and factors X [.., M]."""
        return self._table(self._states(active), self._standardised(factors))

    def entry_gain(self, active: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns V(y_j = 1) - V(y_j = 0) - s_j [.., J] of active [.., J] (0 or 1) and factors X [.., M].

        The other destinations are as in `active`; j itself counts as inactive. Entered where the gain is positive.
        """
        state, bit = self._states(active)[..., None], self._states(np.eye(len(self._markets), dtype=int))
        position = self._standardised(factors)[..., None, :]
        entry_cost = np.array([market.entry_cost for market in self._markets])
        return self._table(state | bit, position) - self._table(state & ~bit, position) - entry_cost

    def _states(self, active: np.ndarray) -> np.ndarray:
        active, num = whole_numbers("active", active, 1), len(self._markets)
        if active.shape[-1:] != (num,):
            raise ShapeError(f"active has the shape {active.shape}; expected [.., {num}], one entry a destination")
        return active @ 2 ** np.arange(num)[::-1]

    def _standardised(self, factors: np.ndarray) -> np.ndarray:
        factors = np.asarray(factors)
        if factors.shape[-1:] != (self._num_factors,):
            raise ShapeError(f"factors has the shape {factors.shape}; expected [.., {self._num_factors}]")
        return factors / self._scale

    def _flows(self, markets: LinkedMarkets) -> np.ndarray:
        factors = self._scale * np.stack(np.meshgrid(*[self._grid.points] * self._num_factors, indexing="ij"))
        profit = (markets.revenue - markets.mean_cost)[:, None] - markets.loadings @ factors.reshape(len(factors), -1)
        pairs = np.einsum("sj,jk,sk->s", self._bits, markets.complementarity, self._bits)
        return (self._bits @ profit + pairs[:, None]).reshape(self._shape)

    def _residual(self, values: np.ndarray) -> np.ndarray:
        found = self._flow - self._common.discount_rate * values + self._drift(values)
        for j, (market, lead) in enumerate(zip(self._markets, self._leads(values), strict=True)):
            inactive, active = self._sides(found, j)
            inactive += market.option_value(lead - market.entry_cost)
            active += market.holding_value(lead)
        return found

    def _correction(self, values: np.ndarray, remainder: np.ndarray) -> np.ndarray:
        pairs = list(zip(self._markets, self._leads(values), strict=True))
        entry = [market.entry_intensity(lead - market.entry_cost) for market, lead in pairs]
        departure = [market.departure_intensity(lead) for market, lead in pairs]

        def evaluate(flat: np.ndarray) -> np.ndarray:
            step = flat.reshape(self._shape)
            found = self._common.discount_rate * step - self._drift(step)
            for j, lead in enumerate(self._leads(step)):
                inactive, active = self._sides(found, j)
                inactive -= entry[j] * lead
                active += departure[j] * lead
            return found.ravel()

        averages = [np.array([self._average(part) for part in parts]) for parts in (entry, departure)]
        operator = LinearOperator((values.size, values.size), evaluate, dtype=float)
        inverse = LinearOperator((values.size, values.size), lambda flat: self._invert(flat, *averages), dtype=float)
        step, _ = gmres(operator, remainder.ravel(), M=inverse, rtol=1e-2, restart=_KRYLOV_VECTORS, maxiter=20)
        return step.reshape(self._shape)

    def _invert(self, flat: np.ndarray, entry: np.ndarray, departure: np.ndarray) -> np.ndarray:
        """Solves the equation with intensities [J] that are alike in all states."""
        speed = entry + departure
        share = np.divide(entry, speed, out=np.zeros_like(speed), where=speed > 0)
        found = flat.reshape(self._shape).copy()
        for j, weight in enumerate(share):  # a flip's modes: the difference, and the mean under its long-run law
            inactive, active = self._sides(found, j)
            active -= inactive
            inactive += weight * active
        found = along_factors(self._modes.to_modes, found) / self._decay(speed)
        found = along_factors(self._modes.from_modes, found)
        for j, weight in enumerate(share):
            inactive, active = self._sides(found, j)
            inactive -= weight * active
            active += inactive
        return found.ravel()

    def _decay(self, speed: np.ndarray) -> np.ndarray:
        rates = self._common.discount_rate + self._bits @ speed
        for _ in range(self._num_factors):
            rates = rates[..., None] - self._modes.eigenvalues
        return rates

    def _drift(self, values: np.ndarray) -> np.ndarray:
        drifts = (self._grid.drift(values, axis) for axis in range(1, values.ndim))
        return sum(drifts, start=np.zeros_like(values))

    def _average(self, intensity: np.ndarray) -> float:
        weights = self._grid.stationary_law
        mean = intensity.reshape(-1, *self._shape[1:]).mean(0)
        for _ in range(self._num_factors):
            mean = mean @ weights
        return float(mean)

    def _leads(self, values: np.ndarray) -> Iterator[np.ndarray]:
        for j in range(len(self._markets)):
            inactive, active = self._sides(values, j)
            yield active - inactive

    @staticmethod
    def _sides(values: np.ndarray, j: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns views of the values at which destination j is inactive, and active."""
        sides = values.reshape(2**j, 2, -1)
        return sides[:, 0], sides[:, 1]
