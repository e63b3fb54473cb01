"""Consumption on nodes of assets and of mean capital, by endogenous grid points at the present forecast rules.

Axes: A aggregate and E idiosyncratic states, J knots of mean capital, H nodes of assets.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at
from hetkeras.methods.krusell_smith.households.aggregate_risk.saving_table import capital_nodes
from hetkeras.methods.krusell_smith.households.asset_nodes import on_lines
from hetkeras.methods.krusell_smith.households.endogenous_grid import Terms, consumption_at
from hetkeras.methods.krusell_smith.rules.base import ForecastRules


class ConsumptionGrid:
    """Consumption of all households, in all states.

    Args:
      model: the economics.
      nodes: of assets, [H], rising from the borrowing limit.
      num_knots: J.
      rules: what households expect of mean capital; read anew in each call.
    """

    def __init__(self, model: AggregateRiskHouseholds, nodes: np.ndarray, num_knots: int, rules: ForecastRules) -> None:
        self.model, self.nodes, self.rules = model, nodes, rules
        self.capital = capital_nodes(model, num_knots)
        states, knots = np.meshgrid(np.arange(self.num_aggregate), self.capital.nodes, indexing="ij")
        self._places = tf.constant(states, tf.int32), tf.constant(knots)  # [A, J] each
        self.consumption = tf.Variable(self._all_spent(), trainable=False)  # [A, E, J, H]
        self.iterate = graph(self._iterate)

    @property
    def num_aggregate(self) -> int:
        """A."""
        return self.model.aggregate_chain.num_states

    def at(self, mean_capital: tf.Tensor) -> tf.Tensor:
        """Terms of incomes and returns, [A, E, J, 1] each, at mean capital [A, J]."""
        given = terms_at(self.model, self._places[0], mean_capital)
        income = tf.transpose(given.income, (0, 2, 1))[..., None]
        return Terms(income, *(each[:, None, :, None] + tf.zeros_like(income) for each in given[1:]))

    def policy(
        self, idiosyncratic: tf.Tensor, assets: tf.Tensor, aggregate: tf.Tensor, capital: tf.Tensor
    ) -> tf.Tensor:
        """Consumption that is wanted, [B], at indices, assets and mean capital [B]; the limit is not minded."""
        places = tf.constant(self.nodes, assets.dtype)
        above = tf.clip_by_value(tf.searchsorted(places, assets, side="right"), 1, len(self.nodes) - 1)
        left, right = (tf.gather(places, above - shift) for shift in (1, 0))
        knots = tf.transpose(self.consumption.value(), (0, 1, 3, 2))  # [A, E, H, J]
        low, high = (tf.gather_nd(knots, tf.stack([aggregate, idiosyncratic, above - s], -1)) for s in (1, 0))
        share = ((assets - left) / (right - left))[:, None]
        return tf.reduce_sum(self.capital.basis(capital) * (low + share * (high - low)), -1)

    def assets_next(self, places: tf.Tensor) -> tf.Tensor:
        """Where households go from other places [N] of assets, [A, J, E, N]."""
        consumption = self.consumption.value()
        rows = tf.reshape(consumption, (-1, len(self.nodes)))
        at, nodes = (tf.repeat(each[None], rows.shape[0], 0) for each in (places, tf.constant(self.nodes)))
        given = self.at(self._places[1])
        wanted = tf.reshape(on_lines(nodes, rows, at), (*consumption.shape[:-1], -1))
        saved = tf.maximum(given.payoff * places + given.income - wanted, self.model.borrowing_limit)
        return tf.transpose(saved, (0, 2, 1, 3))

    def _all_spent(self) -> tf.Tensor:
        """Consumption of households that save nothing beyond the limit: where iterations start."""
        given = self.at(self._places[1])
        return (
            given.payoff * self.nodes + given.income - tf.minimum(tf.constant(self.nodes), self.model.borrowing_limit)
        )

    def _iterate(self, most: tf.Tensor, tolerance: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Improves consumption until it settles; returns the last relative change, and the number of iterations."""
        following, _ = self.rules(*self._places)
        ahead, returns = self.capital.basis(following), self._returns(following)
        given = self.at(self._places[1])

        def unfinished(count: tf.Tensor, change: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
            return (count < most) & (change > tolerance)

        def body(count: tf.Tensor, _: tf.Tensor, consumption: tf.Tensor) -> tuple[tf.Tensor, ...]:
            found = self._improved(consumption, ahead, returns, given)
            return count + 1, tf.reduce_max(tf.abs(found / consumption - 1)), found

        start = tf.constant(0), tf.constant(np.inf, tf.float64), self.consumption.value()
        count, change, found = tf.while_loop(unfinished, body, start)
        self.consumption.assign(found)
        return change, count

    def _returns(self, following: tf.Tensor) -> tf.Tensor:
        """beta x' in each state tomorrow, [A, A', J], at the mean capital [A, J] that is expected for it."""
        shape = (self.num_aggregate, self.num_aggregate, following.shape[1])
        states = tf.broadcast_to(tf.range(self.num_aggregate)[None, :, None], shape)
        paid = terms_at(self.model, states, tf.broadcast_to(following[:, None], shape)).payoff
        return self.model.discount_factor * paid

    def _improved(self, consumption: tf.Tensor, ahead: tf.Tensor, returns: tf.Tensor, given: Terms) -> tf.Tensor:
        """Consumption [A, E, J, H] today where next period's is as given.

        Args:
          consumption: of next period, [A, E, J, H].
          ahead: weights of the knots at the mean capital that is expected, [A, J, J].
          returns: see `_returns`.
          given: terms of today.
        """
        model, chain = self.model, self.model.aggregate_chain
        moves = chain.transition[:, :, None, None] * model.idiosyncratic_chain.transitions  # [A, A', E, E']
        later = tf.einsum("zjk,yfkh->zyfjh", ahead, consumption)
        valued = model.marginal_utility(later) * returns[:, :, None, :, None]
        worth = tf.einsum("zyef,zyfjh->zejh", tf.constant(moves), valued)
        rows = (-1, worth.shape[-1])
        each = Terms(*(tf.reshape(part, (-1, 1)) for part in given))
        return tf.reshape(consumption_at(model, self.nodes, tf.reshape(worth, rows), each), worth.shape)
