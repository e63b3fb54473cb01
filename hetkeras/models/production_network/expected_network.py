"""Log GDP around a network Y* of which only the chances of links are known, link by link.

Links are there or not, with chances Y* and independently. With L* = (I - A o Y*)^-1, b* its weights, w columns of
productivity with the shift h - a of Y* added to the first, and c = alpha_ij (y - Y*_ij), a link Y_ij = y instead of
Y*_ij adds to log GDP f, as one change of I - A o Y* does (Sherman & Morrison),

    d_ij(y) = own (c (L* w)_j + moved),    own = b*_i / (1 - c L*_ji),

moved being what it does to the shift of sector i. So a link that is certain gains d_ij(1) - d_ij(0), which is what is
linear in links; and f of the chances falls short of the expected f by sum_ij (Y*_ij d_ij(1) + (1 - Y*_ij) d_ij(0)) but
for effects of pairs. What is risky about links, (1-gamma) / 2 times their variance, counts as in utility.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf

from hetkeras.models.production_network.technology import NetworkTechnology


@dataclasses.dataclass(frozen=True, eq=False)
class ExpectedNetwork:
    """Pure functions of columns w before the shift, [..., N, R], and of what `solved` makes of them.

    Args:
      links: Y*, [N, N].
      inverse: L*, [N, N]; no truncated series.
      shift: h - a of Y*, [N].
      weights: of columns L* w in what log GDP is on average, [N].
      gain: what a certain link adds, in units of (L* w)_j and to the first column alone: [2, N, N].
      spread: what it adds that a link is there by chance, the same.
    """

    links: np.ndarray
    inverse: np.ndarray
    shift: np.ndarray
    weights: np.ndarray
    gain: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, technology: NetworkTechnology, links: np.ndarray, rest: np.ndarray, curve: float) -> ExpectedNetwork:
        """Around links Y* [N, N].

        Args:
          technology: production.
          links: chances that they are there.
          rest: mean log productivity, [N], at which risk is measured.
          curve: 1 - gamma.
        """
        inverse = np.linalg.inv(np.eye(len(links)) - technology.shares * links)
        shift = _shift(technology, links)
        there, missing = (_changed(technology, links, inverse, shift, to) for to in (1.0, 0.0))
        gain, spread = there - missing, links * there + (1 - links) * missing
        risk = curve / 2 * (gain[0] * (inverse @ (rest + shift)) + gain[1]) ** 2
        spread[1] += risk * links * (1 - links)
        gain[1] += risk * (1 - 2 * links)
        return cls(links, inverse, shift, technology.consumption + spread[0].sum(0), gain, spread)

    def solved(self, columns: tf.Tensor) -> tf.Tensor:
        """L* w, [..., N, R]."""
        inverse, shift = (tf.constant(part, columns.dtype) for part in (self.inverse, self.shift))
        return tf.linalg.matmul(inverse, _with_first(columns, shift))

    def aggregates(self, solved: tf.Tensor) -> tf.Tensor:
        """b' w on average over random links, [..., R]."""
        found = tf.linalg.matvec(solved, tf.constant(self.weights, solved.dtype), transpose_a=True)
        return _with_first(found, tf.constant(self.spread[1].sum(), solved.dtype))

    def spreads(self, solved: tf.Tensor) -> tf.Tensor:
        """What it adds to b' w that each sector's links are random, [..., N, R]."""
        slope, level = (tf.constant(part, solved.dtype) for part in self.spread)
        return _with_first(tf.linalg.matmul(slope, solved), tf.reduce_sum(level, -1))

    def rows(self, links: tf.Tensor, solved: tf.Tensor) -> tf.Tensor:
        """What each sector's links [..., N, N] add to b' w beyond the usual ones, each alone: [..., N, R]."""
        slope, level = (tf.constant(part, links.dtype) for part in self.gain)
        away = links - tf.constant(self.links, links.dtype)
        return _with_first(tf.linalg.matmul(slope * away, solved), tf.reduce_sum(level * away, -1))

    def gains(self, sector: tf.Tensor, solved: tf.Tensor) -> tf.Tensor:
        """What each link of one sector [...] adds to b' w, [..., N, R]."""
        slope, level = (tf.gather(tf.constant(part, solved.dtype), sector) for part in self.gain)
        return _with_first(slope[..., None] * solved, level)


def _changed(
    technology: NetworkTechnology, links: np.ndarray, inverse: np.ndarray, shift: np.ndarray, to: float
) -> np.ndarray:
    """d_ij(to), in units of (L* w)_j and alone: [2, N, N]."""
    change, moved = technology.shares * (to - links), np.empty_like(links)
    own = (technology.consumption @ inverse)[:, None] / (1 - change * inverse.T)
    for supplier in range(len(links)):
        changed = links.copy()
        changed[:, supplier] = to
        moved[:, supplier] = _shift(technology, changed) - shift
    return own * np.stack([change, moved])


def _shift(technology: NetworkTechnology, links: np.ndarray) -> np.ndarray:
    """[N]."""
    with tf.init_scope():  # numbers, also while a graph is traced
        return technology.shift(tf.constant(links)).numpy()


def _with_first(columns: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
    """`columns` with something added to the first of them."""
    return tf.concat([columns[..., :1] + first[..., None], columns[..., 1:]], -1)
