"""Values of production networks in closed form: with links that stay, and with links that revert to what is usual.

If no link moves, log GDP f is an Ornstein-Uhlenbeck process and the value an integral (`discounted_utility`). If links
come and go, what is special about a network Y fades, and what is left is the usual network Y* (`expected_network`). Let
T_i be the time until t that is spent in turns of sector i, and a the rates of arrival and destruction together. Each of
i's links is then as usual but for a chance of e^(-a T_i), two of them but for e^(-2 a T_i). With f* of the usual
network on average, l_i what i's links add to it one by one, and R_i all else that they add, from log GDP with the row
of i as usual; l and R of all links together, f(Y) = f* + l + R,

    f_z(t, Y) = f* + p l + (p_z - p) l_z + q R + (q_z - q) R_z,    p = E[e^(-a T_i)],  q = E[e^(-2 a T_i)],

p_z and q_z for the active sector z, whose links fade first, p and q for another. So

    W_z(Y, x) = int e^(-rho t) E[u(f_z(t, Y) at productivity of t)] dt

is the value itself for log utility and links that are worth something on their own, at rest and always wanted; l and R
make it exact to second order where links are worth less the more there are. A flip of one of z's links gains what moves
f_z by p_z times what it adds alone and q_z times the rest. What W leaves of its equation is known, for the generator L
moves only expected utility at each t, and the chain only p_z and q_z.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import numpy as np
import scipy.linalg
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import TurnBaseline
from hetkeras.models.production_network.expected_network import ExpectedNetwork
from hetkeras.models.production_network.technology import NetworkTechnology
from hetkeras.models.production_network.utility import DiscountedUtility
from hetkeras.references.production_network.frozen_network import discounted_times


class LinkRates(NamedTuple):
    """moves: arrival and destruction of a link of the active sector together; turns: lambda_z, to each other sector."""

    moves: float
    turns: float


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkValue:
    """Pure functions of links [..., N, N] and of log productivity's deviation from its mean [..., N].

    Args:
      technology: production.
      preferences: utility and discounting.
      rest: mean log productivity, [N].
      loadings: of log productivity on the factors, [N, M].
      rates: at which links move and turns end.
    """

    technology: NetworkTechnology
    preferences: DiscountedUtility
    rest: np.ndarray
    loadings: np.ndarray
    rates: LinkRates

    def frozen(self, links: tf.Tensor, away: tf.Tensor) -> tf.Tensor:
        """Value if no link ever moved again, [...]."""
        gdp = self.technology.aggregates(links, self._columns(away))
        return self.preferences.value(gdp[..., 0], gdp[..., 1], gdp[..., 2:])

    def reverting(self, links: tf.Tensor, away: tf.Tensor, sector: tf.Tensor, usual: ExpectedNetwork) -> TurnBaseline:
        """W in all turns, its gains at flips of one sector's links, and what W leaves of its equation.

        Args:
          links: [..., N, N]; away: [..., N].
          sector: who is active, integers [...].
          usual: the network that comes back.
        """
        count, prefer = len(self.rest), self.preferences
        here, others, ahead, moved = self._to_come(links, away, sector, usual)
        own = others + tf.gather(ahead, sector, axis=-3, batch_dims=sector.shape.rank)
        times, weights = (tf.constant(part, links.dtype) for part in self._times)
        decay = tf.exp(-prefer.reversion * times)

        def worth(flows: tf.Tensor) -> tf.Tensor:
            return tf.reduce_sum(weights * flows, -1)

        shared = worth(prefer.expected(others, decay))
        turns = worth(prefer.rise(others[..., None, :, :], ahead, decay))
        gains = worth(prefer.rise(own[..., None, :, :], moved, decay))
        turn = tf.gather(turns, sector, axis=-1, batch_dims=sector.shape.rank)
        switching = self.rates.turns * (tf.reduce_sum(turns, -1) - count * turn)
        left = prefer.utility(here[..., 0] + here[..., 1]) - prefer.discount_rate * (shared + turn)
        left += worth(prefer.drift(own, decay)) + switching
        return TurnBaseline(shared[..., None] + turns, gains, left[..., None] / count * tf.ones_like(gains))

    def _to_come(
        self, links: tf.Tensor, away: tf.Tensor, sector: tf.Tensor, usual: ExpectedNetwork
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Log GDP in columns of 2 + M: now [..., 2 + M]; at T times [..., 2 + M, T] if all links faded like those of
        others, what each sector's turn adds [..., N, 2 + M, T] and what flips of the active one add, the same."""
        columns, inverse = self._columns(away), self.technology.inverse(links)
        here, flipped = self.technology.aggregates_after_flips(links, columns, sector, inverse)
        to_usual = self.technology.aggregates_after_rows(links, columns, tf.constant(usual.links, links.dtype), inverse)
        solved = usual.solved(columns)
        whole, alone = usual.aggregates(solved), usual.rows(links, solved)
        rest = here[..., None, :] - to_usual - usual.spreads(solved) - alone
        row = tf.gather(links, sector, axis=-2, batch_dims=sector.shape.rank)
        flip = (1 - 2 * row)[..., None] * usual.gains(sector, solved)
        others, active = (tf.constant(part, links.dtype) for part in self._left)
        total = tf.reduce_sum(alone, -2)
        shared = whole[..., None] + _fading(total, here - whole - total, others)
        moved = _fading(flip, flipped - here[..., None, :] - flip, active)
        return here, shared, _fading(alone, rest, active - others), moved

    @property
    def _times(self) -> tuple[np.ndarray, np.ndarray]:
        """Times and their weights, [T]."""
        return discounted_times(self.preferences.discount_rate)

    @property
    def _left(self) -> tuple[np.ndarray, np.ndarray]:
        """p and q, then p_z and q_z, [2, T] each."""
        return _left_over_time(self.preferences.discount_rate, self.rates, len(self.rest))

    def _columns(self, away: tf.Tensor) -> tf.Tensor:
        """Mean productivity, its deviation and its loadings, [..., N, 2 + M]."""
        ones = tf.ones_like(away)[..., None]
        rest, loadings = (tf.constant(part, away.dtype) for part in (self.rest[:, None], self.loadings))
        return tf.concat([rest * ones, away[..., None], loadings * ones], -1)


@functools.cache
def _left_over_time(discount_rate: float, rates: LinkRates, count: int) -> tuple[np.ndarray, np.ndarray]:
    """What is left of links of others and of the active sector: the chain of two states, in the turn of i or not, with
    e^(-a T_i); twice as fast for pairs of links, [2, T] each.
    """
    times, turns, others = discounted_times(discount_rate)[0], rates.turns, count - 1
    chain = np.array([[-others * turns, others * turns], [turns, -turns]])
    parts = []
    for moves in (rates.moves, 2 * rates.moves):
        fading = chain - np.diag([moves, 0.0])
        parts.append(scipy.linalg.expm(times[:, None, None] * fading).sum(-1))
    own, other = np.moveaxis(np.array(parts), -1, 0)
    return other, own


def _fading(alone: tf.Tensor, rest: tf.Tensor, left: tf.Tensor) -> tf.Tensor:
    """p times one and q times the other [..., R] at each time, left = (p, q) [2, T]: [..., R, T]."""
    return tf.tensordot(tf.stack([alone, rest], -1), left, 1)
