"""Firms at prices of goods and, where the wage clears a market of its own, of labor.

Where labor is indivisible p w is the weight of leisure whatever p is, and a model's methods ask for p alone. At any
other wage they serve as well. Output and labor depend on the wage alone, so that they are those at the price
p~ = leisure_weight / w. Values are in proportion to p and p w together, so that they are p / p~ times those at p~:

    payoff(p, w) = s payoff(p~),    friction(gain; p, w) = s friction(gain / s; p~),    s = p / p~.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

if TYPE_CHECKING:
    from hetkeras.contracts.price_taking_firms import PriceTakingFirms


class FirmsAtPrices(NamedTuple):
    """What firms make and choose at a price of goods and a wage that broadcast with their states, [...] each.

    wage: None where p w is the weight of leisure.
    """

    model: PriceTakingFirms
    price: tf.Tensor | float
    wage: tf.Tensor | float | None = None

    def output(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
        """See `PriceTakingFirms.output`, as all others."""
        return self.model.output(idiosyncratic, capital, aggregate, self.own_price)

    def labor(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
        return self.model.labor(idiosyncratic, capital, aggregate, self.own_price)

    def payoff(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
        return self._scaled(self.model.payoff(idiosyncratic, capital, aggregate, self.own_price))

    def marginal_payoff(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
        return self._scaled(self.model.marginal_payoff(idiosyncratic, capital, aggregate, self.own_price))

    def adjustment_probability(self, gain: tf.Tensor) -> tf.Tensor:
        return self.model.adjustment_probability(self._own_units(gain))

    def expected_friction_loss(self, gain: tf.Tensor) -> tf.Tensor:
        return self._scaled(self.model.expected_friction_loss(self._own_units(gain)))

    def adjustment_labor(self, gain: tf.Tensor) -> tf.Tensor:
        return self.model.adjustment_labor(self._own_units(gain))

    @property
    def labor_cost(self) -> tf.Tensor | float:
        """p w, what a unit of labor costs in marginal utility, [...]."""
        return self.model.leisure_weight if self.wage is None else self.price * self.wage

    @property
    def own_price(self) -> tf.Tensor | float:
        """p~, at which the model's methods know this wage."""
        return self.price if self.wage is None else self.model.leisure_weight / self.wage

    def _scaled(self, value: tf.Tensor) -> tf.Tensor:
        return value if self.wage is None else value * (self.labor_cost / self.model.leisure_weight)

    def _own_units(self, gain: tf.Tensor) -> tf.Tensor:
        return gain if self.wage is None else gain / (self.labor_cost / self.model.leisure_weight)
