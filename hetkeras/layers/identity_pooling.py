"""phi(Identity): agents enter through the means of their states."""

from __future__ import annotations

import keras
import tensorflow as tf

from hetkeras.layers.pooling import Pooling


@keras.saving.register_keras_serializable(package="hetkeras")
class IdentityPooling(Pooling):
    """Mean over agents: [..., N, D] -> [..., D]."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(inputs, -2)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-2], input_shape[-1])
