"""A smooth function of a few states with one output for each combination of discrete shocks."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError


@keras.saving.register_keras_serializable(package="hetkeras")
class ShockStateMLP(keras.layers.Layer):
    """Feed-forward tanh network: [..., F] -> [..., *states], and its derivative along one input beside it.

    With all shocks as outputs an expectation over them is one forward pass and a matrix product.

    Args:
      states: numbers of states of each discrete shock, for example (A, E).
      hidden: widths of the hidden layers.
      centre: subtracted from the inputs, one number for each of the F inputs.
      scale: divides the inputs, one number for each.
      last_scale: factor on the last layer's initial weights.

    Raises:
      ShapeError: if sizes are below one, or centre and scale disagree in length, or a scale is not positive.
    """

    def __init__(
        self,
        states: tuple[int, ...],
        hidden: tuple[int, ...],
        centre: tuple[float, ...],
        scale: tuple[float, ...],
        last_scale: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        positive = len(scale) > 0 and all(math.isfinite(entry) and entry > 0 for entry in scale)
        if min((*states, *hidden)) < 1 or len(centre) != len(scale) or not positive:
            raise ShapeError(
                f"ShockStateMLP got states={tuple(states)}, hidden={tuple(hidden)}, centre={tuple(centre)}, "
                f"scale={tuple(scale)}; expected sizes of 1 or more, and a centre and a positive scale for each input"
            )
        self.states, self.hidden, self.last_scale = tuple(states), tuple(hidden), last_scale
        self.centre, self.scale = tuple(centre), tuple(scale)
        last = keras.initializers.VarianceScaling(last_scale**2, mode="fan_avg", distribution="uniform")
        self.stack = [keras.layers.Dense(width, dtype=self.dtype_policy) for width in self.hidden]
        outputs = int(tf.reduce_prod(self.states))
        self.stack.append(keras.layers.Dense(outputs, kernel_initializer=last, dtype=self.dtype_policy))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._check(input_shape)
        for layer in self.stack:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return self._table(self.stack[-1](self.nodes(inputs)))

    def nodes(self, inputs: tf.Tensor) -> tf.Tensor:
        """The last hidden layer, [..., W]; the table is linear in it: nodes . kernel + bias."""
        nodes = self._scaled(inputs)
        for layer in self.stack[:-1]:
            nodes = tf.tanh(layer(nodes))
        return nodes

    def last_layer(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Kernel [W, *states] and bias [*states]: an average of the table over states is one of these."""
        last = self.stack[-1]
        return tf.reshape(last.kernel, (-1, *self.states)), tf.reshape(last.bias, self.states)

    def with_slope(self, inputs: tf.Tensor, direction: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The table and its derivative as the inputs move in a direction [F] or [..., F], both [..., *states]."""
        nodes, slopes = self.nodes_with_slope(inputs, direction)
        return self._table(self.stack[-1](nodes)), self._table(tf.linalg.matmul(slopes, self.stack[-1].kernel))

    def nodes_with_slope(self, inputs: tf.Tensor, direction: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """As `nodes`, with the derivative in a direction [F] or [..., F]: forward mode, by hand for speed."""
        nodes = self._scaled(inputs)
        slopes = tf.cast(direction, nodes.dtype) / tf.constant(self.scale, nodes.dtype) * tf.ones_like(nodes)
        for layer in self.stack[:-1]:
            nodes, slopes = tf.tanh(layer(nodes)), tf.linalg.matmul(slopes, layer.kernel)
            slopes *= 1 - nodes**2
        return nodes, slopes

    def _check(self, shape: tuple[int | None, ...]) -> None:
        if shape[-1] != len(self.centre):
            raise ShapeError(
                f"ShockStateMLP got inputs of shape {tuple(shape)}; expected {len(self.centre)} on the last axis"
            )

    def _scaled(self, inputs: tf.Tensor) -> tf.Tensor:
        self._check(inputs.shape)
        inputs = tf.cast(inputs, self.compute_dtype)
        return (inputs - tf.constant(self.centre, inputs.dtype)) / tf.constant(self.scale, inputs.dtype)

    def _table(self, outputs: tf.Tensor) -> tf.Tensor:
        return tf.reshape(outputs, tf.concat([tf.shape(outputs)[:-1], self.states], 0))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], *self.states)

    def get_config(self) -> dict[str, Any]:
        names = ("states", "hidden", "centre", "scale", "last_scale")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
