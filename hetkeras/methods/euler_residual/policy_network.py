"""Permutation-invariant policy u(x, X) = rho(x, mean phi(X_i)) (slide "Main result I", after Wagstaff et al. 2019)."""

from __future__ import annotations

from typing import Any, Self

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization
from hetkeras.layers.pooling import Pooling


@keras.saving.register_keras_serializable(package="hetkeras")
class SymmetricPolicy(keras.Model):
    """Action of an agent given its own states and everyone's: (agent [..., K, D], industry [..., N, D]) -> [..., K].

    Own states, summaries and output are standardised inside, with moments kept in the weights.

    Args:
      pooling: layer [..., N, D] -> [..., L] that is invariant to permutations of the agents.
      head: maps the raw output to actions.
      own_columns: which of an agent's D states its own action depends on; none means one action for all.
      hidden: widths of the hidden layers of rho.
      activation: of rho.
      last_scale: see `MLP`; small, so that training starts near the head's centre.
      hidden_biases: of rho; without them (as in the paper) its inputs are scaled but not centred.
    """

    def __init__(
        self,
        pooling: Pooling,
        head: BoundedOutput,
        own_columns: tuple[int, ...] = (),
        hidden: tuple[int, ...] = (128, 128, 128, 128),
        activation: str = "relu",
        last_scale: float = 0.01,
        hidden_biases: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pooling, self.head, self.own_columns = pooling, head, tuple(own_columns)
        self.hidden, self.activation, self.last_scale = tuple(hidden), activation, last_scale
        self.hidden_biases = hidden_biases
        dtype = self.dtype_policy
        self.own_scaling = Normalization(hidden_biases, name="own_scaling", dtype=dtype)
        self.summary_scaling = Normalization(hidden_biases, name="summary_scaling", dtype=dtype)
        self.rho = MLP(self.hidden, self.num_outputs, activation, last_scale, hidden_biases, name="rho", dtype=dtype)

    @property
    def num_outputs(self) -> int:
        """Of rho."""
        return 1

    def build(self, agent_shape: tuple[int | None, ...], industry_shape: tuple[int | None, ...] | None = None) -> None:
        industry_shape = agent_shape if industry_shape is None else industry_shape
        self.own_scaling.build((*agent_shape[:-1], len(self.own_columns)))
        if not self.pooling.built:  # it is when it comes out of a file
            self.pooling.build(industry_shape)
        summary_shape = self.pooling.compute_output_shape(industry_shape)
        self.summary_scaling.build(summary_shape)
        self.rho.build((*summary_shape[:-1], summary_shape[-1] + len(self.own_columns)))
        self.built = True

    def call(self, agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        return self.head(self.outputs_of_rho(agent, industry)[..., 0])

    def outputs_of_rho(self, agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        """Raw numbers, [..., K, num_outputs]."""
        if agent.shape[-1] != industry.shape[-1]:
            raise ShapeError(
                f"{type(self).__name__} got an agent with {agent.shape[-1]} states and an industry with "
                f"{industry.shape[-1]}; expected the same states on the last axis of both"
            )
        summary = self.summary_scaling(self.pooling(industry))[..., None, :]
        if self.own_columns:
            own = self.own_scaling(tf.gather(agent, self.own_columns, axis=-1))
            leading = tf.concat([tf.shape(own)[:-1], tf.shape(summary)[-1:]], 0)
            summary = tf.concat([own, tf.broadcast_to(summary, leading)], -1)
        return self.rho(summary)

    def adapt(self, industry: tf.Tensor) -> None:
        """Sets the moments of states and summaries to those of sample states [B, N, D]."""
        self.pooling.adapt(industry)
        if self.own_columns:
            self.own_scaling.adapt(tf.gather(industry, self.own_columns, axis=-1))
        self.summary_scaling.adapt(self.pooling(industry))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pooling": keras.saving.serialize_keras_object(self.pooling),
            "head": keras.saving.serialize_keras_object(self.head),
            "own_columns": list(self.own_columns),
            "hidden": list(self.hidden),
            "activation": self.activation,
            "last_scale": self.last_scale,
            "hidden_biases": self.hidden_biases,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("pooling", "head")}
        return cls(**{**config, **parts})
