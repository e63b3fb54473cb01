"""All weights as one vector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf


class FlatWeights:
    """Variables of one type, P numbers in all, read and written as [P].

    Args:
      weights: the variables.
    """

    def __init__(self, weights: Sequence[tf.Variable]) -> None:
        self._weights = list(weights)
        self._sizes = [int(np.prod(weight.shape)) for weight in self._weights]

    @property
    def count(self) -> int:
        """P."""
        return sum(self._sizes)

    def read(self) -> tf.Tensor:
        """All weights, [P]."""
        return tf.concat([tf.reshape(weight, (-1,)) for weight in self._weights], 0)

    def assign(self, flat: tf.Tensor) -> None:
        """Gives the weights new values [P]."""
        for weight, part in zip(self._weights, tf.split(flat, self._sizes), strict=True):
            weight.assign(tf.reshape(part, weight.shape))
