"""Cobb-Douglas production in a network of sectors, and what one link does to GDP (Huang & Yu 2024, section 3.1).

Sector i buys the share alpha_ij of its costs from sector j if the link Y_ij is on. With b' = beta' (I - A o Y)^-1,

    f = log GDP = b' (eps - a + h),    a_i = min(cap, kappa_i0 (sum_j d_ij)^2 + sum_j kappa_ij d_ij^2),

d_ij = alpha_ij (Y_ij - 1): a is what TFP loses where technology is not the full one.

Corrections to the paper: like K, H = W'KW is of each sector. Equation 12 lacks the normaliser of the Cobb-Douglas
function, which f = b' (eps - a) takes for granted; without it h_i = sum_j alpha_ij Y_ij log(alpha_ij Y_ij) +
labour_i log(labour_i) belongs to f, with labour_i = 1 - sum_j alpha_ij Y_ij. Ten terms of the Neumann series leave
Domar weights short by some thousandths.

A flip of Y_ij changes I - A o Y in one place: with L its inverse and c = +-alpha_ij (Sherman & Morrison),

    b' w  ->  b' w + c b_i (L w)_j / (1 - c L_ji),    b_i  ->  b_i / (1 - c L_ji).

Axes: N sectors, R right-hand sides.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkTechnology:
    """Pure functions of links [..., N, N], floats 0 or 1, row = user; dtypes are those given.

    Args:
      shares: alpha, [N, N].
      consumption: beta, [N].
      sector_penalty: kappa_i0, [N].
      link_penalty: kappa_ij, [N, N].
      penalty_cap: largest loss of log TFP.
      normalised: whether the production function bears the normaliser; if not, h counts.
      series_terms: of the Neumann series in the place of linear solves; 0 solves.
    """

    shares: np.ndarray
    consumption: np.ndarray
    sector_penalty: np.ndarray
    link_penalty: np.ndarray
    penalty_cap: float = 1.0
    normalised: bool = True
    series_terms: int = 0

    def penalty(self, links: tf.Tensor) -> tf.Tensor:
        """a, in log TFP: [..., N]."""
        return _penalty(links, *self._parameters(links.dtype), self.penalty_cap)

    def shift(self, links: tf.Tensor) -> tf.Tensor:
        """What links do to each sector's log TFP, h - a: [..., N]."""
        return self._shift(links, *self._parameters(links.dtype))

    def log_gdp(self, links: tf.Tensor, productivity: tf.Tensor) -> tf.Tensor:
        """f, [...] from links [..., N, N] and eps [..., N]."""
        return self.aggregates(links, productivity[..., None])[..., 0]

    def log_gdp_after_flips(
        self, links: tf.Tensor, productivity: tf.Tensor, sector: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """f here [...] and after a flip of each link of one sector's row [..., N], sector [...]."""
        here, after = self.aggregates_after_flips(links, productivity[..., None], sector)
        return here[..., 0], after[..., 0]

    def aggregates(self, links: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
        """b' columns, with the shift of TFP added to the first column: [..., R] from columns [..., N, R]."""
        shifted = _add_to_first(columns, self.shift(links))
        return self._weighted(self._solve(links, shifted))

    def aggregates_after_flips(
        self, links: tf.Tensor, columns: tf.Tensor, sector: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """`aggregates` here [..., R] and after a flip of each link of one sector's row [..., N, R].

        Args:
          links: [..., N, N]; columns: [..., N, R].
          sector: whose row, integers [...].
        """
        rows = [tf.gather(part, sector) for part in self._parameters(links.dtype)]
        row = tf.gather(links, sector, axis=-2, batch_dims=sector.shape.rank)
        turn, shift = 1 - 2 * row, self.shift(links)
        flipped = row[..., None, :] + tf.linalg.diag(turn)
        moved = self._shift(flipped, *(part[..., None, :] for part in rows[:2]), rows[2][..., None])
        moved -= tf.gather(shift, sector, axis=-1, batch_dims=sector.shape.rank)[..., None]
        columns = _add_to_first(columns, shift)
        if self.series_terms:
            here = self._weighted(self._solve(links, columns))
            after, own = self._truncated(links, flipped, columns, sector)
        else:
            here, after, own = self._updated(links, turn * rows[0], columns, sector)
        return here, tf.concat([after[..., :1] + (own * moved)[..., None], after[..., 1:]], -1)

    def _updated(
        self, links: tf.Tensor, change: tf.Tensor, columns: tf.Tensor, sector: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """b' columns [..., R], the same after each flip [..., N, R] and the sector's own b then, [..., N]."""
        unit = tf.one_hot(sector, links.shape[-1], dtype=links.dtype)[..., None]
        solved = self._solve(links, tf.concat([unit, columns], -1))
        weighted, own = self._weighted(solved), solved[..., 0]
        after = weighted[..., :1] / (1 - change * own)
        here = weighted[..., 1:]
        return here, here[..., None, :] + (change * after)[..., None] * solved[..., 1:], after

    def _truncated(
        self, links: tf.Tensor, flipped: tf.Tensor, columns: tf.Tensor, sector: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """b' columns after each flip [..., N, R] and the sector's own b then [..., N], by the series itself."""
        unit = tf.one_hot(sector, links.shape[-1], dtype=links.dtype)[..., None]
        others = links[..., None, :, :] * (1 - unit[..., None, :, :])
        each = others + unit[..., None, :, :] * flipped[..., None, :]
        right = tf.concat([unit, columns], -1)[..., None, :, :]
        found = self._weighted(self._solve(each, tf.broadcast_to(right, (*each.shape[:-1], right.shape[-1]))))
        return found[..., 1:], found[..., 0]

    def _solve(self, links: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
        """(I - A o Y)^-1 columns, [..., N, R]."""
        used = links * tf.constant(self.shares, links.dtype)
        if not self.series_terms:
            return tf.linalg.solve(tf.eye(links.shape[-1], dtype=links.dtype) - used, columns)
        total = columns
        for _ in range(self.series_terms):
            total = columns + tf.linalg.matmul(used, total)
        return total

    def _weighted(self, columns: tf.Tensor) -> tf.Tensor:
        """beta' columns, [..., R]."""
        return tf.linalg.matvec(columns, tf.constant(self.consumption, columns.dtype), transpose_a=True)

    def _parameters(self, dtype: tf.DType) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """alpha [N, N], kappa_ij [N, N], kappa_i0 [N]."""
        return tuple(tf.constant(part, dtype) for part in (self.shares, self.link_penalty, self.sector_penalty))

    def _shift(
        self, links: tf.Tensor, shares: tf.Tensor, link_penalty: tf.Tensor, sector_penalty: tf.Tensor
    ) -> tf.Tensor:
        lost = _penalty(links, shares, link_penalty, sector_penalty, self.penalty_cap)
        if self.normalised:
            return -lost
        used = shares * links
        labour = 1 - tf.reduce_sum(used, -1)
        return tf.reduce_sum(tf.math.xlogy(used, used), -1) + tf.math.xlogy(labour, labour) - lost


def _penalty(
    links: tf.Tensor, shares: tf.Tensor, link_penalty: tf.Tensor, sector_penalty: tf.Tensor, cap: float
) -> tf.Tensor:
    """a of rows: [..., R] from links and parameters [..., R, N] and [..., R]."""
    away = shares * (links - 1)
    spread = tf.reduce_sum(link_penalty * tf.square(away), -1)
    return tf.minimum(sector_penalty * tf.square(tf.reduce_sum(away, -1)) + spread, cap)


def _add_to_first(columns: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    return tf.concat([columns[..., :1] + shift[..., None], columns[..., 1:]], -1)
