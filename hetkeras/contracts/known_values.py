"""Values of a jump diffusion that are known without training: in closed form, by a reference, or between bounds.

Axes: n states, D continuous states, J elements, S open binary states.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf


class Baseline(NamedTuple):
    """A value V0 known in closed form, on top of which the rest is sought.

    value: V0, [...]; gains: of each flip, [..., J]; remainder: flow + L V0 - rho V0, split over elements, [..., J].
    """

    value: tf.Tensor
    gains: tf.Tensor
    remainder: tf.Tensor


class ExactValues(NamedTuple):
    """Exact values: name of the reference; state [n, D], binary [n, J], value [n], worth of each element [n, J].

    Where flips take turns, also regime [n], and worth of the open binary states alone, [n, S]; and what they are worth
    to those who decide, [n, S], if that is not the same.
    """

    name: str
    state: np.ndarray
    binary: np.ndarray
    value: np.ndarray
    worth: np.ndarray
    regime: np.ndarray | None = None
    decision: np.ndarray | None = None


ValueBound = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(state [n, D], binary [n, J]) -> [n]."""
