"""Value over binary states that treats elements alike but for their traits: rho(mean_j phi0(x_j) + y_j phi1(x_j)).

Since the summaries are linear in each y_j, the value after a flip needs no second look at the elements.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.dense_stack import DenseStack
from hetkeras.layers.flip_value import FlipValue
from hetkeras.layers.standardization import Standardization


@keras.saving.register_keras_serializable(package="hetkeras")
class DeepSetsValue(FlipValue):
    """[..., J, K] and [..., J] -> [...]; permuting elements together with their traits changes nothing.

    The first summary is added to the output as it is, so that values that are sums over elements are easy.

    Args:
      traits: what tells elements apart, [J][F]; F may be zero.
      element_hidden: widths of the hidden layers of phi.
      latent: number of summaries.
      hidden: widths of the hidden layers of rho.
      activation: of both; one that grows linearly, for states far out.
    """

    def __init__(
        self,
        traits: list[list[float]],
        element_hidden: tuple[int, ...] = (64, 64),
        latent: int = 32,
        hidden: tuple[int, ...] = (64, 64),
        activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.traits = [list(map(float, row)) for row in traits]
        self.element_hidden, self.latent, self.hidden = tuple(element_hidden), latent, tuple(hidden)
        self.activation, dtype = activation, self.dtype_policy
        self.scaling = Standardization(name="scaling", dtype=dtype)
        self.phi = DenseStack(self.element_hidden, 2 * latent, activation, name="phi", dtype=dtype)
        self.rho = DenseStack(self.hidden, 1, activation, 0.1, name="rho", dtype=dtype)

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...] | None = None) -> None:
        del binary_shape
        table = np.reshape(self.traits, (len(self.traits), -1))
        spread = table.std(0)
        self._table = (table - table.mean(0)) / np.where(spread > 0, spread, 1.0)
        self.scaling.build(elements_shape)
        self.phi.build((*elements_shape[:-1], elements_shape[-1] + table.shape[1]))
        self.rho.build((*elements_shape[:-2], self.latent))
        self.built = True

    def call(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        self.check(elements, binary)
        resting, active = self.parts(elements)
        return self.value(self.summary(resting, active, binary))

    def with_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, which: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        self.check(elements, binary)
        resting, active = self.parts(elements)
        summary = self.summary(resting, active, binary)
        moves = (1 - 2 * binary)[..., None] * active / self._count(binary)
        if which is not None:
            moves = tf.gather(moves, which, axis=-2)
        return self.value(summary), self.value(summary[..., None, :] + moves)

    def at_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, group: tf.Tensor, member: tf.Tensor, which: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """As the base class, with one look at each group's elements, to which the first layer of rho is applied."""
        self.check(elements, binary)
        resting, active = self.parts(elements)
        first, *others = self.rho.stack
        moves, rest = (
            tf.concat([part[..., :1], tf.linalg.matmul(part, first.kernel)], -1) / self._count(binary)
            for part in (active, tf.reduce_sum(resting, -2))
        )
        nodes = tf.linalg.matmul(binary, moves) + (rest + tf.pad(first.bias, [[1, 0]]))[:, None]
        owner = tf.stack([group, member], -1)
        turn = 1 - 2 * tf.gather_nd(binary, tf.stack([group, member, which], -1))
        after = tf.gather_nd(nodes, owner) + turn[:, None] * tf.gather_nd(moves, tf.stack([group, which], -1))
        here = tf.gather_nd(self._last(nodes, first.activation, others), owner)
        return here, self._last(after, first.activation, others)

    @staticmethod
    def _last(
        nodes: tf.Tensor, activation: Callable[[tf.Tensor], tf.Tensor], others: list[keras.layers.Layer]
    ) -> tf.Tensor:
        """The value from the first summary and the first layer of rho before its activation, [...]."""
        outputs = activation(nodes[..., 1:])
        for layer in others:
            outputs = layer(outputs)
        return nodes[..., 0] + outputs[..., 0]

    def adapt(self, elements: tf.Tensor) -> None:
        self.scaling.adapt(elements)

    def parts(self, elements: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """phi0 and phi1, both [..., J, L].

        Raises:
          ShapeError: if there are not as many elements as have traits.
        """
        if elements.shape[-2] != len(self.traits):
            raise ShapeError(
                f"DeepSetsValue got states {tuple(elements.shape)} of {elements.shape[-2]} elements; expected "
                f"{len(self.traits)}, one for each row of traits"
            )
        first, *others = self.phi.stack
        scaled = self.scaling(elements)
        of_states, of_traits = tf.split(first.kernel, [scaled.shape[-1], self._table.shape[1]])
        nodes = tf.linalg.matmul(tf.constant(self._table, scaled.dtype), of_traits) + first.bias  # once for all states
        nodes = first.activation(tf.linalg.matmul(scaled, of_states) + nodes)
        for layer in others:
            nodes = layer(nodes)
        return tuple(tf.split(nodes, 2, -1))

    def summary(self, resting: tf.Tensor, active: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """Means over elements, [..., L]."""
        switched = tf.linalg.matvec(active, binary, transpose_a=True)
        return (tf.reduce_sum(resting, -2) + switched) / self._count(binary)

    def value(self, summary: tf.Tensor) -> tf.Tensor:
        """[...] from summaries [..., L]."""
        return summary[..., 0] + self.rho(summary)[..., 0]

    @staticmethod
    def _count(binary: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.shape(binary)[-1], binary.dtype)

    def get_config(self) -> dict[str, Any]:
        names = ("traits", "latent", "activation")
        own = {name: getattr(self, name) for name in names}
        widths = {"element_hidden": list(self.element_hidden), "hidden": list(self.hidden)}
        return {**super().get_config(), **own, **widths}
