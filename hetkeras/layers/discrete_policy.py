"""Which branch to take: a network whose outputs are the branches' probabilities (Yokomoto 2026, section 3.2)."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization


@keras.saving.register_keras_serializable(package="hetkeras")
class DiscretePolicy(keras.Model):
    """Probabilities of R branches: [..., F] -> [..., R]; inputs are standardised inside.

    Train the logits by cross-entropy on the branch of the highest value; take the likeliest branch at evaluation.

    Args:
      num_branches: R.
      hidden: widths of the hidden layers.
      activation: of the hidden layers.
      last_scale: see `MLP`; small, so that training starts near equal probabilities.

    Raises:
      ShapeError: if there is no branch or a width is below one.
    """

    def __init__(
        self,
        num_branches: int,
        hidden: tuple[int, ...] = (256, 256, 256),
        activation: str = "silu",
        last_scale: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if num_branches < 1:
            raise ShapeError(
                f"DiscretePolicy got num_branches={num_branches}; expected a branch or more to choose from"
            )
        self.num_branches, self.hidden = num_branches, tuple(hidden)
        self.activation, self.last_scale = activation, last_scale
        dtype = self.dtype_policy
        self.scaling = Normalization(name="scaling", dtype=dtype)
        self.stack = MLP(self.hidden, num_branches, activation, last_scale, name="stack", dtype=dtype)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for layer in (self.scaling, self.stack):
            if not layer.built:  # by `adapt` or `logits`
                layer.build(input_shape)
        self.built = True

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.nn.softmax(self.logits(inputs))

    def logits(self, inputs: tf.Tensor) -> tf.Tensor:
        """Logs of the probabilities up to a constant, [..., R]: what a cross-entropy trains."""
        return self.stack(self.scaling(inputs))

    def branch(self, inputs: tf.Tensor) -> tf.Tensor:
        """The likeliest branch, indices [...]; of equals the first."""
        return tf.argmax(self.logits(inputs), -1, tf.int32)

    def adapt(self, inputs: tf.Tensor) -> None:
        """Sets the moments of normalization to those of sample inputs [..., F]."""
        self.scaling.adapt(inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.num_branches)

    def get_config(self) -> dict[str, Any]:
        names = ("num_branches", "activation", "last_scale")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), "hidden": list(self.hidden), **own}
