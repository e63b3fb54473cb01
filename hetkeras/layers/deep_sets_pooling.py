"""phi(ReLU): a learned summary of each agent, averaged over agents (Zaheer et al. 2017; slide "Main result I")."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization
from hetkeras.layers.pooling import Pooling


@keras.saving.register_keras_serializable(package="hetkeras")
class DeepSetsPooling(Pooling):
    """Mean over agents of a network phi of their standardised states: [..., N, D] -> [..., L].

    Args:
      hidden: widths of the hidden layers of phi.
      latent: L, the number of summary statistics.
      activation: of the hidden layers.
      hidden_biases: without them (as in the paper) phi has no biases at all and its inputs are not centred: a ReLU
        phi of a positive scalar is then proportional to it, and the summaries are functions of the mean alone.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (128, 128),
        latent: int = 4,
        activation: str = "relu",
        hidden_biases: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.hidden, self.latent, self.activation = tuple(hidden), latent, activation
        self.hidden_biases = hidden_biases
        self.scaling = Normalization(hidden_biases, name="scaling", dtype=self.dtype_policy)
        biases = {"hidden_biases": hidden_biases, "last_bias": hidden_biases}
        self.phi = MLP(self.hidden, latent, activation, name="phi", dtype=self.dtype_policy, **biases)

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
        own = {name: getattr(self, name) for name in ("latent", "activation", "hidden_biases")}
        return {**super().get_config(), "hidden": list(self.hidden), **own}
