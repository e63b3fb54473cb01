"""Cubic splines through tables on a tensor grid, one table a discrete state; linear outside the grid."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import BSpline, make_interp_spline

from hetkeras.errors import CalibrationError


class SplineTable:
    """S functions of M continuous states.

    Args:
      points: [n], of every continuous state.
      values: [S, n, .. n].
    """

    def __init__(self, points: np.ndarray, values: np.ndarray) -> None:
        for axis in range(1, values.ndim):
            spline = make_interp_spline(points, values, k=3, axis=axis)
            values = np.moveaxis(spline.c, 0, axis)
        self._coefficients, self._knots = np.ascontiguousarray(values), spline.t
        self._ends = points[[0, -1]]
        basis = BSpline(self._knots, np.eye(len(points)), 3)
        slopes = basis(self._ends, nu=1)
        self._end_slopes = np.stack([slopes[0, :4], slopes[1, -4:]])  # of the four splines that reach each end

    def __call__(self, state: np.ndarray, position: np.ndarray) -> np.ndarray:
        """Returns values [..] of states [..] (0 .. S - 1) at positions [.., M].

        Raises:
          CalibrationError: if a position is not finite.
        """
        if not np.isfinite(position).all():
            raise CalibrationError("a cost or factor is NaN or infinite; expected finite numbers")
        shape = np.broadcast_shapes(np.shape(state), position.shape[:-1])
        if 0 in shape:  # which SciPy refuses
            return np.zeros(shape)
        num_factors = position.shape[-1]
        flat = np.broadcast_to(position, (*shape, num_factors)).reshape(-1, num_factors)
        columns, weights = zip(*(self._local(flat[:, m]) for m in range(num_factors)), strict=True)
        rows = np.broadcast_to(state, shape).reshape(-1, *[1] * num_factors)
        index = [np.expand_dims(c, [a + 1 for a in range(num_factors) if a != m]) for m, c in enumerate(columns)]
        found = self._coefficients[(rows, *index)]
        for weight in reversed(weights):
            found = np.einsum("b...i,bi->b...", found, weight)
        return found.reshape(shape)

    def _local(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inside = np.clip(position, *self._ends)
        design = BSpline.design_matrix(inside, self._knots, 3)
        weights = design.data.reshape(-1, 4)
        beyond = (position - inside)[:, None]
        weights = weights + beyond * np.where(beyond < 0, self._end_slopes[0], self._end_slopes[1])
        return design.indices.reshape(-1, 4), weights
