"""Residuals of the Bellman equation at own states, and what deviations for one period would gain."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.methods.euler_residual.bellman.own_paths import followed_agents
from hetkeras.methods.euler_residual.bellman.right_side import right_side
from hetkeras.numerics.random_draws import Shocks

DEVIATIONS = (-0.1, -0.01, 0.01, 0.1)
"""Of an agent for one period, as shares of the mean action."""


def bellman_residuals(
    model: SymmetricEconomy,
    value: Policy,
    policy: Policy,
    industry_policy: Policy,
    states: np.ndarray,
    seed: int,
    num_nodes: int = 7,
    num_draws: int = 2,
) -> dict[str, np.ndarray]:
    """Residuals at states [T, B, N, D], for agents in the industry and some who differ from all in it.

    Args:
      model: the economics.
      value: v, (agent [..., I, D], industry [..., N, D]) -> [..., I].
      policy: u of any agent, the same axes.
      industry_policy: (industry, industry) -> [..., K], by which industries move.
      states: [T, B, N, D].
      seed: of the idiosyncratic draws.
      num_nodes: of the aggregate shock.
      num_draws: of the idiosyncratic ones.

    Returns:
      [T, B, I] each. "bellman": v less the right side, over the mean payoff. "first_order": slope of the right side in
      the action, over the mean marginal cost. "gain": the most that a deviation brings, over the mean payoff.
    """

    @graph
    def at(state: tf.Tensor, t: tf.Tensor) -> tuple[tf.Tensor, ...]:
        which, agent = followed_agents(state)
        nodes = (state.shape[0], state.shape[1], num_nodes, num_draws, state.dtype)
        shocks, weights = model.shocks.quadrature(tf.stack([seed + 1, t]), *nodes)
        own = Shocks(tf.gather(shocks.idiosyncratic, which, axis=2), shocks.aggregate)
        everyone = industry_policy(model.deciding_agents(state), state)
        next_state = model.transition(state, everyone, shocks)
        action = tf.broadcast_to(policy(agent, state), tf.shape(agent)[:-1])
        around = (agent, state), (next_state, own, weights)
        right = right_side(model, value, *around[0], action, *around[1])
        size = tf.reduce_mean(tf.abs(action))
        others = [right_side(model, value, *around[0], action + share * size, *around[1]) for share in DEVIATIONS]
        gain = tf.reduce_max(tf.stack([other.value for other in others]), 0) - right.value
        payoff, cost = _payoff_and_cost(model, agent, state, action)
        return value(agent, state) - right.value, right.by_action, gain, payoff, cost

    rows = [at(tf.constant(state), tf.constant(t)) for t, state in enumerate(states)]
    bellman, first_order, gain, payoff, cost = (np.stack(part).astype(np.float64) for part in zip(*rows, strict=True))
    payoff_size, cost_size = np.mean(np.abs(payoff)), np.mean(np.abs(cost))
    return {"bellman": bellman / payoff_size, "first_order": first_order / cost_size, "gain": gain / payoff_size}


def _payoff_and_cost(
    model: SymmetricEconomy, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(action)
        payoff = model.payoff(agent, state, action)
    return payoff, tape.gradient(payoff, action, unconnected_gradients=tf.UnconnectedGradients.ZERO)
