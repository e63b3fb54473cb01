"""Values over networks of links, in the regime of each sector: rho(sum_i w_i phi_i) + rho'(sum_i w_i phi_i, phi_z).

Every sector is seen by the same phi: its state, its traits, and sums over its row and its column of links, which are
linear in each link. So a flip moves two sectors, the user and the supplier, and nothing else is looked at again.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.dense_stack import DenseStack
from hetkeras.layers.regime_value import RegimeValue
from hetkeras.layers.standardization import Standardization


@keras.saving.register_keras_serializable(package="hetkeras")
class LinkValue(RegimeValue):
    """[..., N, K] and [..., N^2] -> [..., N], regimes being the sectors whose row of links is open.

    Args:
      shares: what links weigh, [N][N], a row for each user; zero for links that never move.
      importance: weights of sectors, [N].
      traits: what tells sectors apart, [N][F]; F may be zero.
      turn_scale: size of what differs between regimes beside what they share.
      element_hidden: widths of the hidden layers of phi.
      latent: outputs of phi.
      hidden: widths of the hidden layers of rho and rho'.
      activation: of all.

    Raises:
      ShapeError: if shares, importance and traits are not of the same sectors.
    """

    def __init__(
        self,
        shares: list[list[float]],
        importance: list[float],
        traits: list[list[float]],
        turn_scale: float = 1.0,
        element_hidden: tuple[int, ...] = (32, 32),
        latent: int = 16,
        hidden: tuple[int, ...] = (32, 32),
        activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.shares = [list(map(float, row)) for row in shares]
        self.importance = list(map(float, importance))
        self.traits = [list(map(float, row)) for row in traits]
        if {len(self.importance), len(self.traits), *map(len, self.shares)} != {len(self.shares)}:
            raise ShapeError(
                f"LinkValue got shares of {len(self.shares)} sectors, {len(self.importance)} weights and "
                f"{len(self.traits)} rows of traits; expected [N][N], [N] and [N][F]"
            )
        self.turn_scale, self.latent, self.activation = turn_scale, latent, activation
        self.element_hidden, self.hidden = tuple(element_hidden), tuple(hidden)
        dtype = self.dtype_policy
        self.scaling = Standardization(name="scaling", dtype=dtype)
        self.phi = DenseStack(self.element_hidden, latent, activation, name="phi", dtype=dtype)
        self.shared = DenseStack(self.hidden, 1, activation, 0.1, name="shared", dtype=dtype)
        self.turn = DenseStack(self.hidden, 1, activation, 0.1, name="turn", dtype=dtype)

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...] | None = None) -> None:
        del binary_shape
        shares, weights = np.array(self.shares), np.array(self.importance)
        table = np.reshape(self.traits, (len(weights), -1))
        spread = table.std(0)
        self._table = (table - table.mean(0)) / np.where(spread > 0, spread, 1.0)
        self._weights = weights / weights.sum()
        bought, sold = shares.copy(), weights[:, None] * shares
        for matrix in (bought, sold):
            np.fill_diagonal(matrix, 0)
        squares = bought**2
        self._bought, self._squares = (
            matrix / np.maximum(matrix.sum(1, keepdims=True), 1e-30) for matrix in (bought, squares)
        )
        self._sold = sold / np.maximum(sold.sum(0), 1e-30)
        self.scaling.build(elements_shape)
        seen = 2 * elements_shape[-1] + 3 + self._table.shape[1]
        self.phi.build((*elements_shape[:-1], seen))
        self.shared.build((*elements_shape[:-2], self.latent))
        self.turn.build((*elements_shape[:-1], 2 * self.latent))
        self.built = True

    def call(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        seen = self.phi(self._features(self._scaled(elements), self._links(binary)))
        return self._value(self._pooled(seen)[..., None, :], seen)

    def with_open_flips(
        self, elements: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor, which: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        del regime  # that of the user of the link
        scaled = self._scaled(elements)
        features = self._features(scaled, self._links(binary))
        seen = self.phi(features)
        pooled, count = self._pooled(seen), len(self.importance)
        user, supplier = which // count, which % count
        turn = 1 - 2 * tf.gather(binary, which, axis=-1, batch_dims=which.shape.rank - 1)
        summary = pooled[..., None, :]
        ends = []
        for sector, moves in ((user, self._row_moves(scaled, which)), (supplier, self._column_moves(scaled, which))):
            before, now = (tf.gather(x, sector, axis=-2, batch_dims=sector.shape.rank - 1) for x in (features, seen))
            ends.append(self.phi(before + turn[..., None] * moves))
            weight = tf.gather(tf.constant(self._weights, seen.dtype), sector)[..., None]
            summary += weight * (ends[-1] - now)
        return self._value(pooled[..., None, :], seen), self._value(summary, ends[0])

    def adapt(self, elements: tf.Tensor) -> None:
        self.scaling.adapt(elements)

    # --- what phi sees ---------------------------------------------------------------------------------------
    def _features(self, scaled: tf.Tensor, links: tf.Tensor) -> tf.Tensor:
        """State, suppliers' states, sums over the row and the column, traits: [..., N, seen]."""
        bought, squares, sold = (tf.constant(x, scaled.dtype) for x in (self._bought, self._squares, self._sold))
        sums = tf.stack(
            [tf.reduce_sum(bought * links, -1), tf.reduce_sum(squares * links, -1), tf.reduce_sum(sold * links, -2)], -1
        )
        traits = tf.constant(self._table, scaled.dtype)
        traits = tf.broadcast_to(traits, tf.concat([tf.shape(sums)[:-1], [traits.shape[-1]]], 0))
        scaled = tf.broadcast_to(scaled, tf.concat([tf.shape(sums)[:-1], [scaled.shape[-1]]], 0))
        return tf.concat([scaled, tf.linalg.matmul(bought * links, scaled), sums, traits], -1)

    def _row_moves(self, scaled: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
        """What switching links on adds to the features of their users, [..., S, seen]."""
        supplier = which % len(self.importance)
        bought, squares = (self._entry(x, which, scaled.dtype) for x in (self._bought, self._squares))
        of_supplier = tf.gather(scaled, supplier, axis=-2, batch_dims=which.shape.rank - 1)
        rest = tf.zeros_like(bought[..., None])
        parts = [0 * of_supplier, bought[..., None] * of_supplier, bought[..., None], squares[..., None], rest]
        return tf.concat([*parts, tf.repeat(rest, self._table.shape[1], -1)], -1)

    def _column_moves(self, scaled: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
        """What switching links on adds to the features of their suppliers, [..., S, seen]."""
        sold = self._entry(self._sold, which, scaled.dtype)[..., None]
        before, after = 2 * scaled.shape[-1] + 2, self._table.shape[1]
        return tf.concat([tf.repeat(0 * sold, before, -1), sold, tf.repeat(0 * sold, after, -1)], -1)

    @staticmethod
    def _entry(matrix: np.ndarray, which: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        return tf.gather(tf.constant(matrix.ravel(), dtype), which)

    def _links(self, binary: tf.Tensor) -> tf.Tensor:
        count = len(self.importance)
        return tf.reshape(binary, tf.concat([tf.shape(binary)[:-1], [count, count]], 0))

    def _scaled(self, elements: tf.Tensor) -> tf.Tensor:
        if elements.shape[-2] != len(self.importance):
            raise ShapeError(
                f"LinkValue got states {tuple(elements.shape)} of {elements.shape[-2]} sectors; expected "
                f"{len(self.importance)}, one for each row of shares"
            )
        return self.scaling(elements)

    # --- from what was seen to values ------------------------------------------------------------------------
    def _pooled(self, seen: tf.Tensor) -> tf.Tensor:
        """[..., L]."""
        return tf.linalg.matvec(seen, tf.constant(self._weights, seen.dtype), transpose_a=True)

    def _value(self, pooled: tf.Tensor, own: tf.Tensor) -> tf.Tensor:
        """[...] from summaries [..., L], of one network or of many, and what is seen of the active sector [..., L]."""
        shared = pooled[..., 0] + self.shared(pooled)[..., 0]
        pooled = tf.broadcast_to(pooled, tf.shape(own))
        return shared + self.turn_scale * self.turn(tf.concat([pooled, own], -1))[..., 0]

    def get_config(self) -> dict[str, Any]:
        names = ("shares", "importance", "traits", "turn_scale", "latent", "activation")
        own = {name: getattr(self, name) for name in names}
        widths = {"element_hidden": list(self.element_hidden), "hidden": list(self.hidden)}
        return {**super().get_config(), **own, **widths}
