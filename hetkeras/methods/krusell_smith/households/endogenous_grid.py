"""Consumption by endogenous grid points (Carroll 2006): no root is looked for, and the borrowing limit is exact.

Today's consumption follows from tomorrow's by the Euler equation of a household that chooses a',
u'(c) q = beta x E u'(c'), and the assets with which it chooses a' from its budget, a = (c + q a' - y) / x. With less
than the assets at which it chooses the limit, it consumes all that the limit leaves it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.contracts.saving_households import SavingHouseholds
from hetkeras.methods.krusell_smith.households.asset_nodes import on_lines

SHARE_LEFT = 1e-3  # of income, for consumption where there are no households


class Terms(NamedTuple):
    """What a household takes as given at a rate: income [E], price q and payoff x of the asset, scalars."""

    income: tf.Tensor
    price: tf.Tensor
    payoff: tf.Tensor


def terms(model: PriceTakingHouseholds, interest: tf.Tensor) -> Terms:
    """At an interest rate, a scalar."""
    levels = tf.constant(model.idiosyncratic_chain.values, interest.dtype)
    income = tf.broadcast_to(model.income(levels, interest), levels.shape)
    return Terms(income, model.asset_price(interest), model.asset_payoff(interest))


def assets_next(
    model: PriceTakingHouseholds, interest: tf.Tensor, assets: tf.Tensor, consumption: tf.Tensor
) -> tf.Tensor:
    """What consumption [E, H] leaves of assets [H], [E, H]; not below the limit."""
    given = terms(model, interest)
    left = given.payoff * assets + given.income[:, None] - consumption
    return tf.maximum(left / given.price, model.borrowing_limit)


def consumption_at(
    model: SavingHouseholds, nodes: np.ndarray, worth: tf.Tensor, given: Terms, limit: tf.Tensor | None = None
) -> tf.Tensor:
    """Consumption [R, H] of R kinds of households at nodes of assets.

    Args:
      model: the household.
      nodes: [H].
      worth: u'(c) of those who go to each node, [R, H].
      given: terms of each kind, of shapes that go with [R, H].
      limit: of a', a scalar, where nodes begin below it; default: the model's, at the first node. Households that
        could not live and respect it have a `SHARE_LEFT` of their income.
    """
    wanted = model.wanted_consumption(worth)
    assets = (wanted + given.price * nodes - given.income) / given.payoff
    here = tf.broadcast_to(tf.constant(nodes), wanted.shape)
    free = on_lines(assets, wanted, here)
    cash = given.payoff * here + given.income
    if limit is None:
        return tf.where(here < assets[:, :1], cash - given.price * model.borrowing_limit, free)
    return tf.minimum(free, tf.maximum(cash - given.price * limit, SHARE_LEFT * given.income))


class EndogenousGrid:
    """Consumption of all households at nodes of assets, at any interest rate.

    Args:
      model: the economics.
      nodes: of assets, [H], rising from the borrowing limit or from below it.
    """

    def __init__(self, model: PriceTakingHouseholds, nodes: np.ndarray) -> None:
        self.model, self.nodes = model, nodes
        below = nodes[0] < model.borrowing_limit
        self._limit = tf.constant(model.borrowing_limit, tf.float64) if below else None
        self._transition = tf.constant(model.idiosyncratic_chain.transition)
        self.converged = graph(self._converged)

    def all_spent(self, interest: tf.Tensor) -> tf.Tensor:
        """Consumption of households that save nothing beyond the limit, [E, H]: where iterations start."""
        given = terms(self.model, interest)
        cash = given.payoff * self.nodes + given.income[:, None]
        return cash - given.price * tf.minimum(tf.constant(self.nodes), self.model.borrowing_limit)

    def improved(self, consumption: tf.Tensor, given: Terms) -> tf.Tensor:
        """Consumption [E, H] today where next period's is as given."""
        model = self.model
        valued = self._transition @ model.marginal_utility(consumption)  # E u'(c') by a' and today's state
        worth = model.discount_factor * given.payoff / given.price * valued
        return consumption_at(model, self.nodes, worth, given._replace(income=given.income[:, None]), self._limit)

    def _converged(
        self, interest: tf.Tensor, consumption: tf.Tensor, tolerance: tf.Tensor, most: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Iterates from consumption [E, H]; returns it, the last relative change, and the number of iterations."""
        given = terms(self.model, interest)

        def unfinished(count: tf.Tensor, change: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
            return (count < most) & (change > tolerance)

        def body(count: tf.Tensor, _: tf.Tensor, consumption: tf.Tensor) -> tuple[tf.Tensor, ...]:
            found = self.improved(consumption, given)
            change = tf.reduce_max(tf.abs(found / consumption - 1))
            return count + 1, change, found

        start = tf.constant(0), tf.constant(np.inf, consumption.dtype), consumption
        count, change, consumption = tf.while_loop(unfinished, body, start)
        return consumption, change, count
