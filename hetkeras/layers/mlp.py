"""A plain feed-forward network, the brick of the others."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError


@keras.saving.register_keras_serializable(package="hetkeras")
class MLP(keras.layers.Layer):
    """Hidden layers of equal activation and a linear last layer: [..., F] -> [..., outputs].

    Args:
      hidden: widths of the hidden layers.
      outputs: width of the last layer.
      activation: of the hidden layers.
      last_scale: factor on the last layer's initial weights; small values start near a constant function.
      hidden_biases: whether hidden layers have biases.
      last_bias: whether the last layer has one.

    Raises:
      ShapeError: if a width is below one.
    """

    def __init__(
        self,
        hidden: tuple[int, ...],
        outputs: int,
        activation: str = "relu",
        last_scale: float = 1.0,
        hidden_biases: bool = True,
        last_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if min((*hidden, outputs)) < 1:
            raise ShapeError(f"MLP got hidden={tuple(hidden)}, outputs={outputs}; expected widths of 1 or more")
        self.hidden, self.outputs = tuple(hidden), outputs
        self.activation, self.last_scale, self.hidden_biases = activation, last_scale, hidden_biases
        self.last_bias = last_bias
        last = keras.initializers.VarianceScaling(last_scale**2, mode="fan_avg", distribution="uniform")
        self.stack = [
            keras.layers.Dense(width, activation, hidden_biases, dtype=self.dtype_policy) for width in self.hidden
        ]
        self.stack.append(
            keras.layers.Dense(outputs, use_bias=last_bias, kernel_initializer=last, dtype=self.dtype_policy)
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for layer in self.stack:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        for layer in self.stack:
            inputs = layer(inputs)
        return inputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.outputs)

    def get_config(self) -> dict[str, Any]:
        names = ("outputs", "activation", "last_scale", "hidden_biases", "last_bias")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), "hidden": list(self.hidden), **own}
