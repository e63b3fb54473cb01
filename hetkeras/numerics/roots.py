"""Roots of functions of plain numbers, outside of any graph; `falling_root` finds many at once inside graphs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.optimize


def widening_root(function: Callable[[float], float], farthest: float) -> float | None:
    """Returns x with function(x) = 0 where a function falls, to rounding; None if it does not change its sign.

    Args:
      function: of a number.
      farthest: the root is looked for between -1 and 1, then twice as far, and so on up to here.
    """
    reach = 1.0
    while reach <= farthest:
        if function(-reach) > 0 > function(reach):
            return float(scipy.optimize.brentq(function, -reach, reach, xtol=1e-15))
        reach *= 2
    return None


def falling_roots(function: Callable[[np.ndarray], np.ndarray], points: np.ndarray, zero: float) -> list[float]:
    """Returns all x between points next to each other where a function falls through zero.

    Args:
      function: [...] -> [...], elementwise; NaN where it is not defined.
      points: [P], rising and above zero.
      zero: what the function is below at a root; at a pole its sign changes as well.
    """

    def at(point: float) -> float:
        return float(function(np.array([point]))[0])

    values = function(points)  # no comparison holds for NaN
    brackets = [points[i : i + 2] for i in np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))]
    roots = (float(scipy.optimize.brentq(at, *bracket, xtol=1e-300)) for bracket in brackets)
    return [root for root in roots if abs(at(root)) < zero]


def system_root(
    function: Callable[[np.ndarray], np.ndarray], start: np.ndarray, zero: float, tolerance: float
) -> np.ndarray | None:
    """Returns x [D] with function(x) = 0 in all D entries, found from a start; None if that is not found.

    Args:
      function: [D] -> [D].
      start: [D]; a root is returned as it is.
      zero: what all entries are below at a root, in absolute value.
      tolerance: relative, of x, at which the search ends.
    """
    with np.errstate(all="ignore"):  # steps may go where the function is not defined; what is found is judged
        if not np.any(function(start)):
            return start
        found = scipy.optimize.root(function, start, tol=tolerance)
    return found.x if np.abs(found.fun).max() <= zero else None
