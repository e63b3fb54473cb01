"""What leaves the methods of households under aggregate shocks: what they consume and save, and what they forecast.

Rows are households, or economies. States come as levels of their chains and count as the nearest; half a step beyond
the ends there is no answer, nor below the borrowing limit (see `hetkeras.missing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.numerics.conditional_chain import ConditionalChain
from hetkeras.numerics.domains import above_zero, level_on_line
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.solution import Signature, Solution

ECONOMY = ("aggregate", "mean_capital")
HOUSEHOLD = ("idiosyncratic", "assets", *ECONOMY)
CHOICE = ("consumption", "assets_next", "income", "interest")

Wanted = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""Consumption [B] from indices of the household's state, assets, indices of the aggregate state, mean capital [B]."""


def aggregate_risk_solution(
    model: AggregateRiskHouseholds,
    wanted: Wanted,
    rules: ForecastRules,
    variables: Sequence[tf.Variable],
    training: Mapping[str, Any],
) -> Solution:
    """Names the functions of solved households.

    Args:
      model: the economics.
      wanted: consumption, which the limit then bounds.
      rules: what they expect.
      variables: behind both.
      training: how they were found, ready for JSON.
    """
    own, common = model.idiosyncratic_chain.values, model.aggregate_chain.values

    def policy(
        idiosyncratic: tf.Tensor, assets: tf.Tensor, aggregate: tf.Tensor, mean_capital: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        index, state = _nearest(own, idiosyncratic), _nearest(common, aggregate)
        given = terms_at(model, state, mean_capital)
        income = tf.gather(given.income, index, batch_dims=1)
        cash = given.payoff * assets + income
        saved = tf.maximum(cash - wanted(index, assets, state, mean_capital), model.borrowing_limit)
        interest = given.payoff - 1
        return {"consumption": cash - saved, "assets_next": saved, "income": income, "interest": interest}

    def forecast(aggregate: tf.Tensor, mean_capital: tf.Tensor) -> dict[str, tf.Tensor]:
        following, payoff = rules(_nearest(common, aggregate), mean_capital)
        return {"mean_capital_next": following, "interest": payoff - 1}

    domains = {
        "idiosyncratic": level_on_line(own),
        "aggregate": level_on_line(common),
        "mean_capital": above_zero,
        "assets": lambda values: values >= tf.constant(model.borrowing_limit, values.dtype),
    }
    signatures = {
        name: Signature(
            function,
            dict.fromkeys(inputs, ("B",)),
            dict.fromkeys(outputs, ("B",)),
            tf.float64,
            domains={each: domains[each] for each in inputs},
        )
        for name, function, inputs, outputs in (
            ("policy", policy, HOUSEHOLD, CHOICE),
            ("forecast", forecast, ECONOMY, ("mean_capital_next", "interest")),
        )
    }
    bounds = {
        "idiosyncratic": (float(own.min()), float(own.max())),
        "aggregate": (float(common.min()), float(common.max())),
        "assets": (model.borrowing_limit, model.greatest_assets),
        "mean_capital": model.mean_capital_bounds,
    }
    chains: dict[str, MarkovChain | ConditionalChain] = {
        "aggregate": model.aggregate_chain,
        "idiosyncratic": model.idiosyncratic_chain,
    }
    return Solution(model, signatures, variables, model.units, bounds, training, {**chains})


def _nearest(values: np.ndarray, levels: tf.Tensor) -> tf.Tensor:
    return tf.argmin(tf.abs(levels[:, None] - tf.constant(values, levels.dtype)), -1, output_type=tf.int32)
