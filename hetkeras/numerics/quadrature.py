"""Integrals from zero by Gauss-Legendre nodes, close together near zero."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

NUM_NODES = 16
CROWDING = 3  # x = upper u^3: powers of x below one are smooth in u


def integral_from_zero(function: Callable[[tf.Tensor], tf.Tensor], upper: tf.Tensor) -> tf.Tensor:
    """Integrates from 0 to upper [...], which may be 0: [...].

    Exact for straight lines, and to about 1e-8 for powers above 0.3; a kink inside costs about a hundredth of its size.

    Args:
      function: elementwise, [..., Q] -> [..., Q].
      upper: not negative.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NUM_NODES)
    nodes, weights = (nodes + 1) / 2, weights / 2
    places = tf.constant(nodes**CROWDING, upper.dtype)
    weights = tf.constant(CROWDING * nodes ** (CROWDING - 1) * weights, upper.dtype)
    return upper * tf.reduce_sum(weights * function(upper[..., None] * places), -1)
