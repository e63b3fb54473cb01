"""The Euler equation solved forward: is marginal cost the present value of what one more unit pays?

Whoever holds one more unit of the state keeps a share k of it each period and is paid the rest of the return:

    marginal_cost_t = sum_j beta^j k_(t+1) ... k_(t+j-1) E[ euler_integrand_(t+j) - k_(t+j) marginal_cost_(t+j) ].

At the solution this holds for every share whose weights beta^j k ... k vanish against the margins; at an explosive
root and on a bubble the sum falls short of the margin at any horizon. The share is the model's survival rate. Where
nothing survives by itself, as when the action is tomorrow's state, or where more than a unit does, the holder keeps
one unit: the weights are at most beta^j.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy

NEGLIGIBLE = 1e-6
"""Weight of a margin at which the sum ends."""


def present_value_gap(model: SymmetricEconomy, policy: Policy, states: np.ndarray, horizon: int) -> dict[str, float]:
    """Size of the mean over paths of (present value of payouts - marginal cost), relative to the cost.

    Taken for each date and agent before they are averaged, so that errors of opposite sign do not cancel.

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K].
      states: own paths [T, B, N, D] with T = horizon + `present_value_horizon(model)`.
      horizon: dates at which the present value is taken.
    """
    costs, payouts, kept = _along(model, policy, states)
    values, weights = np.zeros_like(costs[:horizon]), np.full_like(costs[:horizon], model.discount_factor)
    for ahead in range(1, len(states) - horizon + 1):
        dates = slice(ahead, ahead + horizon)
        values += weights * payouts[dates]
        weights *= model.discount_factor * kept[dates]
    gaps = np.mean(np.abs(np.mean(values - costs[:horizon], 1)), -1) / np.mean(np.abs(costs[:horizon]))
    return {"present_value_gap_mean": np.mean(gaps), "present_value_gap_max": np.max(gaps)}


def present_value_horizon(model: SymmetricEconomy) -> int:
    """Periods after which a margin has less than 1e-6 of its weight left, by the largest share kept near the start."""
    state = model.initial_state(tf.constant([0, -3]), 1, tf.float64)
    agent = model.deciding_agents(state)
    share = _share_kept(
        model, agent, state, tf.fill(agent.shape[:-1], tf.constant(model.steady_state()[1], tf.float64))
    )
    return math.ceil(math.log(NEGLIGIBLE) / math.log(model.discount_factor * max(float(tf.reduce_max(share)), 1e-3)))


def _along(model: SymmetricEconomy, policy: Policy, states: np.ndarray) -> tuple[np.ndarray, ...]:
    """Returns marginal cost, payout and share kept at states [T, B, N, D]: each [T, B, K]."""

    @graph
    def at(state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        agent = model.deciding_agents(state)
        here = (agent, state, policy(agent, state))
        exact = [tf.cast(part, tf.float64) for part in here]
        share = _share_kept(model, *exact)
        return model.marginal_cost(*exact), _payout(model, *here, tf.cast(share, state.dtype)), share

    rows = [at(tf.constant(state)) for state in states]
    return tuple(np.stack([row[part].numpy() for row in rows]).astype(np.float64) for part in range(3))


def _share_kept(model: SymmetricEconomy, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
    rate = model.survival_rate(agent, state, action)
    return tf.where((rate <= 0) | (rate > 1), tf.ones_like(rate), rate)


def _payout(
    model: SymmetricEconomy, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor, share: tf.Tensor
) -> tf.Tensor:
    """Returns the Euler integrand less the margin of what is kept: [..., K]."""
    here = (agent, state, action)
    margin = model.marginal_cost(*here)
    if type(model).euler_integrand is not SymmetricEconomy.euler_integrand:
        return model.euler_integrand(*here) - share * margin
    return model.marginal_payoff(*here) + (model.survival_rate(*here) - share) * margin  # the same, less rounding
