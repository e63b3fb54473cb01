"""Euler errors in consumption units: how far consumption is from what the equation asks for within the budget.

Axes: P places of the economy (aggregate state and mean capital), E idiosyncratic states, H assets.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import (
    Choice,
    LoadedAggregateRisk,
    Situation,
)


def situations(policy: LoadedAggregateRisk, state: np.ndarray, capital: np.ndarray, assets: np.ndarray) -> Situation:
    """Households in each state with assets [H] at places [P]: [P, E, H]."""
    own = np.arange(policy.model.idiosyncratic_chain.num_states)[None, :, None]
    return Situation(own, assets[None, None, :], state[:, None, None], capital[:, None, None])


def euler_errors(policy: LoadedAggregateRisk, here: Situation, choice: Choice) -> np.ndarray:
    """|c* / c - 1| where c* is what the Euler equation asks for within the budget, [P, E, H].

    Tomorrow is expected by the exported forecast; returns and incomes are the model's.
    """
    model, state = policy.model, here.aggregate[:, 0, 0]
    following = policy.forecast(tf.constant(state, tf.int32), tf.constant(here.mean_capital[:, 0, 0]))[0].numpy()
    worth = np.zeros(choice.consumption.shape)
    for later, chances in enumerate(model.aggregate_chain.transition.T):
        states = np.full(state.shape, later)
        paid = terms_at(model, tf.constant(states, tf.int32), tf.constant(following)).payoff.numpy()
        moves = model.idiosyncratic_chain.transitions[state, later] * (chances[state] * paid)[:, None, None]
        for own in range(model.idiosyncratic_chain.num_states):
            places = states[:, None, None], following[:, None, None]
            then = policy.choose(Situation(np.array(own), choice.assets_next, *places))
            valued = model.marginal_utility(tf.constant(then.consumption)).numpy()
            worth += model.discount_factor * moves[:, :, own, None] * valued
    wanted = model.wanted_consumption(tf.constant(worth)).numpy()
    given = terms_at(model, tf.constant(state, tf.int32), tf.constant(here.mean_capital[:, 0, 0]))
    cash = given.payoff.numpy()[:, None, None] * here.assets + given.income.numpy()[:, :, None]
    return np.abs(np.minimum(wanted, cash - model.borrowing_limit) / choice.consumption - 1)
