"""Lives of single households on the shocks and the mean capital of a simulation.

Axes: T periods, N households.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds

SEED = 20_100

Consume = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
"""Consumption and next period's assets [N] from levels of the own state, assets, aggregate level, mean capital [N]."""


def own_states(model: AggregateRiskHouseholds, path: np.ndarray, count: int) -> np.ndarray:
    """Levels of the household's state along aggregate states [T], [T, N]; from its long-run shares."""
    chain, rng = model.idiosyncratic_chain, np.random.default_rng(SEED)
    start = rng.choice(chain.num_states, count, p=chain.shares(model.aggregate_chain)[path[0]])
    return chain.values[chain.paths(path, start, rng.uniform(size=(len(path), count)))]


def lives(
    consume: Consume, model: AggregateRiskHouseholds, path: np.ndarray, mean_capital: np.ndarray, own: np.ndarray
) -> dict[str, np.ndarray]:
    """Assets and consumption of households that start with the mean capital of the first period, [T, N] each.

    Args:
      consume: the policy.
      model: the economics.
      path: aggregate states, [T].
      mean_capital: [T].
      own: levels of the households' states, [T, N].
    """
    states = tf.constant(model.aggregate_chain.values[path])
    count = own.shape[1]

    @graph
    def walk(states: tf.Tensor, capital: tf.Tensor, own: tf.Tensor) -> tf.Tensor:
        periods = states.shape[0]
        rows = tf.TensorArray(tf.float64, periods, element_shape=(2, count))

        def period(t: tf.Tensor, assets: tf.Tensor, rows: tf.TensorArray) -> tuple[tf.Tensor | tf.TensorArray, ...]:
            common = (tf.repeat(each[t], count) for each in (states, capital))
            consumption, following = consume(own[t], assets, *common)
            return t + 1, tf.ensure_shape(following, (count,)), rows.write(t, tf.stack([assets, consumption]))

        start = tf.constant(0), tf.repeat(capital[0], count), rows
        return tf.while_loop(lambda t, *_: t < periods, period, start)[-1].stack()

    found = walk(states, tf.constant(mean_capital), tf.constant(own)).numpy()
    return {"assets": found[:, 0], "consumption": found[:, 1]}
