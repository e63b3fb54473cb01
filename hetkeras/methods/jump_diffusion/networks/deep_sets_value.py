"""Value over binary states that treats elements alike but for their traits: rho(mean_j phi0(x_j) + y_j phi1(x_j), q).

Since the summaries are linear in each y_j, the value after a flip needs no second look at the elements. That holds for
q = y' W y / 2, too, where a matrix W says which elements matter to each other: no small number of summaries could. With
such a matrix elements also see what states those have that matter to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.known_sizes import known_sizes
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization
from hetkeras.methods.jump_diffusion.networks.base import FlipValue


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
      pairs: W, [J][J], symmetric with zeros on its diagonal; empty for none. Only its proportions count.

    Raises:
      ShapeError: if pairs are not of the elements.
    """

    def __init__(
        self,
        traits: list[list[float]],
        element_hidden: tuple[int, ...] = (64, 64),
        latent: int = 32,
        hidden: tuple[int, ...] = (64, 64),
        activation: str = "silu",
        pairs: list[list[float]] | tuple[()] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.traits = [list(map(float, row)) for row in traits]
        self.element_hidden, self.latent, self.hidden = tuple(element_hidden), latent, tuple(hidden)
        self.pairs = [list(map(float, row)) for row in pairs]
        if self.pairs and {len(self.pairs), *map(len, self.pairs)} != {len(self.traits)}:
            raise ShapeError(
                f"DeepSetsValue got pairs of {len(self.pairs)} rows for {len(self.traits)} elements; expected [J][J]"
            )
        self.activation, dtype = activation, self.dtype_policy
        self.scaling = Normalization(name="scaling", dtype=dtype)
        self.phi = MLP(self.element_hidden, 2 * latent, activation, name="phi", dtype=dtype)
        self.rho = MLP(self.hidden, 1, activation, 0.1, name="rho", dtype=dtype)

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...] | None = None) -> None:
        del binary_shape
        table = np.reshape(self.traits, (len(self.traits), -1))
        spread = table.std(0)
        self._table = (table - table.mean(0)) / np.where(spread > 0, spread, 1.0)
        self._links = np.reshape(self.pairs, (len(self.pairs),) * 2)
        self._links = self._links / max(np.abs(self._links).sum() / 2, 1e-30)  # q is from -1 to 1
        self.scaling.build(elements_shape)
        (states,) = known_sizes(elements_shape, 1)
        seen = states * (2 if self.pairs else 1)
        self.phi.build((*elements_shape[:-1], seen + table.shape[1]))
        self.rho.build((*elements_shape[:-2], self.latent + bool(self.pairs)))
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
        summary, turn = self.summary(resting, active, binary), (1 - 2 * binary)[..., None]
        moves = turn * active / self._count(binary)
        if self.pairs:
            moves = tf.concat([moves, turn * self.joined(binary)[..., None]], -1)
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
        kernel, of_pairs = tf.split(first.kernel, [self.latent, first.kernel.shape[0] - self.latent])
        moves, rest = (
            tf.concat([part[..., :1], tf.linalg.matmul(part, kernel)], -1) / self._count(binary)
            for part in (active, tf.reduce_sum(resting, -2))
        )
        nodes = tf.linalg.matmul(binary, moves) + (rest + tf.pad(first.bias, [[1, 0]]))[:, None]
        owner, cell = tf.stack([group, member], -1), tf.stack([group, member, which], -1)
        move = tf.gather_nd(moves, tf.stack([group, which], -1))
        if self.pairs:
            joined, of_pairs = self.joined(binary), tf.pad(of_pairs, [[0, 0], [1, 0]])
            nodes += tf.reduce_sum(binary * joined, -1, keepdims=True) / 2 * of_pairs
            move += tf.gather_nd(joined, cell)[:, None] * of_pairs
        after = tf.gather_nd(nodes, owner) + (1 - 2 * tf.gather_nd(binary, cell))[:, None] * move
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

    def lift(self, amount: tf.Tensor) -> None:
        self.rho.stack[-1].bias.assign_add([amount])

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
        if self.pairs:
            scaled = tf.concat([scaled, self.nearby(scaled)], -1)
        of_states, of_traits = tf.split(first.kernel, [scaled.shape[-1], self._table.shape[1]])
        nodes = first.bias
        if self._table.shape[1]:  # a product with nothing in it ends the process where oneDNN computes it
            nodes += tf.linalg.matmul(tf.constant(self._table, scaled.dtype), of_traits)  # once for all states
        nodes = first.activation(tf.linalg.matmul(scaled, of_states) + nodes)
        for layer in others:
            nodes = layer(nodes)
        return tuple(tf.split(nodes, 2, -1))

    def nearby(self, elements: tf.Tensor) -> tf.Tensor:
        """Of each element, the mean state of those that matter to it, [..., J, K]."""
        weights = self._links / np.maximum(np.abs(self._links).sum(1, keepdims=True), 1e-30)
        states = tf.tensordot(tf.linalg.matrix_transpose(elements), tf.constant(weights.T, elements.dtype), 1)
        return tf.linalg.matrix_transpose(states)

    def joined(self, binary: tf.Tensor) -> tf.Tensor:
        """W y, [..., J]: what q gains if the element is switched on."""
        return tf.tensordot(binary, tf.constant(self._links, binary.dtype), 1)

    def summary(self, resting: tf.Tensor, active: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """Means over elements, and q if there are pairs, [..., L]."""
        switched = tf.linalg.matvec(active, binary, transpose_a=True)
        means = (tf.reduce_sum(resting, -2) + switched) / self._count(binary)
        if not self.pairs:
            return means
        return tf.concat([means, tf.reduce_sum(binary * self.joined(binary), -1, keepdims=True) / 2], -1)

    def value(self, summary: tf.Tensor) -> tf.Tensor:
        """[...] from summaries [..., L]."""
        return summary[..., 0] + self.rho(summary)[..., 0]

    @staticmethod
    def _count(binary: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.shape(binary)[-1], binary.dtype)

    def get_config(self) -> dict[str, Any]:
        names = ("traits", "latent", "activation", "pairs")
        own = {name: getattr(self, name) for name in names}
        widths = {"element_hidden": list(self.element_hidden), "hidden": list(self.hidden)}
        return {**super().get_config(), **own, **widths}
