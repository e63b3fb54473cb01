"""Howard's policy iteration, written as Newton's method on the HJB equation R(V) = 0.

The best policy at V makes R linear around V, so a step with that policy's intensities is one round of policy
evaluation. With generators of Markov chains the rounds improve monotonically and settle in a few.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hetkeras.errors import CalibrationError

_LIMIT = 60


def iterate_policies(
    residual: Callable[[np.ndarray], np.ndarray],
    correction: Callable[[np.ndarray, np.ndarray], np.ndarray],
    start: np.ndarray,
    tolerance: float = 1e-8,
) -> np.ndarray:
    """Returns V with R(V) = 0.

    Args:
      residual: R.
      correction: from V and R(V) to the step of V under the policy that is best at V.
      start: V to begin with.
      tolerance: largest step at the end, relative to the largest |V|; the error left is of second order in it.

    Raises:
      CalibrationError: if the steps do not become small.
    """
    values, largest = start, np.inf
    for _ in range(_LIMIT):
        step = correction(values, residual(values))
        values = values + step
        largest = np.max(np.abs(step)) / max(1.0, np.max(np.abs(values)))
        if largest <= tolerance:
            return values
    raise CalibrationError(
        f"policy iteration has not settled in {_LIMIT} rounds: the last step is {largest:.1e}, expected below "
        f"{tolerance:.0e}. Use more moderate rates, or more nodes"
    )
