"""What a household takes as given at an aggregate state and mean capital."""

from __future__ import annotations

import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.methods.krusell_smith.households.endogenous_grid import Terms


def terms_at(model: AggregateRiskHouseholds, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> Terms:
    """Income [..., E], and what assets cost and pay [...], at indices and mean capital [...]."""
    levels, labor = (
        tf.gather(tf.constant(each, mean_capital.dtype), aggregate)
        for each in (model.aggregate_chain.values, model.labor)
    )
    rent, wage = model.factor_prices(levels, mean_capital, labor)
    own = tf.constant(model.idiosyncratic_chain.values, mean_capital.dtype)
    income = model.income(own, wage[..., None], labor[..., None]) + tf.zeros_like(own)
    return Terms(income, tf.ones_like(rent), 1 + rent - model.depreciation)


def payoff(model: AggregateRiskHouseholds, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tf.Tensor:
    """What a unit of assets pays, [...]."""
    return terms_at(model, aggregate, mean_capital).payoff
