"""Knots of mean capital at which a value function is known; linear in between."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.simulator import Forecast


class MeanCapitalKnots:
    """K even knots between two ends.

    Args:
      bounds: the ends.
      num_knots: K, at least 2.
      dtype: of weights and of what is expected at the knots.
    """

    def __init__(self, bounds: tuple[float, float], num_knots: int, dtype: tf.DType = tf.float64) -> None:
        self.knots, self._dtype = np.linspace(*bounds, num_knots), dtype

    def weights(self, mean_capital: tf.Tensor) -> tf.Tensor:
        """Weights of the knots of mean capital, [..., K]; beyond the knots the ends count."""
        position = (tf.cast(mean_capital, self._dtype) - self.knots[0]) / np.diff(self.knots[:2])
        inside = tf.clip_by_value(position, 0.0, len(self.knots) - 1.0)[..., None]
        return tf.maximum(1 - tf.abs(inside - np.arange(len(self.knots))), 0.0)

    def expectations(self, rules: Forecast, num_states: int) -> tuple[tf.Tensor, ...]:
        """What is expected at the knots in each state: weights of tomorrow's knots [A, K, K] and each price [A, K]."""
        states, knots = np.meshgrid(np.arange(num_states, dtype=np.int32), self.knots, indexing="ij")
        following, *prices = rules(states, tf.constant(knots, self._dtype))
        return self.weights(following), *prices
