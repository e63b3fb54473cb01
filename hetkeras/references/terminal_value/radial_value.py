"""Values that depend on time and the distance from the origin alone, by finite differences in that distance.

With sigma = sqrt(2) and y = |x|^2 the equation u_t + Laplacian u + f(u, |z|) = 0 becomes

    u_t + 4 y u_yy + 2 d u_y + f(u, 2 sqrt(2 y) |u_y|) = 0,        |z| = sqrt(2) |grad u|,

whose dimension is a number. At y = 0 it needs no boundary value. Far out, where u_yy is taken as zero, none matters.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

NODES, REACH, TOLERANCE = 801, 8.0, 1e-9


def radial_value(
    dimension: int,
    horizon: float,
    driver: Callable[[np.ndarray, np.ndarray], np.ndarray],
    terminal: Callable[[np.ndarray], np.ndarray],
    nodes: int = NODES,
    extent: float | None = None,
) -> CubicSpline:
    """u at time 0 as a function of y = |x|^2, good where y is far below 2 d T REACH.

    Args:
      dimension: d.
      horizon: T.
      driver: f of u and |z|, elementwise.
      terminal: g of y, elementwise.
      nodes: of y, crowded at zero.
      extent: of y; 2 d T REACH unless told.
    """
    y = (extent or 2 * dimension * horizon * REACH) * np.linspace(0, 1, nodes) ** 2
    left, right = np.diff(y)[:-1], np.diff(y)[1:]

    def change(_: float, u: np.ndarray) -> np.ndarray:
        rise = np.diff(u) / np.diff(y)
        inner = 2 * (rise[1:] - rise[:-1]) / (left + right)
        slope = (right * rise[:-1] + left * rise[1:]) / (left + right)
        slope = np.concatenate([[rise[0] - inner[0] * left[0] / 2], slope, [rise[-1]]])
        bend = np.concatenate([[0.0], inner, [0.0]])
        return 4 * y * bend + 2 * dimension * slope + driver(u, 2 * np.sqrt(2 * y) * np.abs(slope))

    found = solve_ivp(
        change, (0.0, horizon), terminal(y), "LSODA", rtol=TOLERANCE, atol=TOLERANCE / 10, lband=1, uband=2
    )
    return CubicSpline(y, found.y[:, -1])
