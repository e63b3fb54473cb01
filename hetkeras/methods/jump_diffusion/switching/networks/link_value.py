"""Values over networks of links, in the regime of each sector:

    rho(sum_i w_i phi_i) + sum_i w_i a_i . phi_i + s_z (rho'(sum_i w_i phi_i, phi_z) + c_z . phi_z),

phi as `link_sight` has it: a flip moves two sectors, the user and the supplier, and nothing else is looked at again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.mlp import MLP
from hetkeras.methods.jump_diffusion.switching.networks.base import RegimeValue
from hetkeras.methods.jump_diffusion.switching.networks.link_features import SectorEncoder


class _Read(NamedTuple):
    """What is read off sectors one by one: total of all [...], of the active one, its scale; [..., N] or [..., S]."""

    total: tf.Tensor
    own: tf.Tensor
    scales: tf.Tensor


@keras.saving.register_keras_serializable(package="hetkeras")
class LinkValue(RegimeValue):
    """[..., N, K] and [..., N^2] -> [..., N], regimes being the sectors whose row of links is open.

    Args:
      shares: what links weigh, [N][N], a row for each user; zero for links that never move.
      importance: weights of sectors, [N].
      traits: what tells sectors apart, [N][F]; F may be zero.
      turn_scales: size of what differs between regimes beside what they share, [N].
      marks: numbers that are learned for each sector, beside its traits.
      element_hidden: widths of the hidden layers of phi.
      latent: outputs of phi.
      hidden: widths of the hidden layers of rho and rho'.
      activation: of all.

    Raises:
      ShapeError: if shares, importance, traits and scales are not of the same sectors.
    """

    def __init__(
        self,
        shares: list[list[float]],
        importance: list[float],
        traits: list[list[float]],
        turn_scales: list[float],
        marks: int = 4,
        element_hidden: tuple[int, ...] = (32, 32),
        latent: int = 16,
        hidden: tuple[int, ...] = (32, 32),
        activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.turn_scales, dtype = list(map(float, turn_scales)), self.dtype_policy
        sizes = (marks, element_hidden, latent, activation)
        self.encoder = SectorEncoder(shares, importance, traits, *sizes, name="encoder", dtype=dtype)
        if len(self.turn_scales) != len(self.encoder.importance):
            raise ShapeError(
                f"LinkValue got {len(self.turn_scales)} scales of turns for {len(self.encoder.importance)} sectors; "
                "expected one for each"
            )
        self.element_hidden, self.hidden = tuple(element_hidden), tuple(hidden)
        self.shared = MLP(self.hidden, 1, activation, 0.1, name="shared", dtype=dtype)
        self.turn = MLP(self.hidden, 1, activation, 0.1, name="turn", dtype=dtype)

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...] | None = None) -> None:
        del binary_shape
        count = len(self.encoder.importance)
        self.readings, self.turn_readings = (
            self.add_weight(name=name, shape=(count, self.encoder.latent), initializer="zeros")
            for name in ("readings", "turn_readings")
        )
        self.encoder.build(elements_shape)
        self.shared.build((*elements_shape[:-2], self.encoder.latent))
        self.turn.build((*elements_shape[:-1], 2 * self.encoder.latent))
        self.built = True

    def call(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        return self._all_turns(self.encoder(elements, binary))

    def with_open_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor, which: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del regime  # that of the user of the link
        found, count = self.encoder.with_flips(elements, binary, which), len(self.encoder.importance)
        seen, user = found.seen, which // count
        summary, read = self.encoder.pooled(seen)[..., None, :], self._read(seen)
        after = read.total[..., None]
        for sector, end in ((user, found.user), (which % count, found.supplier)):
            moved = end - tf.gather(seen, sector, axis=-2, batch_dims=sector.shape.rank - 1)
            weight = tf.gather(tf.constant(self.encoder.averaging, seen.dtype), sector)[..., None]
            summary += weight * moved
            after += tf.reduce_sum(weight * tf.gather(self.readings.value, sector) * moved, -1)
        own = tf.reduce_sum(tf.gather(self.turn_readings.value, user) * found.user, -1)
        scales = tf.gather(read.scales, user)
        return self._all_turns(seen), self._value(summary, found.user, _Read(after, own, scales))

    def in_regime(self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        seen, axes = self.encoder(elements, binary), regime.shape.rank
        read, own = self._read(seen), tf.gather(seen, regime, axis=-2, batch_dims=axes)
        turn = _Read(read.total, tf.gather(read.own, regime, axis=-1, batch_dims=axes), tf.gather(read.scales, regime))
        return self._value(self.encoder.pooled(seen), own, turn)

    def adapt(self, elements: tf.Tensor) -> None:
        self.encoder.adapt(elements)

    def lift(self, amount: tf.Tensor) -> None:
        self.shared.stack[-1].bias.assign_add([amount])

    def _all_turns(self, seen: tf.Tensor) -> tf.Tensor:
        """[..., N]."""
        read = self._read(seen)
        return self._value(self.encoder.pooled(seen)[..., None, :], seen, read._replace(total=read.total[..., None]))

    def _read(self, seen: tf.Tensor) -> _Read:
        weighted = tf.constant(self.encoder.averaging, seen.dtype)[:, None] * tf.cast(self.readings, seen.dtype)
        own = tf.reduce_sum(seen * tf.cast(self.turn_readings, seen.dtype), -1)
        return _Read(tf.reduce_sum(weighted * seen, (-2, -1)), own, tf.constant(self.turn_scales, seen.dtype))

    def _value(self, pooled: tf.Tensor, own: tf.Tensor, read: _Read) -> tf.Tensor:
        """[...] from summaries [..., L], of one network or of many, and what is seen of the active sector [..., L]."""
        shared = pooled[..., 0] + self.shared(pooled)[..., 0] + read.total
        pooled = tf.broadcast_to(pooled, tf.shape(own))
        return shared + read.scales * (self.turn(tf.concat([pooled, own], -1))[..., 0] + read.own)

    def get_config(self) -> dict[str, Any]:
        seen = self.encoder.get_config()
        own = {name: seen[name] for name in ("shares", "importance", "traits", "marks", "latent", "activation")}
        widths = {"element_hidden": list(self.element_hidden), "hidden": list(self.hidden)}
        return {**super().get_config(), **own, "turn_scales": self.turn_scales, **widths}
