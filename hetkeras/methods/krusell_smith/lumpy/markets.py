"""Markets of a period: what firms choose at any prices, and the excess demand that this leaves.

Goods clear at the price p. Where the wage is a price too, labor clears beside them: firms use it to produce and to
adjust, households offer it at p w. What does not depend on prices is computed once: the value of staying at every node.
Axes: B economies, E productivities, H nodes of capital, P prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.firms_at_prices import FirmsAtPrices
from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.market_clearing import clear
from hetkeras.methods.krusell_smith.several_markets import clear_markets


class Nodes(NamedTuple):
    """Of capital, [H] each: itself, what firms that stay carry over, what depreciation leaves."""

    capital: np.ndarray
    stay: np.ndarray
    remaining: np.ndarray


class Choices(NamedTuple):
    """target [B, E, 1], gain from adjusting [B, E, H], production [B, E, H]."""

    target: tf.Tensor
    gain: tf.Tensor
    output: tf.Tensor


class Cleared(NamedTuple):
    """prices: [B] each; excess: demand for goods, and for labor as a share of it where it has a market, [B] each.

    carry: prices over those expected and the slope of excess demand, or its inverse where there are several prices.
    """

    prices: tuple[tf.Tensor, ...]
    excess: tuple[tf.Tensor, ...]
    choices: Choices
    found: tf.Tensor
    evaluations: tf.Tensor
    carry: tuple[tf.Tensor, tf.Tensor]


class FirmMarkets:
    """One period of B economies.

    Args:
      model: the economics.
      policy: the choices.
      nodes: where firms are counted.
      index: of the aggregate state, [B].
      mass: distribution of firms, [B, E, H].
      mean_capital: of it, [B].
    """

    def __init__(
        self,
        model: PriceTakingFirms,
        policy: FirmPolicy,
        nodes: Nodes,
        index: tf.Tensor,
        mass: tf.Tensor,
        mean_capital: tf.Tensor,
    ) -> None:
        self.model, self._policy, self._mass = model, policy, mass
        aggregate = tf.gather(tf.constant(model.aggregate_chain.values), index)
        productivity = tf.constant(model.idiosyncratic_chain.values)[:, None]
        self._states = productivity, tf.constant(nodes.capital, tf.float64), aggregate[:, None, None]
        self.stay = stay = tf.constant(nodes.stay)
        self._upkeep = tf.reduce_sum(mass * (stay - tf.constant(nodes.remaining)), (-2, -1))  # of all firms
        self._outlook = policy.outlook(index, mean_capital)
        self._staying = policy.continuation(self._outlook, tf.broadcast_to(stay, (mass.shape[0], mass.shape[-1])))

    def clear(self, expected: Sequence[tf.Tensor], carry: tuple[tf.Tensor, ...]) -> Cleared:
        """Finds the prices, near those that firms expect, [B] each."""
        blank = Choices(tf.zeros_like(self._mass[..., :1]), tf.zeros_like(self._mass), tf.zeros_like(self._mass))
        if len(expected) == 1:
            found = clear(self._goods, expected[0] * carry[0], carry[1], blank)
            ahead = found.price / expected[0], found.slope
            return Cleared((found.price,), (found.excess,), found.choice, found.found, found.evaluations, ahead)
        guess = tf.stack(expected, -1)
        several = clear_markets(self._goods_and_labor, guess * carry[0], carry[1], blank)
        goods, labor = tf.unstack(several.excess, axis=-1)
        goods *= tf.reduce_sum(self._mass * several.choice.output, (-2, -1))
        ahead, prices = (several.prices / guess, several.response), tuple(tf.unstack(several.prices, axis=-1))
        return Cleared(prices, (goods, labor), several.choice, several.found, several.evaluations, ahead)

    def firms(self, prices: Sequence[tf.Tensor]) -> FirmsAtPrices:
        """The firms of [B, E, H] at prices [B]."""
        return self.model.at(*(price[:, None, None] for price in prices))

    def invested(self, firms: FirmsAtPrices, chosen: Choices) -> tf.Tensor:
        """Investment of all firms, [B]."""
        adjusting = firms.adjustment_probability(chosen.gain)
        return tf.reduce_sum(self._mass * adjusting * (chosen.target - self.stay), (-2, -1)) + self._upkeep

    def labor(self, firms: FirmsAtPrices, chosen: Choices) -> tf.Tensor:
        """Labor of all firms, in production and for adjusting, [B]."""
        used = firms.labor(*self._states) + firms.adjustment_labor(chosen.gain)
        return tf.reduce_sum(self._mass * used, (-2, -1))

    def _chosen(self, firms: FirmsAtPrices, price: tf.Tensor) -> Choices:
        target = self._policy.target(self._outlook, price)
        aimed = tf.linalg.diag_part(self._policy.continuation(self._outlook, target))[..., None]
        target = target[..., None]
        gain = aimed - self._staying - price[:, None, None] * (target - self.stay)
        return Choices(target, gain, firms.output(*self._states))

    def _goods(self, *prices: tf.Tensor) -> tuple[tf.Tensor, Choices]:
        """Excess demand for goods, [B]."""
        firms = self.firms(prices)
        chosen = self._chosen(firms, prices[0])
        consumption = tf.reduce_sum(self._mass * chosen.output, (-2, -1)) - self.invested(firms, chosen)
        return self.model.excess_demand(consumption, prices[0]), chosen

    def _goods_and_labor(self, prices: tf.Tensor) -> tuple[tf.Tensor, Choices]:
        """Excess demand as a share of output and of the labor that is offered, the latter in logs, [B, 2]."""
        price, wage = tf.unstack(prices, axis=-1)
        goods, chosen = self._goods(price, wage)
        used = self.labor(self.firms((price, wage)), chosen)
        labor = tf.math.log(used) - tf.math.log(self.model.labor_supply(price * wage))
        return tf.stack([goods / tf.reduce_sum(self._mass * chosen.output, (-2, -1)), labor], -1), chosen
