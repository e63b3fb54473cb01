"""Polynomials through values at Chebyshev's nodes: few nodes are enough where a function is smooth."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.polynomial import chebyshev


class ChebyshevNodes:
    """n nodes from one end to another, both among them.

    Args:
      low, high: the ends.
      count: n, at least 2.
    """

    def __init__(self, low: float, high: float, count: int) -> None:
        places = -np.cos(np.pi * np.arange(count) / (count - 1))
        self.nodes = low + (high - low) * (1 + places) / 2
        self.nodes[[0, -1]] = low, high  # to the bit
        self._coefficients = np.linalg.inv(chebyshev.chebvander(places, count - 1))

    def basis(self, points: tf.Tensor) -> tf.Tensor:
        """Weights of the values at the nodes, [..., n] at points [...]; points beyond the ends count as the ends."""
        low, high = self.nodes[0], self.nodes[-1]
        angle = tf.acos(tf.clip_by_value(2 * (points - low) / (high - low) - 1, -1.0, 1.0))
        waves = tf.cos(angle[..., None] * tf.range(len(self.nodes), dtype=points.dtype))
        return waves @ tf.constant(self._coefficients, points.dtype)
