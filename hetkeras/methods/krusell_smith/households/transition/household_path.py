"""What households do along a course of prices that they foresee, and where that takes them.

From the last period back, consumption follows from the next period's by endogenous grid points; from the first period
on, the distribution moves by lotteries (Young 2010). Axes: T periods, E idiosyncratic states, H nodes of assets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled, graph
from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.methods.krusell_smith.histogram import around, gathered
from hetkeras.methods.krusell_smith.households.endogenous_grid import Terms, consumption_at
from hetkeras.methods.krusell_smith.households.transition.course import Given


class HouseholdPath(NamedTuple):
    """consumption, assets_next: at the nodes, [T, E, H]; mass: of households, [T + 1, E, H]; all float64."""

    consumption: np.ndarray
    assets_next: np.ndarray
    mass: np.ndarray

    @property
    def held(self) -> np.ndarray:
        """Assets carried on from each period, [T]."""
        return np.einsum("teh,teh->t", self.mass[:-1], self.assets_next)


class Foresight:
    """Households at nodes of assets who know all prices.

    Args:
      model: utility and the chain.
      nodes: of assets, [H].
    """

    def __init__(self, model: PriceTakingHouseholds, nodes: np.ndarray) -> None:
        self.model, self.nodes = model, nodes
        self._transition = tf.constant(model.idiosyncratic_chain.transition)
        self._back, self._on = graph(self._backward), compiled(self._forward)  # XLA searches place by place

    def choices(self, given: Given, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Consumption and assets carried on, [T, E, H] each, where consumption after the last period is [E, H]."""
        found = self._back(*map(tf.constant, given), tf.constant(last))
        return found[0].numpy(), found[1].numpy()

    def path(self, given: Given, last: np.ndarray, mass: np.ndarray) -> HouseholdPath:
        """Also the distribution, from that of the first period, [E, H]."""
        consumption, going = self.choices(given, last)
        return HouseholdPath(consumption, going, self._on(tf.constant(going), tf.constant(mass)).numpy())

    def _backward(
        self,
        income: tf.Tensor,
        price: tf.Tensor,
        payoff: tf.Tensor,
        discount_factor: tf.Tensor,
        limit: tf.Tensor,
        last: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        model = self.model
        periods = (income[..., None], price, payoff[:-1], discount_factor * payoff[1:] / price, limit)

        def body(after: tuple[tf.Tensor, tf.Tensor], here: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tf.Tensor]:
            income, price, payoff, weight, limit = here
            worth = weight * (self._transition @ model.marginal_utility(after[0]))
            consumption = consumption_at(model, self.nodes, worth, Terms(income, price, payoff), limit)
            left = payoff * self.nodes + income - consumption
            return consumption, tf.maximum(left / price, limit)

        return tf.scan(body, periods, (last, tf.zeros_like(last)), reverse=True)

    def _forward(self, going: tf.Tensor, mass: tf.Tensor) -> tf.Tensor:
        def body(mass: tf.Tensor, going: tf.Tensor) -> tf.Tensor:
            moved = sum(gathered(mass * share, place) for place, share in around(self.nodes, going))
            return tf.linalg.matmul(self._transition, moved, transpose_a=True)

        return tf.concat([mass[None], tf.scan(body, going, mass)], 0)
