"""The generator theta (d_zz - z d_z) of an Ornstein-Uhlenbeck process in units of its stationary deviation, on a grid.

Three-point differences on points that crowd around the mean: second order, and a Markov chain's generator, so that
policy iteration is monotone. Central where that leaves both rates positive, else upwind. At the ends the second
derivative is dropped: value functions are asymptotically linear, and what is linear in z is treated exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse

from hetkeras.errors import CalibrationError

_CROWDING = 2.0  # spacing at the ends over that at the centre: cosh(2)


class Modes(NamedTuple):
    """Generator = from_modes diag(eigenvalues) to_modes."""

    eigenvalues: np.ndarray
    to_modes: np.ndarray
    from_modes: np.ndarray


class OrnsteinUhlenbeckGrid:
    """Points [n] and the rates of the chain that approximates the process.

    Args:
      nodes: n, at least 5.
      width: half-width in stationary standard deviations, at most 12.
      reversion: theta.

    Raises:
      CalibrationError: if nodes or width is out of range.
    """

    def __init__(self, nodes: int, width: float, reversion: float) -> None:
        if not nodes >= 5 or nodes % 1:
            raise CalibrationError(f"the grid has {nodes} nodes; expected a whole number of at least 5")
        if not 1 <= width <= 12:
            raise CalibrationError(
                f"the grid reaches {width} stationary standard deviations; expected 1 to 12, as the process "
                "practically never leaves 7"
            )
        self.points = width * np.sinh(_CROWDING * np.linspace(-1, 1, int(nodes))) / np.sinh(_CROWDING)
        self._down, self._up = self._rates(reversion)

    @property
    def generator(self) -> scipy.sparse.dia_array:
        """[n, n], rows sum to zero."""
        bands = [self._down[1:], -(self._down + self._up), self._up[:-1]]
        return scipy.sparse.diags_array(bands, offsets=[-1, 0, 1])

    @property
    def stationary_law(self) -> np.ndarray:
        """[n], sums to one."""
        logarithms = np.cumsum(np.log(self._up[:-1] / self._down[1:]))
        weights = np.exp(np.append(0, logarithms) - logarithms.max())
        return weights / weights.sum()

    def modes(self) -> Modes:
        """Returns the spectral decomposition of the generator, which is reversible."""
        between = np.sqrt(self._up[:-1] * self._down[1:])
        eigenvalues, vectors = scipy.linalg.eigh_tridiagonal(-(self._down + self._up), between)
        root = np.sqrt(self.stationary_law)
        return Modes(eigenvalues, vectors.T * root, vectors / root[:, None])

    def drift(self, values: np.ndarray, axis: int = -1) -> np.ndarray:
        """Returns the generator applied along one axis of values [.., n, ..]."""
        moved = np.moveaxis(values, axis, -1)
        steps, found = np.diff(moved), np.zeros_like(moved)
        found[..., :-1] += self._up[:-1] * steps
        found[..., 1:] -= self._down[1:] * steps
        return np.moveaxis(found, -1, axis)

    def solve(self, rate: np.ndarray, right_side: np.ndarray) -> np.ndarray:
        """Returns (diag(rate) - generator)^-1 right_side, of arrays [n]."""
        bands = np.zeros((3, len(self.points)))
        bands[0, 1:], bands[1], bands[2, :-1] = -self._up[:-1], rate + self._down + self._up, -self._down[1:]
        return scipy.linalg.solve_banded((1, 1), bands, right_side)

    def _rates(self, reversion: float) -> tuple[np.ndarray, np.ndarray]:
        steps = np.diff(self.points)
        left, right, z = steps[:-1], steps[1:], self.points[1:-1]
        central = np.stack([(2 + z * right) / (left * (left + right)), (2 - z * left) / (right * (left + right))])
        diffusion = 2 / (np.stack([left, right]) * (left + right))
        upwind = diffusion + np.maximum(np.stack([z / left, -z / right]), 0)
        inside = np.where(central.min(0) > 0, central, upwind)
        down = np.concatenate([[0], inside[0], [self.points[-1] / steps[-1]]])
        up = np.concatenate([[-self.points[0] / steps[0]], inside[1], [0]])
        return reversion * down, reversion * up


def along_factors(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Returns a matrix [n, n] applied along all axes of values [S, n, .. n] but the first."""
    for axis in range(1, values.ndim):
        last = np.moveaxis(values, axis, -1)
        found = (last.reshape(-1, len(matrix)) @ matrix.T).reshape(last.shape)  # one large product
        values = np.moveaxis(found, -1, axis)
    return np.ascontiguousarray(values)
