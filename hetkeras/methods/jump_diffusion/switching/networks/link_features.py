"""What is seen of each sector of a network of links, by the same phi for all: [..., N, L].

A sector's state, its traits and marks of its own that are learned, and sums over its row and its column of links of
what is at their other ends, which are linear in each link and tell partners apart. So a flip moves what is seen of two
sectors, the user and the supplier, and nothing else is looked at again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization


class SectorEncoding(NamedTuple):
    """seen [..., N, L]; after each of S flips, of the user and the supplier of the link, [..., S, L] each."""

    seen: tf.Tensor
    user: tf.Tensor
    supplier: tf.Tensor


@keras.saving.register_keras_serializable(package="hetkeras")
class SectorEncoder(keras.layers.Layer):
    """[..., N, K] and [..., N^2] -> [..., N, L].

    Args:
      shares: what links weigh, [N][N], a row for each user; zero for links that never move.
      importance: weights of sectors, [N].
      traits: what tells sectors apart, [N][F]; F may be zero.
      marks: numbers that are learned for each sector, beside its traits.
      hidden: widths of the hidden layers of phi.
      latent: L, outputs of phi.
      activation: of the hidden layers.

    Raises:
      ShapeError: if shares, importance and traits are not of the same sectors, or states are of others.
    """

    def __init__(
        self,
        shares: list[list[float]],
        importance: list[float],
        traits: list[list[float]],
        marks: int = 4,
        hidden: tuple[int, ...] = (32, 32),
        latent: int = 16,
        activation: str = "silu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.shares = [list(map(float, row)) for row in shares]
        self.importance = list(map(float, importance))
        self.traits = [list(map(float, row)) for row in traits]
        self.averaging = np.array(self.importance) / sum(self.importance)  # w, whose sum is one
        lengths = {len(self.importance), len(self.traits), *map(len, self.shares)}
        if lengths != {len(self.shares)}:
            raise ShapeError(
                f"SectorEncoder got shares of {len(self.shares)} sectors, {len(self.importance)} weights and "
                f"{len(self.traits)} rows of traits; expected [N][N], [N] and [N][F]"
            )
        self.num_marks, self.hidden, self.latent, self.activation = marks, tuple(hidden), latent, activation
        self.scaling = Normalization(name="scaling", dtype=self.dtype_policy)
        self.phi = MLP(self.hidden, latent, activation, name="phi", dtype=self.dtype_policy)

    def build(self, elements_shape: tuple[int | None, ...], binary_shape: tuple[int | None, ...] | None = None) -> None:
        del binary_shape
        shares, weights = np.array(self.shares), np.array(self.importance)
        table = np.reshape(self.traits, (len(weights), -1))
        spread = table.std(0)
        self._table = (table - table.mean(0)) / np.where(spread > 0, spread, 1.0)
        bought, sold = shares.copy(), weights[:, None] * shares
        for matrix in (bought, sold):
            np.fill_diagonal(matrix, 0)
        squares = bought**2
        self._bought, self._squares = (
            matrix / np.maximum(matrix.sum(1, keepdims=True), 1e-30) for matrix in (bought, squares)
        )
        self._sold = sold / np.maximum(sold.sum(0), 1e-30)
        marks = (len(weights), self.num_marks)
        self.marks = self.add_weight(name="marks", shape=marks, initializer=keras.initializers.RandomNormal(stddev=1.0))
        self.scaling.build(elements_shape)
        known = elements_shape[-1] + self._table.shape[1] + self.num_marks
        self.phi.build((*elements_shape[:-1], 3 * known + 3))
        self.built = True

    def call(self, elements: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        return self.phi(self._features(self._known(self._scaled(elements)), self._links(binary)))

    def with_flips(self, elements: tf.Tensor, binary: tf.Tensor, which: tf.Tensor) -> SectorEncoding:
        """What is seen here, and of both ends after each flip, numbers [..., S]."""
        known = self._known(self._scaled(elements))
        features = self._features(known, self._links(binary))
        count, axes = len(self.importance), which.shape.rank - 1
        user, supplier = which // count, which % count
        turn = 1 - 2 * tf.gather(binary, which, axis=-1, batch_dims=axes)
        moves = (user, self._row_moves(known, which)), (supplier, self._column_moves(known, which))
        ends = (
            self.phi(tf.gather(features, sector, axis=-2, batch_dims=axes) + turn[..., None] * move)
            for sector, move in moves
        )
        return SectorEncoding(self.phi(features), *ends)

    def pooled(self, seen: tf.Tensor) -> tf.Tensor:
        """sum_i w_i phi_i, [..., L] from [..., N, L]."""
        return tf.linalg.matvec(seen, tf.constant(self.averaging, seen.dtype), transpose_a=True)

    def adapt(self, elements: tf.Tensor) -> None:
        """Sets the moments of normalization to those of sample states [B, N, K]."""
        self.scaling.adapt(elements)

    def _known(self, scaled: tf.Tensor) -> tf.Tensor:
        """What is known of sectors by themselves, state, traits and marks: [..., N, P]."""
        same = tf.concat([tf.constant(self._table, scaled.dtype), tf.cast(self.marks, scaled.dtype)], -1)
        same = tf.broadcast_to(same, tf.concat([tf.shape(scaled)[:-1], [same.shape[-1]]], 0))
        return tf.concat([scaled, same], -1)

    def _features(self, known: tf.Tensor, links: tf.Tensor) -> tf.Tensor:
        """What is known of the sector, of its suppliers and of its users, and sums of links: [..., N, 3 P + 3]."""
        bought, squares, sold = (tf.constant(x, known.dtype) for x in (self._bought, self._squares, self._sold))
        sums = tf.stack(
            [tf.reduce_sum(bought * links, -1), tf.reduce_sum(squares * links, -1), tf.reduce_sum(sold * links, -2)], -1
        )
        known = tf.broadcast_to(known, tf.concat([tf.shape(sums)[:-1], [known.shape[-1]]], 0))
        suppliers = tf.linalg.matmul(bought * links, known)
        users = tf.linalg.matmul(sold * links, known, transpose_a=True)
        return tf.concat([known, suppliers, users, sums], -1)

    def _row_moves(self, known: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
        """What switching links on adds to the features of their users, [..., S, 3 P + 3]."""
        bought, squares = (self._entry(x, which, known.dtype)[..., None] for x in (self._bought, self._squares))
        supplier = tf.gather(known, which % len(self.importance), axis=-2, batch_dims=which.shape.rank - 1)
        return tf.concat([0 * supplier, bought * supplier, 0 * supplier, bought, squares, 0 * bought], -1)

    def _column_moves(self, known: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
        """What switching links on adds to the features of their suppliers, [..., S, 3 P + 3]."""
        sold = self._entry(self._sold, which, known.dtype)[..., None]
        user = tf.gather(known, which // len(self.importance), axis=-2, batch_dims=which.shape.rank - 1)
        return tf.concat([0 * user, 0 * user, sold * user, 0 * sold, 0 * sold, sold], -1)

    @staticmethod
    def _entry(matrix: np.ndarray, which: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        return tf.gather(tf.constant(matrix.ravel(), dtype), which)

    def _links(self, binary: tf.Tensor) -> tf.Tensor:
        count = len(self.importance)
        return tf.reshape(binary, tf.concat([tf.shape(binary)[:-1], [count, count]], 0))

    def _scaled(self, elements: tf.Tensor) -> tf.Tensor:
        if elements.shape[-2] != len(self.importance):
            raise ShapeError(
                f"SectorEncoder got states {tuple(elements.shape)} of {elements.shape[-2]} sectors; expected "
                f"{len(self.importance)}, one for each row of shares"
            )
        return self.scaling(elements)

    def get_config(self) -> dict[str, Any]:
        names = ("shares", "importance", "traits", "latent", "activation")
        own = {name: getattr(self, name) for name in names} | {"marks": self.num_marks, "hidden": list(self.hidden)}
        return {**super().get_config(), **own}
