"""Cobb-Douglas production in a network of sectors, and what one link does to GDP (Huang & Yu 2024, section 3.1).

Sector i buys the share alpha_ij of its costs from sector j if the link Y_ij is on. With b' = beta' (I - A o Y)^-1,

    f = log GDP = b' (eps - a + h),    a_i = min(cap, kappa_i0 (sum_j d_ij)^2 + sum_j kappa_ij d_ij^2),

d_ij = alpha_ij (Y_ij - 1): a is what TFP loses where technology is not the full one.

Corrections to the paper: like K, H = W'KW is of each sector. Equation 12 lacks the normaliser of the Cobb-Douglas
function, which f = b' (eps - a) takes for granted; without it h_i = sum_j alpha_ij Y_ij log(alpha_ij Y_ij) +
labor_i log(labor_i) belongs to f, with labor_i = 1 - sum_j alpha_ij Y_ij. Ten terms of the Neumann series leave
Domar weights short by some thousandths.

A flip of Y_ij changes I - A o Y in one place: with L its inverse and c = +-alpha_ij (Sherman & Morrison),

    b' w  ->  b' w + c b_i (L w)_j / (1 - c L_ji),    b_i  ->  b_i / (1 - c L_ji).

Axes: N sectors, R right-hand sides.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkTechnology:
    """Pure functions of links [..., N, N], row = user, floats 0 or 1; dtypes are those given.

    A link in between counts as the chance that there is one, and the penalty is the expected one.

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

    def domar_weights(self, links: tf.Tensor) -> tf.Tensor:
        """b, sales of each sector over GDP: [..., N]."""
        unit = tf.eye(links.shape[-1], dtype=links.dtype)
        return self._weighted(self._solve(links, tf.broadcast_to(unit, tf.shape(links))))

    def inverse(self, links: tf.Tensor) -> tf.Tensor:
        """(I - A o Y)^-1 = (I + U)(I + U^2)(I + U^4) ... with U = A o Y, to rounding: [..., N, N].

        Products of matrices are several times as fast as what compilers make of a solve.
        """
        power = links * tf.constant(self.shares, links.dtype)
        total = tf.eye(links.shape[-1], dtype=links.dtype) + power
        for _ in range(self._doublings(links.dtype)):
            power = tf.linalg.matmul(power, power)
            total += tf.linalg.matmul(total, power)
        return total

    def _doublings(self, dtype: tf.DType) -> int:
        """After which the rest of the series is below rounding: rows of U^k sum to no more than s^k."""
        most = float(self.shares.sum(1).max())
        terms = math.log(np.finfo(dtype.as_numpy_dtype).eps) / math.log(most) if most else 1.0
        return max(math.ceil(math.log2(max(terms, 2.0))) - 1, 0)

    def aggregates_after_rows(
        self, links: tf.Tensor, columns: tf.Tensor, others: tf.Tensor, inverse: tf.Tensor | None = None
    ) -> tf.Tensor:
        """`aggregates` after each sector's row on its own became that of other links: [..., N, R].

        Args:
          links: [..., N, N]; columns: [..., N, R]; others: [N, N].
          inverse: of these links, if it is at hand.
        """
        shift = self.shift(links)
        columns, moved = _add_to_first(columns, shift), self.shift(others) - shift
        if self.series_terms:
            return self._rows_by_series(links, columns, others, moved)
        inverse = self.inverse(links) if inverse is None else inverse
        change = (others - links) * tf.constant(self.shares, links.dtype)
        solved, weights = tf.linalg.matmul(inverse, columns), self._weighted(inverse)
        own = weights / (1 - tf.reduce_sum(change * tf.linalg.matrix_transpose(inverse), -1))
        after = self._weighted(solved)[..., None, :] + own[..., None] * tf.linalg.matmul(change, solved)
        return _add_to_first(after, own * moved)

    def _rows_by_series(self, links: tf.Tensor, columns: tf.Tensor, others: tf.Tensor, moved: tf.Tensor) -> tf.Tensor:
        """The same by the series itself, one network for each row."""
        unit = tf.eye(links.shape[-1], dtype=links.dtype)
        each = tf.where(unit[..., None] > 0, others, links[..., None, :, :])
        right = tf.repeat(columns[..., None, :, :], links.shape[-1], -3) + 0 * each[..., :1]
        units = tf.broadcast_to(unit[..., None], (*each.shape[:-1], 1))
        found = self._weighted(self._solve(each, tf.concat([units, right], -1)))
        return _add_to_first(found[..., 1:], found[..., 0] * moved)

    def aggregates_after_flips(
        self, links: tf.Tensor, columns: tf.Tensor, sector: tf.Tensor, inverse: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """`aggregates` here [..., R] and after a flip of each link of one sector's row [..., N, R].

        Args:
          links: [..., N, N]; columns: [..., N, R].
          sector: whose row, integers [...].
          inverse: of these links, if it is at hand.
        """
        moved, flipped = self.shift_after_flips(links, sector), _flipped_rows(links, sector)
        columns = _add_to_first(columns, self.shift(links))
        if self.series_terms:
            here = self._weighted(self._solve(links, columns))
            after, own = self._truncated(links, flipped, columns, sector)
        else:
            turn = 1 - 2 * tf.gather(links, sector, axis=-2, batch_dims=sector.shape.rank)
            change = turn * tf.gather(tf.constant(self.shares, links.dtype), sector)
            inverse = self.inverse(links) if inverse is None else inverse
            here, after, own = self._updated(inverse, change, columns, sector)
        return here, _add_to_first(after, own * moved)

    def shift_after_flips(self, links: tf.Tensor, sector: tf.Tensor) -> tf.Tensor:
        """What a flip of each link of one sector's row [..., N] does to `shift` of that sector, sector [...]."""
        shares, penalty, own = (tf.gather(part, sector) for part in self._parameters(links.dtype))
        after = self._shift(_flipped_rows(links, sector), shares[..., None, :], penalty[..., None, :], own[..., None])
        return after - tf.gather(self.shift(links), sector, axis=-1, batch_dims=sector.shape.rank)[..., None]

    def _updated(
        self, inverse: tf.Tensor, change: tf.Tensor, columns: tf.Tensor, sector: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """b' columns [..., R], the same after each flip [..., N, R] and the sector's own b then, [..., N]."""
        solved = tf.linalg.matmul(inverse, columns)
        reached, weight = (
            tf.gather(part, sector, axis=-1, batch_dims=sector.shape.rank)
            for part in (inverse, self._weighted(inverse)[..., None, :])
        )
        after = weight / (1 - change * reached)
        here = self._weighted(solved)
        return here, here[..., None, :] + (change * after)[..., None] * solved, after

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
        if not self.series_terms:
            return tf.linalg.matmul(self.inverse(links), columns)
        used, total = links * tf.constant(self.shares, links.dtype), columns
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
        labor = 1 - tf.reduce_sum(used, -1)
        return tf.reduce_sum(tf.math.xlogy(used, used), -1) + tf.math.xlogy(labor, labor) - lost


def _penalty(
    links: tf.Tensor, shares: tf.Tensor, link_penalty: tf.Tensor, sector_penalty: tf.Tensor, cap: float
) -> tf.Tensor:
    """a of rows: [..., R] from links and parameters [..., R, N] and [..., R]."""
    missing = shares * (1 - links)
    variance = tf.reduce_sum(shares * missing * links, -1)
    spread = tf.reduce_sum(link_penalty * shares * missing, -1)
    return tf.minimum(sector_penalty * (tf.square(tf.reduce_sum(missing, -1)) + variance) + spread, cap)


def _flipped_rows(links: tf.Tensor, sector: tf.Tensor) -> tf.Tensor:
    """One sector's row of links after a flip of each, [..., N, N] from links [..., N, N] and sector [...]."""
    row = tf.gather(links, sector, axis=-2, batch_dims=sector.shape.rank)
    return row[..., None, :] + tf.linalg.diag(1 - 2 * row)


def _add_to_first(columns: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    return tf.concat([columns[..., :1] + shift[..., None], columns[..., 1:]], -1)
