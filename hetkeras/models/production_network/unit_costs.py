"""Values of sectors in closed form: their unit costs in networks that stay, and in networks that revert.

A sector's delegate has the flow u_i = (L (eps - a + h))_i, L = (I - A o Y)^-1, minus its log unit cost. At rest eps is
epsbar and it reverts at the rate phi, so that at a rate of discount r a network that stays is worth

    V^r(Y) = L q,        q = (epsbar - a + h) / r + (eps - epsbar) / (r + phi).

If links come and go, what is special about a network Y fades on average, and what is left is the usual network Y*. With
Y_i* the network with the row of sector i as usual, P_i = V^r(Y_i*) - V^r(Y) and S = V^r(Y*) - V^r(Y),

    W_z(Y) = V^rho(Y*) - S + lead (P_z - S / N)

reckons with links that fade, those of the active sector z first. For links that are worth something on their own, at
rest and always wanted, it is the value itself with a the rates of arrival and destruction together and

    lead = a / (rho + N lambda_z + a (N - 1) / N),    r = rho + (a / N) (1 - lead (N - 1) / N);

a flip of one of z's links gains 1 - lead (N - 1) / N of what it does to V^r. What W leaves of its equation is known, as
(rho - L) V^r(Y) = u(Y) - (r - rho) V^r(Y). Flips and changes of whole rows move L by a matrix of rank one, and all
delegates' values by multiples of its columns.

Axes: N sectors that have delegates (first) or are active (second), S open flips.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.models.production_network.closed_form import LinkRates
from hetkeras.models.production_network.technology import NetworkTechnology


class DelegateBaseline(NamedTuple):
    """values [..., N, N] of each delegate while each sector is active; of the active sector, for each delegate:

    gains [..., N, S] of flips of its links, and what the value leaves of its equation, remainder [..., N].
    """

    values: tf.Tensor
    gains: tf.Tensor
    remainder: tf.Tensor


@dataclasses.dataclass(frozen=True, eq=False)
class UnitCostValue:
    """Pure functions of links [..., N, N] and of log productivity's deviation from its mean [..., N].

    Args:
      technology: production, without truncated series.
      rest: mean log productivity, [N].
      discount_rate: rho; reversion: phi.
      rates: at which links move and turns end.
    """

    technology: NetworkTechnology
    rest: np.ndarray
    discount_rate: float
    reversion: float
    rates: LinkRates

    @property
    def lead(self) -> float:
        """How far the active sector's links are ahead of those of the others in fading."""
        count, (moves, turns) = len(self.rest), self.rates
        return moves / (self.discount_rate + count * turns + moves * (count - 1) / count)

    @property
    def flip_share(self) -> float:
        """What a flip of the active sector gains relative to the difference in V^r."""
        return 1 - self.lead * (len(self.rest) - 1) / len(self.rest)

    @property
    def fading(self) -> float:
        """r - rho."""
        return self.rates.moves / len(self.rest) * self.flip_share

    def flow(self, links: tf.Tensor, away: tf.Tensor) -> tf.Tensor:
        """u of all delegates, [..., N]."""
        productivity = tf.constant(self.rest, away.dtype) + self.technology.shift(links) + away
        return tf.linalg.matvec(self.technology.inverse(links), productivity)

    def frozen(self, links: tf.Tensor, away: tf.Tensor) -> tf.Tensor:
        """Values of all delegates if no link ever moved again, [..., N]."""
        return tf.linalg.matmul(self.technology.inverse(links), self._worths(links, away, 0.0))[..., 0]

    def reverting(self, links: tf.Tensor, away: tf.Tensor, sector: tf.Tensor, usual: np.ndarray) -> DelegateBaseline:
        """W of all delegates in all turns, its gains and remainders in one sector's turn.

        Args:
          links: [..., N, N]; away: [..., N].
          sector: who is active, integers [...].
          usual: Y*, chances that links are there, [N, N].
        """
        count, lead, fading = len(self.rest), self.lead, self.fading
        others, inverse = tf.constant(usual, links.dtype), self.technology.inverse(links)
        here = tf.linalg.matmul(inverse, self._worths(links, away, fading))  # [..., N, 2]: V^r and u
        rows = inverse[..., None] * self._of_rows(links, inverse, here, others)[..., None, :, :]  # [..., N, N, 2]
        unit = self.technology.inverse(others)
        total = tf.linalg.matmul(unit, self._worths(others, away, fading)) - here
        lags = rows - total[..., None, :] / count
        own = tf.gather(lags, sector, axis=-2, batch_dims=sector.shape.rank)  # [..., N, 2]
        switching = self.rates.turns * (tf.reduce_sum(lags[..., 0], -1) - count * own[..., 0])
        remainder = lead * (fading * own[..., 0] - own[..., 1] + switching) - fading * total[..., 0]
        base = tf.linalg.matvec(unit, self._worths(others, away, 0.0)[..., 0]) - total[..., 0]
        gains = self._of_flips(links, inverse, here[..., 0], sector)
        return DelegateBaseline(base[..., None] + lead * lags[..., 0], gains, remainder)

    def _worths(self, links: tf.Tensor, away: tf.Tensor, faster: float) -> tf.Tensor:
        """Each sector's own part of V^r, r higher than rho by `faster`, and of the flow: [..., N, 2]."""
        rate = self.discount_rate + faster
        rest = tf.constant(self.rest, away.dtype) + self.technology.shift(links)
        return tf.stack([rest / rate + away / (rate + self.reversion), rest + away], -1)

    def _of_rows(self, links: tf.Tensor, inverse: tf.Tensor, here: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        """What the columns of L are multiplied with if each sector's row became that of others: [..., N, 2]."""
        change = (others - links) * tf.constant(self.technology.shares, links.dtype)
        rate = self.discount_rate + self.fading
        moved = self.technology.shift(others) - self.technology.shift(links)
        moved = moved[..., None] * tf.constant([1 / rate, 1.0], links.dtype)
        reached = tf.reduce_sum(change * tf.linalg.matrix_transpose(inverse), -1)
        return (tf.linalg.matmul(change, here) + moved) / (1 - reached)[..., None]

    def _of_flips(self, links: tf.Tensor, inverse: tf.Tensor, here: tf.Tensor, sector: tf.Tensor) -> tf.Tensor:
        """Gains of all delegates at the flips of one sector's links, [..., N, S]."""
        turns = sector.shape.rank
        row = tf.gather(links, sector, axis=-2, batch_dims=turns)
        change = (1 - 2 * row) * tf.gather(tf.constant(self.technology.shares, links.dtype), sector)
        rate = self.discount_rate + self.fading
        moved = self.technology.shift_after_flips(links, sector) / rate
        column = tf.gather(inverse, sector, axis=-1, batch_dims=turns)  # [..., N]: of all delegates, and all suppliers
        after = (change * here + moved) / (1 - change * column)
        return self.flip_share * column[..., :, None] * after[..., None, :]
