"""What every network for values over binary states and regimes fulfils."""

from __future__ import annotations

import abc

import keras
import tensorflow as tf


class RegimeValue(keras.Model, abc.ABC):
    """Values in all regimes of continuous states and binary states: [..., Z] from [..., N, K] and [..., J].

    Axes: N elements with K continuous states, J binary states, Z regimes, S binary states that are open in each.
    """

    @abc.abstractmethod
    def with_open_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor, which: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Values in all regimes here [B, Z], and in the regime of each row after each open flip [B, S].

        Args:
          elements: [B, N, K]; binary: [B, J].
          regime: [B]; which: numbers of the open binary states, [B, S].
        """

    def in_regime(self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """Values in one regime [...] each: [...] from [..., N, K] and [..., J]."""
        return tf.gather(self(elements, binary), regime, axis=-1, batch_dims=regime.shape.rank)

    @abc.abstractmethod
    def adapt(self, elements: tf.Tensor) -> None:
        """Sets the moments of normalization to those of sample states [B, N, K]."""

    @abc.abstractmethod
    def lift(self, amount: tf.Tensor) -> None:
        """Adds a number to the values everywhere."""
