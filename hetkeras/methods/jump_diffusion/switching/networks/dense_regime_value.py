"""The feed-forward network of Huang & Yu (2024), section 3.3, with a head for each regime.

A flip moves the first layer by one row of its weights, so that only the layers after it are evaluated anew.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.layers.known_sizes import known_sizes
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization
from hetkeras.methods.jump_diffusion.switching.networks.base import RegimeValue


@keras.saving.register_keras_serializable(package="hetkeras")
class DenseRegimeValue(RegimeValue):
    """[..., N, K] and [..., J] -> [..., Z], without any symmetry: what regimes share, and a head for each.

    Args:
      num_regimes: Z.
      turn_scale: size of what differs between regimes beside what they share.
      hidden: widths of the hidden layers, one or more.
      activation: of all of them.
      num_shocks: M, outputs of sigma^V in each regime; 0 leaves them out.
    """

    def __init__(
        self,
        num_regimes: int,
        turn_scale: float = 1.0,
        hidden: tuple[int, ...] = (256, 256, 256),
        activation: str = "silu",
        num_shocks: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_regimes, self.turn_scale = num_regimes, turn_scale
        self.hidden, self.activation, self.num_shocks = tuple(hidden), activation, num_shocks
        dtype, last = self.dtype_policy, keras.initializers.VarianceScaling(0.01, mode="fan_avg")
        self.scaling = Normalization(name="scaling", dtype=dtype)
        self.first = keras.layers.Dense(self.hidden[0], name="first", dtype=dtype)
        self.trunk = [keras.layers.Dense(width, activation, dtype=dtype) for width in self.hidden[1:]]
        self.shared, self.turn = (
            keras.layers.Dense(outputs, kernel_initializer=last, name=name, dtype=dtype)
            for name, outputs in (("shared", 1), ("turn", num_regimes))
        )
        outputs = num_regimes * num_shocks
        self.volatility_net = (
            MLP(self.hidden[-1:] * 2, outputs, activation, 0.1, name="volatility", dtype=dtype) if outputs else None
        )

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...]) -> None:
        self.scaling.build(elements_shape)
        leading, (elements, states) = elements_shape[:-2], known_sizes(elements_shape, 2)
        (flips,) = known_sizes(binary_shape, 1)
        self.first.build((*leading, elements * states + flips))
        widths = (*self.hidden, self.hidden[-1])
        for layer, width in zip((*self.trunk, self.shared), widths, strict=False):
            layer.build((*leading, width))
        for layer in (self.turn, *([self.volatility_net] if self.volatility_net else [])):
            layer.build((*leading, self.hidden[-1]))
        self.built = True

    def call(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        return self._heads(self._nodes(self._first(elements, binary)))

    def with_volatility(self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """V [B] and sigma^V [B, M] in regimes [B]."""
        nodes = self._nodes(self._first(elements, binary))
        value = tf.gather(self._heads(nodes), regime, batch_dims=1)
        if self.volatility_net is None:
            return value, nodes[..., :0]
        spread = tf.reshape(self.volatility_net(nodes), (-1, self.num_regimes, self.num_shocks))
        return value, tf.gather(spread, regime, batch_dims=1)

    def with_open_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor, which: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        first = self._first(elements, binary)
        turns = 1 - 2 * tf.gather(binary, which, batch_dims=1)
        rows = tf.gather(self.first.kernel[-binary.shape[-1] :], which)
        after = self._nodes(first[:, None] + turns[..., None] * rows)
        kernel = tf.gather(tf.transpose(self.turn.kernel), regime)
        own = tf.linalg.matvec(after, kernel) + tf.gather(self.turn.bias.value, regime)[:, None]
        return self._heads(self._nodes(first)), self.shared(after)[..., 0] + self.turn_scale * own

    def adapt(self, elements: tf.Tensor) -> None:
        self.scaling.adapt(elements)

    def lift(self, amount: tf.Tensor) -> None:
        self.shared.bias.assign_add([amount])

    def _first(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """The first layer before its activation: states of all elements, then binary states."""
        scaled = self.scaling(elements)
        flat = tf.reshape(scaled, tf.concat([tf.shape(scaled)[:-2], [scaled.shape[-2] * scaled.shape[-1]]], 0))
        flat = tf.broadcast_to(flat, tf.concat([tf.shape(binary)[:-1], [flat.shape[-1]]], 0))
        return self.first(tf.concat([flat, binary], -1))

    def _nodes(self, first: tf.Tensor) -> tf.Tensor:
        """The last hidden layer."""
        nodes = keras.activations.get(self.activation)(first)
        for layer in self.trunk:
            nodes = layer(nodes)
        return nodes

    def _heads(self, nodes: tf.Tensor) -> tf.Tensor:
        return self.shared(nodes) + self.turn_scale * self.turn(nodes)

    def get_config(self) -> dict[str, Any]:
        names = ("num_regimes", "turn_scale", "activation", "num_shocks")
        own = {name: getattr(self, name) for name in names} | {"hidden": list(self.hidden)}
        return {**super().get_config(), **own}
