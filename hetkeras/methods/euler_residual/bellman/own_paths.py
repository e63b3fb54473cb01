"""Agents along paths of their industry: what they are paid and what one more unit would have paid, without a value.

The Bellman equation solved forward, with payoff and transition alone. Of realized paths, backward in time:

    value_t  = r_t + beta value_(t+1)
    slope_t  = r_x + beta g_x slope_(t+1)         one more unit of each own state, all later actions held
    margin_t = r_u + beta g_u slope_(t+1)         one more unit of the action

At the solution the mean of the first over paths is v(x, X), and that of the last is zero: later actions may be held
because they are best. A value that is a bubble, and a policy of an explosive root, do not pass.
Axes: T periods, B paths, N agents of an industry, I of them who are followed, D states.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.methods.euler_residual.bellman.right_side import own_transition
from hetkeras.methods.euler_residual.paths import path_shocks
from hetkeras.numerics.random_draws import Shocks

NEGLIGIBLE = 1e-4
"""Weight beta^t of the period at which sums end."""

APART = (1.0, 1.0, 0.95, 1.05)
"""First states of the agents who are followed, as shares of those in the industry: some differ from all others."""


class OwnPaths(NamedTuple):
    """agent: own states [T, B, I, D]; value and margin: of realized paths, [T, B, I]; cost: |r_u|, [T, B, I]."""

    agent: np.ndarray
    value: np.ndarray
    margin: np.ndarray
    cost: np.ndarray


def followed_agents(state: tf.Tensor) -> tuple[np.ndarray, tf.Tensor]:
    """Indices [I] and own states [B, I, D] of those who are followed out of an industry [B, N, D]."""
    count = len(APART)
    which = np.arange(count) * state.shape[1] // count
    moved = np.ones((count, state.shape[2]))
    moved[:, 0] = APART
    return which, tf.gather(state, which, axis=1) * tf.constant(moved, state.dtype)


def periods_that_count(model: SymmetricEconomy) -> int:
    """Periods after which payoffs weigh less than `NEGLIGIBLE`."""
    return math.ceil(math.log(NEGLIGIBLE) / math.log(model.discount_factor))


def follow(model: SymmetricEconomy, policy: Policy, states: np.ndarray, seed: int) -> OwnPaths:
    """Follows agents through the industries of antithetic paths.

    Args:
      model: the economics.
      policy: (agent [..., I, D], industry [..., N, D]) -> [..., I], of any agent.
      states: of `simulate` with this seed, antithetic, [T, B, N, D].
    """
    industries = [tf.constant(state) for state in states]
    which, agent = followed_agents(industries[0])

    @graph
    def shocks_of(t: tf.Tensor) -> Shocks:
        _, num_paths, num_agents, _ = states.shape
        drawn = path_shocks(model, tf.stack([tf.constant(seed), t]), num_paths, num_agents, agent.dtype, True)
        return Shocks(tf.gather(drawn.idiosyncratic, which, axis=1), drawn.aggregate)

    @graph
    def forward(agent: tf.Tensor, state: tf.Tensor, shocks: Shocks) -> tuple[tf.Tensor, tf.Tensor]:
        action = tf.broadcast_to(policy(agent, state), tf.shape(agent)[:-1])
        return action, own_transition(model, agent, action, shocks)

    @graph
    def backward(
        agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor, shocks: Shocks, slope: tf.Tensor, value: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch((agent, action))
            payoff = model.payoff(agent, state, action)
            ahead = tf.reduce_sum(slope * own_transition(model, agent, action, shocks), -1)
            total = payoff + model.discount_factor * ahead
        zero = tf.UnconnectedGradients.ZERO
        slope, margin = tape.gradient(total, (agent, action), unconnected_gradients=zero)
        cost = tf.abs(tape.gradient(payoff, action, unconnected_gradients=zero))
        return slope, payoff + model.discount_factor * value, margin, cost

    shocks = [shocks_of(tf.constant(t + 1)) for t in range(len(states))]
    agents, actions = [], []
    for state, drawn in zip(industries, shocks, strict=True):
        agents.append(agent)
        action, agent = forward(agent, state, drawn)
        actions.append(action)
    slope, value, rows = tf.zeros_like(agent), tf.zeros_like(action), []
    for here in reversed(list(zip(agents, industries, actions, shocks, strict=True))):
        slope, value, margin, cost = backward(*here, slope, value)
        rows.append([part.numpy().astype(np.float64) for part in (value, margin, cost)])
    return OwnPaths(np.stack(agents), *(np.stack(part[::-1]) for part in zip(*rows, strict=True)))
