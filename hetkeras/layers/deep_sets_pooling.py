"""phi(ReLU): a learned summary of each agent, averaged over agents (Zaheer et al. 2017; slide "Main result I")."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.layers.dense_stack import DenseStack
from hetkeras.layers.pooling import Pooling
from hetkeras.layers.standardization import Standardization


@keras.saving.register_keras_serializable(package="hetkeras")
class DeepSetsPooling(Pooling):
    """Mean over agents of a network phi of their standardised states: [..., N, D] -> [..., L].

    Args:
      hidden: widths of the hidden layers of phi.
      latent: L, the number of summary statistics.
      activation: of the hidden layers. They have biases: without them a ReLU phi of a positive scalar is affine.
    """

    def __init__(
        self, hidden: tuple[int, ...] = (128, 128), latent: int = 4, activation: str = "relu", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.hidden, self.latent, self.activation = tuple(hidden), latent, activation
        self.scaling = Standardization(name="scaling", dtype=self.dtype_policy)
        self.phi = DenseStack(self.hidden, latent, activation, name="phi", dtype=self.dtype_policy)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.scaling.build(input_shape)
        self.phi.build(input_shape)

    def adapt(self, industry: tf.Tensor) -> None:
        self.scaling.adapt(industry)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(self.phi(self.scaling(inputs)), -2)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-2], self.latent)

    def get_config(self) -> dict[str, Any]:
        own = {"hidden": list(self.hidden), "latent": self.latent, "activation": self.activation}
        return {**super().get_config(), **own}
