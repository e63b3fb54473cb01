"""Moves the distribution of households through time (Young 2010): no price is looked for, for capital says them all.

Axes: B economies, E idiosyncratic states, H nodes of assets.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.methods.krusell_smith.histogram import around, check_mass, gathered
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at
from hetkeras.methods.krusell_smith.households.aggregate_risk.saving_table import SavingTable
from hetkeras.methods.krusell_smith.simulator import EconomySimulator, Resources

SERIES = ("mean_capital", "price", "output", "consumption", "investment", "labor", "at_limit", "at_top", "assets_gini")


class HouseholdSimulator(EconomySimulator[AggregateRiskHouseholds, SavingTable]):
    """B economies, each a distribution of households over their own state and assets.

    A period tells what is given at its start: capital, what it pays (`price`), output, shares of households at the
    ends of the nodes. Households move by the table of the policy; then the next aggregate state comes, and with it
    theirs.

    Args:
      model: the economics.
      table: where households go.
    """

    ends = ("households_at_limit", "households_at_top")

    def __init__(self, model: AggregateRiskHouseholds, table: SavingTable) -> None:
        super().__init__(model, table, SERIES)
        self._moves = tf.constant(model.idiosyncratic_chain.transitions)

    def even_mass(self) -> np.ndarray:
        """As many households at each node."""
        middle = self.model.aggregate_chain.num_states // 2
        shares = self.model.idiosyncratic_chain.shares(self.model.aggregate_chain)[middle]
        return np.repeat(shares[:, None] / len(self.policy.nodes), len(self.policy.nodes), 1)

    def mass_at(self, capital: float) -> np.ndarray:
        nodes, mass = self.policy.nodes, np.zeros_like(self.even_mass())
        above = int(np.clip(np.searchsorted(nodes, capital), 1, len(nodes) - 1))
        share = (capital - nodes[above - 1]) / (nodes[above] - nodes[above - 1])
        mass[:, above - 1], mass[:, above] = self.even_mass().sum(1) * [[1 - share], [share]]
        return mass

    def capital_shares(self, mass: np.ndarray) -> np.ndarray:
        return mass.sum(0)

    def check_mass(self, mass: np.ndarray) -> None:
        check_mass(mass, (len(self.policy.nodes),))

    def states(self, aggregate: tf.Tensor, period: tf.Tensor) -> tf.Tensor:
        """States of the period and of the next one, [2, B]; the last one is taken to stay."""
        last = aggregate.shape[0] - 1
        return tf.stack([aggregate[period], aggregate[tf.minimum(period + 1, last)]])

    def period(
        self, index: tf.Tensor, mass: tf.Tensor, *carry: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, ...], dict[str, tf.Tensor]]:
        model, now, ahead = self.model, index[0], index[1]
        capital = self.mean_capital(mass)
        levels, labor = (tf.gather(tf.constant(each), now) for each in (model.aggregate_chain.values, model.labor))
        given = terms_at(model, now, capital)
        going = self.policy(now, capital)
        saved = tf.reduce_sum(mass * going, (-1, -2))
        earned = tf.reduce_sum(tf.reduce_sum(mass, -1) * given.income, -1)
        consumption = given.payoff * capital + earned - saved
        sides = around(self.policy.nodes, going)
        moved = sum(gathered(mass * share, place) for place, share in sides)
        following = tf.einsum("bef,beh->bfh", tf.gather_nd(self._moves, tf.stack([now, ahead], -1)), moved)
        shares = tf.reduce_sum(mass, -2)
        row = {
            "mean_capital": capital,
            "price": given.payoff,
            "output": model.output(levels, capital, labor),
            "consumption": consumption,
            "investment": saved - (1 - model.depreciation) * capital,
            "labor": labor,
            "at_limit": shares[:, 0],
            "at_top": shares[:, -1],
            "assets_gini": self._gini(shares, capital),
        }
        return (following, *carry), row

    def _gini(self, shares: tf.Tensor, mean: tf.Tensor) -> tf.Tensor:
        """Gini coefficient of assets from shares [B, H] of households at the nodes; of no meaning where some owe."""
        owned = tf.cumsum(shares * self.policy.nodes / mean[:, None], -1)
        halves = tf.concat([owned[:, :1], owned[:, 1:] + owned[:, :-1]], -1)
        return 1 - tf.reduce_sum(shares * halves, -1)

    def mean_capital(self, mass: tf.Tensor) -> tf.Tensor:
        return tf.linalg.matvec(tf.reduce_sum(mass, -2), tf.constant(self.policy.nodes))

    def resources(self, index: tf.Tensor, mass: tf.Tensor, row: Mapping[str, tf.Tensor]) -> Resources:
        remaining = (1 - self.model.depreciation) * self.mean_capital(mass)
        return Resources(row["output"], row["consumption"], remaining)
