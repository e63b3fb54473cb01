"""The feed-forward network of Huang & Yu (2024), section 2.3: shared layers, then one subnet for V and one for sigma^V.

A flip moves the first layer by one row of its weights, so that only the layers after it are evaluated anew.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.layers.known_sizes import known_sizes
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization
from hetkeras.methods.jump_diffusion.networks.base import FlipValue


@keras.saving.register_keras_serializable(package="hetkeras")
class DenseValue(FlipValue):
    """[..., J, K] and [..., J] -> [...], without any symmetry.

    Args:
      num_shocks: M, outputs of the subnet for sigma^V; 0 leaves it out.
      width: nodes of each layer.
      shared: number of shared layers.
      own: number of layers of each subnet.
      activation: of all hidden layers.
    """

    def __init__(
        self,
        num_shocks: int = 0,
        width: int = 256,
        shared: int = 3,
        own: int = 2,
        activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_shocks, self.width, self.shared, self.own = num_shocks, width, shared, own
        self.activation, dtype = activation, self.dtype_policy
        self.scaling = Normalization(name="scaling", dtype=dtype)
        self.first = keras.layers.Dense(width, name="first", dtype=dtype)
        widths = (width,) * (shared - 1)
        self.trunk = [keras.layers.Dense(each, activation, dtype=dtype) for each in widths]
        self.value_net = MLP((width,) * own, 1, activation, 0.1, name="value", dtype=dtype)
        self.volatility_net = (
            MLP((width,) * own, num_shocks, activation, 0.1, name="volatility", dtype=dtype) if num_shocks else None
        )

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...] | None = None) -> None:
        del binary_shape
        self.scaling.build(elements_shape)
        leading, (elements, states) = elements_shape[:-2], known_sizes(elements_shape, 2)
        self.first.build((*leading, elements * (states + 1)))
        for layer in (*self.trunk, self.value_net, *([self.volatility_net] if self.volatility_net else [])):
            layer.build((*leading, self.width))
        self.built = True

    def call(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        return self.value_net(self._shared(self._first(elements, binary)))[..., 0]

    def with_volatility(self, elements: tf.Tensor, binary: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """V [...] and sigma^V [..., M]."""
        nodes = self._shared(self._first(elements, binary))
        volatility = nodes[..., :0] if self.volatility_net is None else self.volatility_net(nodes)
        return self.value_net(nodes)[..., 0], volatility

    def with_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, which: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        self.check(elements, binary)
        nodes = self._first(elements, binary)
        rows, turns = self.first.kernel[-binary.shape[-1] :], 1 - 2 * binary
        if which is not None:
            rows, turns = tf.gather(rows, which), tf.gather(turns, which, axis=-1)
        flipped = nodes[..., None, :] + turns[..., None] * rows
        return tuple(self.value_net(self._shared(each))[..., 0] for each in (nodes, flipped))

    def lift(self, amount: tf.Tensor) -> None:
        self.value_net.stack[-1].bias.assign_add([amount])

    def adapt(self, elements: tf.Tensor) -> None:
        self.scaling.adapt(elements)

    def _first(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """The first layer before its activation: states of all elements, then binary states."""
        scaled = self.scaling(elements)
        flat = tf.reshape(scaled, tf.concat([tf.shape(binary)[:-1], [scaled.shape[-2] * scaled.shape[-1]]], 0))
        return self.first(tf.concat([flat, binary], -1))

    def _shared(self, nodes: tf.Tensor) -> tf.Tensor:
        nodes = keras.activations.get(self.activation)(nodes)
        for layer in self.trunk:
            nodes = layer(nodes)
        return nodes

    def get_config(self) -> dict[str, Any]:
        names = ("num_shocks", "width", "shared", "own", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
