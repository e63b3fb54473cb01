"""The value over time and states as a network whose value at the horizon is exact."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization
from hetkeras.layers.pooling import Pooling


@keras.saving.register_keras_serializable(package="hetkeras")
class TerminalValueNetwork(keras.Model):
    """u = s^2 g + (1 - s^2) (m + v network(s, x, g)), with s = t / T the share of time that has passed: [...].

    m and v are mean and deviation of g at the horizon. Called with s [...], states [..., D] and g at these [...].

    Args:
      hidden: widths of the hidden layers.
      activation: of the hidden layers; smooth, for the value is differentiated.
      pooling: summary [..., D, 1] -> [..., L] of states that are exchangeable; None for the states themselves.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (64, 64),
        activation: str = "tanh",
        pooling: Pooling | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.hidden, self.activation, self.pooling = tuple(hidden), activation, pooling
        dtype = self.dtype_policy
        self.state_scaling = Normalization(name="state_scaling", dtype=dtype)
        self.terminal_scaling = Normalization(name="terminal_scaling", dtype=dtype)
        self.value_scaling = Normalization(name="value_scaling", dtype=dtype)
        self.mlp = MLP(self.hidden, 1, activation, 0.01, name="mlp", dtype=dtype)

    def build(self, share_shape: Any, state_shape: Any = None, terminal_shape: Any = None) -> None:
        del terminal_shape
        width = (share_shape if state_shape is None else state_shape)[-1]
        for scaling in (self.terminal_scaling, self.value_scaling):
            scaling.build((None, 1))
        if self.pooling is None:
            self.state_scaling.build((None, width))
        else:
            if not self.pooling.built:
                self.pooling.build((None, width, 1))
            width = self.pooling.compute_output_shape((None, width, 1))[-1]
            self.state_scaling.build((None, width))
        self.mlp.build((None, width + 2))
        self.built = True

    def call(self, share: tf.Tensor, state: tf.Tensor, terminal: tf.Tensor) -> tf.Tensor:
        summary = self.state_scaling(state if self.pooling is None else self.pooling(state[..., None]))
        known = self.terminal_scaling(terminal[..., None])
        learned = self.mlp(tf.concat([summary, 2 * share[..., None] - 1, known], -1))
        learned = (self.value_scaling.mean + self.value_scaling.deviation * learned)[..., 0]
        passed = tf.square(share)
        return passed * terminal + (1 - passed) * learned

    def adapt(self, state: tf.Tensor, terminal: tf.Tensor) -> None:
        """Sets the moments to those of paths: states [N + 1, B, D] and g at these [N + 1, B]."""
        if self.pooling is not None:
            self.pooling.adapt(state[..., None])
            state = self.pooling(state[..., None])
        self.state_scaling.adapt(state)
        self.terminal_scaling.adapt(terminal[..., None])
        self.value_scaling.adapt(terminal[-1][..., None])

    def get_config(self) -> dict[str, Any]:
        pooling = None if self.pooling is None else keras.saving.serialize_keras_object(self.pooling)
        return {
            **super().get_config(),
            "hidden": list(self.hidden),
            "activation": self.activation,
            "pooling": pooling,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> TerminalValueNetwork:
        pooling = config["pooling"]
        return cls(**{**config, "pooling": pooling and keras.saving.deserialize_keras_object(pooling)})


def exchangeable_network(hidden: tuple[int, ...], latent: int) -> TerminalValueNetwork:
    """One that is invariant to permutations of the states, by a learned summary of each."""
    return TerminalValueNetwork(hidden, pooling=DeepSetsPooling(hidden[:1], latent, "tanh"))
