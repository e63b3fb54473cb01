"""Standardisation whose moments are weights, so that they travel with the network."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="hetkeras")
class Normalization(keras.layers.Layer):
    """Subtracts a mean and divides by a deviation on the last axis; identity until `adapt` is called.

    Shapes: [..., F] -> [..., F].

    Args:
      centred: if False nothing is subtracted and the divisor is the root mean square.
    """

    def __init__(self, centred: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.centred = centred

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if self.built:  # by `adapt`
            return
        features = (input_shape[-1],)
        self.mean = self.add_weight(name="mean", shape=features, initializer="zeros", trainable=False)
        self.deviation = self.add_weight(name="deviation", shape=features, initializer="ones", trainable=False)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return (inputs - self.mean) / self.deviation

    def adapt(self, data: tf.Tensor) -> None:
        """Sets the moments to those of data [..., F]; a feature that does not vary is only centred."""
        rows = tf.reshape(tf.cast(data, tf.float64), (-1, data.shape[-1]))
        if not self.built:
            self.build(data.shape)
        mean = tf.reduce_mean(rows, 0) if self.centred else tf.zeros_like(rows[0])
        deviation = tf.sqrt(tf.reduce_mean(tf.square(rows - mean), 0))
        varies = deviation > 1e-6 * tf.maximum(1.0, tf.abs(mean))
        self.mean.assign(tf.cast(mean, self.mean.dtype))
        self.deviation.assign(tf.cast(tf.where(varies, deviation, tf.ones_like(deviation)), self.mean.dtype))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "centred": self.centred}
