"""Discrete states that move at random or as chosen, over Ornstein-Uhlenbeck factors that they do not affect.

With W_s(X) the value of staying in state s for ever, which is known, V = W + D and move k from s to t at the rate q_k,

    rho D_s = L D_s + sum_{k from s} q_k (V_t - V_s) if it is forced, q_k max(V_t - V_s - cost_k, 0) if it is chosen.

Where effort e has a cost chi_k e^2 / 2, it raises the rate of a chosen move and lowers that of a forced one, to zero at
most.

Finite differences for D alone, so that a grid has to resolve options and not payoffs; policy iteration; GMRES with the
exact inverse at average intensities, under which discrete moves and factors are independent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.sparse
from scipy.sparse.linalg import LinearOperator, gmres

from hetkeras.errors import CalibrationError
from hetkeras.references.numerics.average_inverse import AverageInverse
from hetkeras.references.numerics.ornstein_uhlenbeck_grid import OrnsteinUhlenbeckGrid
from hetkeras.references.numerics.policy_iteration import iterate_policies
from hetkeras.references.numerics.spline_table import SplineTable

_MOST_UNKNOWNS = 2_000_000
_KRYLOV_VECTORS = 20

Staying = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(states [...], factors [..., M]) -> W [...]."""


class Moves(NamedTuple):
    """origin, target: states [K]; rate, cost: [K]; chosen: bool [K], false where the move is forced.

    effort_cost: chi [K], zero where there is no effort.
    """

    origin: np.ndarray
    target: np.ndarray
    rate: np.ndarray
    cost: np.ndarray
    chosen: np.ndarray
    effort_cost: np.ndarray


class OptionGrid:
    """Values of S states and M factors, each dX = -reversion X dt + dW.

    Args:
      staying: W.
      moves: between the states.
      num_states: S.
      num_factors: M, 1 or 2.
      discount_rate: rho.
      reversion: of the factors.
      nodes: grid points of each factor.
      width: half-width of the grid in stationary standard deviations of a factor.

    Raises:
      CalibrationError: if there are more than two factors, or too many states and grid points.
    """

    def __init__(
        self,
        staying: Staying,
        moves: Moves,
        num_states: int,
        num_factors: int,
        discount_rate: float,
        reversion: float,
        nodes: int,
        width: float = 6.0,
    ) -> None:
        if num_factors not in (1, 2):
            raise CalibrationError(f"there are {num_factors} factors; expected 1 or 2: each needs a grid axis")
        unknowns = num_states * nodes**num_factors
        if unknowns > _MOST_UNKNOWNS:
            raise CalibrationError(
                f"{num_states} states on {nodes} nodes for each of {num_factors} factors are {unknowns:.2g} unknowns; "
                f"expected at most {_MOST_UNKNOWNS:,}. Use fewer nodes"
            )
        self._staying, self._moves, self._discount_rate = staying, moves, discount_rate
        self._grid = OrnsteinUhlenbeckGrid(nodes, width, reversion)
        self._scale = (2 * reversion) ** -0.5
        self._shape = (num_states, *(len(self._grid.points),) * num_factors)
        ones = np.ones(len(moves.rate))
        self._incidence = scipy.sparse.csr_array(
            (ones, (moves.origin, np.arange(len(ones)))), shape=(num_states, len(ones))
        )
        axes = np.meshgrid(*[self._scale * self._grid.points] * num_factors, indexing="ij")
        states = np.arange(num_states).reshape(-1, *[1] * num_factors)
        self._known = staying(states, np.stack(axes, -1))
        intensity = self._intensity(self._steps(self._known))  # without options, near enough for a preconditioner
        self._inverse = AverageInverse(discount_rate, self._generator(intensity), self._grid.modes(), self._shape)
        values = iterate_policies(self._residual, self._correction, np.zeros(self._shape), 1e-10)
        self._table = SplineTable(self._grid.points, values)

    def value(self, state: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns V [...] of states [...] and factors [..., M]."""
        return self._staying(state, factors) + self._table(state, factors / self._scale)

    def _residual(self, excess: np.ndarray) -> np.ndarray:
        gains = self._steps(self._known + excess)
        paid = self._along(self._moves.effort_cost) / 2 * self._effort(gains) ** 2
        worth = self._intensity(gains) * (gains - self._along(self._moves.cost)) - paid
        return self._waiting(excess) + self._add(worth)

    def _correction(self, excess: np.ndarray, remainder: np.ndarray) -> np.ndarray:
        intensity = self._intensity(self._steps(self._known + excess))

        def evaluate(flat: np.ndarray) -> np.ndarray:
            step = flat.reshape(self._shape)
            return -(self._waiting(step) + self._add(intensity * self._steps(step))).ravel()

        size = (excess.size, excess.size)
        step, _ = gmres(
            LinearOperator(size, evaluate, dtype=float),
            remainder.ravel(),
            M=LinearOperator(size, self._inverse, dtype=float),
            rtol=1e-3,
            restart=_KRYLOV_VECTORS,
            maxiter=10,
        )
        return step.reshape(self._shape)

    def _intensity(self, gains: np.ndarray) -> np.ndarray:
        taken = (gains > self._along(self._moves.cost)) | ~self._along(self._moves.chosen)
        return self._along(self._moves.rate) * taken + self._effort(gains)

    def _effort(self, gains: np.ndarray) -> np.ndarray:
        """What the best effort adds to the rate of each move."""
        chi, rate = self._along(self._moves.effort_cost), self._along(self._moves.rate)
        net = gains - self._along(self._moves.cost)
        slope = np.divide(net, chi, out=np.zeros_like(net), where=chi > 0)
        return np.where(self._along(self._moves.chosen), np.maximum(slope, 0), np.clip(slope, -rate, 0))

    def _waiting(self, excess: np.ndarray) -> np.ndarray:
        """L D - rho D."""
        drift = sum(self._grid.drift(excess, axis) for axis in range(1, excess.ndim))
        return drift - self._discount_rate * excess

    def _steps(self, values: np.ndarray) -> np.ndarray:
        """What each move does to the value, [K, n, ...]."""
        return values[self._moves.target] - values[self._moves.origin]

    def _add(self, flows: np.ndarray) -> np.ndarray:
        """Sums over the moves from each state, [S, n, ...] from [K, n, ...]."""
        return (self._incidence @ flows.reshape(len(flows), -1)).reshape(self._shape)

    def _along(self, column: np.ndarray) -> np.ndarray:
        return column.reshape(-1, *[1] * (len(self._shape) - 1))

    def _generator(self, intensity: np.ndarray) -> scipy.sparse.sparray:
        """Of the discrete states at average intensities, [S, S]."""
        mean = intensity
        for _ in self._shape[1:]:
            mean = mean @ self._grid.stationary_law
        found = scipy.sparse.csr_array((mean, (self._moves.origin, self._moves.target)), shape=(self._shape[0],) * 2)
        return found - scipy.sparse.diags_array(found.sum(1))
