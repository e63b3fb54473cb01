"""Values over networks of links of each sector's delegate, in the turn of each sector; with m = sum_i w_i phi_i,

    rho(m, phi_i) + sum_j c_ij . phi_j + s_iz <p(m, phi_i), q(m, phi_z)>     for delegate i while z is active,

phi as `link_sight` has it. All pairs cost little more than all sectors, and a flip moves two sectors.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.mlp import MLP
from hetkeras.methods.jump_diffusion.switching.networks.base import RegimeValue
from hetkeras.methods.jump_diffusion.switching.networks.link_features import SectorEncoder, SectorEncoding

PAIRED = 8  # length of p and q


@keras.saving.register_keras_serializable(package="hetkeras")
class DelegateValue(RegimeValue):
    """[..., N, K] and [..., N^2] -> [..., N^2], number i N + z for delegate i in the turn of z.

    Args:
      shares: what links weigh, [N][N], a row for each user; zero for links that never move.
      importance: weights of sectors, [N].
      traits: what tells sectors apart, [N][F]; F may be zero.
      turn_scales: size of what differs between turns beside what they share, [N][N] of delegate and turn.
      marks: numbers that are learned for each sector, beside its traits.
      element_hidden: widths of the hidden layers of phi.
      latent: outputs of phi.
      hidden: widths of the hidden layers of rho, p and q.
      activation: of all.

    Raises:
      ShapeError: if shares, importance, traits and scales are not of the same sectors.
    """

    def __init__(
        self,
        shares: list[list[float]],
        importance: list[float],
        traits: list[list[float]],
        turn_scales: list[list[float]],
        marks: int = 4,
        element_hidden: tuple[int, ...] = (32, 32),
        latent: int = 16,
        hidden: tuple[int, ...] = (32, 32),
        activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.turn_scales, dtype = [list(map(float, row)) for row in turn_scales], self.dtype_policy
        sizes = (marks, element_hidden, latent, activation)
        self.encoder = SectorEncoder(shares, importance, traits, *sizes, name="encoder", dtype=dtype)
        count = len(self.encoder.importance)
        if {len(self.turn_scales), *map(len, self.turn_scales)} != {count}:
            raise ShapeError(
                f"DelegateValue got {len(self.turn_scales)} rows of scales of turns for {count} sectors; expected "
                f"{count} rows of {count}"
            )
        self.element_hidden, self.hidden = tuple(element_hidden), tuple(hidden)
        self.shared = MLP(self.hidden, 1, activation, 0.1, name="shared", dtype=dtype)
        self.delegate, self.turn = (
            MLP(self.hidden, PAIRED, activation, 0.3, name=name, dtype=dtype) for name in ("delegate", "turn")
        )

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...] | None = None) -> None:
        del binary_shape
        count, latent = len(self.encoder.importance), self.encoder.latent
        self.readings = self.add_weight(name="readings", shape=(count**2, latent), initializer="zeros")
        self.encoder.build(elements_shape)
        for part in (self.shared, self.delegate, self.turn):
            part.build((*elements_shape[:-1], 2 * latent))
        self.built = True

    def call(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        return self._all_pairs(self.encoder(elements, binary))

    def with_open_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor, which: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """After each flip in one regime [B] of the active sector, or in several [B, S, A]: [B, S] or [B, S, A]."""
        found, count = self.encoder.with_flips(elements, binary, which), len(self.encoder.importance)
        here = self._all_pairs(found.seen)
        asked = tf.repeat(regime[:, None, None], which.shape[-1], 1) if regime.shape.rank == 1 else regime
        after = self._after(found, asked // count, which)
        return here, after[..., 0] if regime.shape.rank == 1 else after

    def adapt(self, elements: tf.Tensor) -> None:
        self.encoder.adapt(elements)

    def lift(self, amount: tf.Tensor) -> None:
        self.shared.stack[-1].bias.assign_add([amount])

    def _all_pairs(self, seen: tf.Tensor) -> tf.Tensor:
        """[..., N^2]."""
        count = len(self.encoder.importance)
        both = self._with_summary(self.encoder.pooled(seen)[..., None, :], seen)
        table = tf.reshape(tf.cast(self.readings, seen.dtype), (count, -1))  # [N, N L]
        flat = tf.reshape(seen, tf.concat([tf.shape(seen)[:-2], [count * seen.shape[-1]]], 0))
        own = self.shared(both)[..., 0] + tf.linalg.matvec(table, flat)
        pairs = tf.linalg.matmul(self.delegate(both), self.turn(both), transpose_b=True)
        values = own[..., None] + tf.constant(self.turn_scales, seen.dtype) * pairs
        return tf.reshape(values, tf.concat([tf.shape(own)[:-1], [count**2]], 0))

    def _after(self, found: SectorEncoding, delegate: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
        """Values [B, S, A] of delegates [B, S, A] after each flip, in the turn of its user."""
        seen, count = found.seen, len(self.encoder.importance)
        user, supplier = which // count, which % count
        summary, table = self.encoder.pooled(seen)[:, None], tf.cast(self.readings, seen.dtype)
        flat = tf.reshape(seen, (-1, count * seen.shape[-1]))
        read = tf.linalg.matvec(tf.reshape(table, (count, -1)), flat)  # [B, N]
        read = tf.gather(read, delegate, batch_dims=1)
        own = tf.gather(seen, delegate, batch_dims=1)  # [B, S, A, L]
        for sector, end in ((user, found.user), (supplier, found.supplier)):
            moved = end - tf.gather(seen, sector, batch_dims=1)
            summary += tf.gather(tf.constant(self.encoder.averaging, seen.dtype), sector)[..., None] * moved
            row = tf.gather(table, delegate * count + sector[..., None])
            read += tf.reduce_sum(row * moved[:, :, None], -1)
            own = tf.where((delegate == sector[..., None])[..., None], end[:, :, None], own)
        both = self._with_summary(summary[:, :, None], own)
        pairs = tf.reduce_sum(self.delegate(both) * self.turn(self._with_summary(summary, found.user))[:, :, None], -1)
        scales = tf.gather(
            tf.reshape(tf.constant(self.turn_scales, seen.dtype), (-1,)), delegate * count + user[..., None]
        )
        return self.shared(both)[..., 0] + read + scales * pairs

    @staticmethod
    def _with_summary(summary: tf.Tensor, own: tf.Tensor) -> tf.Tensor:
        return tf.concat([tf.broadcast_to(summary, tf.shape(own)), own], -1)

    def get_config(self) -> dict[str, Any]:
        seen = self.encoder.get_config()
        own = {name: seen[name] for name in ("shares", "importance", "traits", "marks", "latent", "activation")}
        widths = {"element_hidden": list(self.element_hidden), "hidden": list(self.hidden)}
        return {**super().get_config(), **own, "turn_scales": self.turn_scales, **widths}
