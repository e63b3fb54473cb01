"""A network for what households consume: a bounded share of what they may spend.

With m = (1 + r - delta) a + y less the borrowing limit, a household consumes min(s, 1) m, so that the limit is exact.
The share s is between 0 and `TOP`, and its log odds are those of the share that a household without risk would
consume, (1 - beta) (1 + h / m) with h the worth of mean income for ever, and what a network adds for each (z, e).
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.layers.shock_state_mlp import ShockStateMLP
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at

TOP = 2.0  # above 1, where the limit binds
PLACES = 0.1, 1.0, 10.0, 100.0  # of m, in mean incomes, about which inputs tell most
LOGS = 2.5  # of m, that are one unit of an input


class ConsumptionNetwork(tf.Module):
    """Consumption at any state, in double precision.

    Args:
      model: the economics.
      hidden: widths of the hidden layers.
    """

    def __init__(self, model: AggregateRiskHouseholds, hidden: tuple[int, ...]) -> None:
        super().__init__()
        self.model = model
        self.income = _mean_income(model)
        low, high = model.mean_capital_bounds
        centre = (*(0.5 for _ in PLACES), 0.0, (low + high) / 2)
        scale = (*(0.5 for _ in PLACES), 1.0, (high - low) / 2)
        states = model.aggregate_chain.num_states, model.idiosyncratic_chain.num_states
        self.layer = ShockStateMLP(states, hidden, centre, scale, last_scale=0.1, dtype="float64")
        self.layer.build((None, len(centre)))

    @property
    def weights(self) -> list[tf.Variable]:
        """What is trained."""
        return [weight.value for weight in self.layer.trainable_variables]

    def to_spend(
        self, idiosyncratic: tf.Tensor, assets: tf.Tensor, aggregate: tf.Tensor, mean_capital: tf.Tensor
    ) -> tf.Tensor:
        """m, [B], at indices, assets and mean capital [B]."""
        given = terms_at(self.model, aggregate, mean_capital)
        income = tf.gather(given.income, idiosyncratic, batch_dims=1)
        return given.payoff * assets + income - self.model.borrowing_limit

    def wanted(
        self, idiosyncratic: tf.Tensor, assets: tf.Tensor, aggregate: tf.Tensor, mean_capital: tf.Tensor
    ) -> tf.Tensor:
        """Consumption [B], above m where the limit binds."""
        most = self.to_spend(idiosyncratic, assets, aggregate, mean_capital)
        ratios = [most / (most + place * self.income) for place in PLACES]
        logs = tf.math.log(most / self.income) / LOGS
        table = self.layer(tf.stack([*ratios, logs, mean_capital], -1))
        added = tf.gather_nd(table, tf.stack([aggregate, idiosyncratic], -1), batch_dims=1)
        beta = self.model.discount_factor
        without_risk = (1 - beta) + beta * self.income / most  # (1 - beta) (1 + h / m)
        return TOP * most * tf.sigmoid(tf.math.log(without_risk) + added)

    def assets_next(self, wanted: tf.Tensor, most: tf.Tensor) -> tf.Tensor:
        """Where households go who want to consume so much and may spend m, [B]."""
        return self.model.borrowing_limit + tf.nn.relu(most - wanted)


def _mean_income(model: AggregateRiskHouseholds) -> float:
    """Of households, where capital rests without risk in the middle of the aggregate states."""
    middle = model.aggregate_chain.num_states // 2
    rest, _ = model.frictionless_steady_state(float(model.aggregate_chain.values[middle]))
    income = terms_at(model, tf.constant(middle), tf.constant(rest, tf.float64)).income.numpy()
    shares = model.idiosyncratic_chain.shares(model.aggregate_chain)[middle]
    return float(np.sum(shares * income))
