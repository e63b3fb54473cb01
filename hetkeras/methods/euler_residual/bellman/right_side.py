"""The right side of the Bellman equation and its slopes in the agent's own state and action.

    v(x, X) = max_u r(x, u, X) + beta E[ v(x', X') ],   x' = g(x, u, w, omega),   X' = G(X, W, omega)

(slide "A 'big X, little x' dynamic programming problem"). The industry X' moves by the policy of all agents, whatever
the agent with x does: slopes are taken in x and u alone, with X and X' held. What follows from the maximum needs
nothing but payoff and transition:

    first-order condition  r_u + beta E[ v_x(x', X') g_u ] = 0
    envelope condition     v_x(x, X) = r_x + beta E[ v_x(x', X') g_x ].

Axes: Q nodes, B industries, N agents of an industry, I of them whose equation is taken, D states, M shocks of an agent.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.numerics.random_draws import Shocks


class RightSide(NamedTuple):
    """r + beta E[v'] at an action, [B, I], and its slopes in the own states, [B, I, D], and in the action, [B, I]."""

    value: tf.Tensor
    by_state: tf.Tensor
    by_action: tf.Tensor


def own_transition(model: SymmetricEconomy, agent: tf.Tensor, action: tf.Tensor, shocks: Shocks) -> tf.Tensor:
    """The law of motion g of agents each on its own: [..., I, D].

    Args:
      model: the economics.
      agent: [..., I, D]; action: [..., I].
      shocks: of these agents, idiosyncratic [..., I, M] and aggregate [...]; nodes may stand in front.
    """
    aggregate = tf.broadcast_to(shocks.aggregate[..., None], tf.shape(shocks.idiosyncratic)[:-1])
    alone = Shocks(shocks.idiosyncratic[..., None, :], aggregate)
    return model.transition(agent[..., None, :], action[..., None], alone)[..., 0, :]


def right_side(
    model: SymmetricEconomy,
    value: Policy,
    agent: tf.Tensor,
    state: tf.Tensor,
    action: tf.Tensor,
    next_state: tf.Tensor,
    shocks: Shocks,
    weights: tf.Tensor,
) -> RightSide:
    """Takes the right side of agents in industries that move as they are given.

    Args:
      model: the economics.
      value: v, (agent [..., I, D], industry [..., N, D]) -> [..., I].
      agent: x, [B, I, D]; state: X, [B, N, D]; action: u of the agents, [B, I].
      next_state: X', [Q, B, N, D].
      shocks: of the agents, idiosyncratic [Q, B, I, M] and aggregate [Q, B]; weights: [Q].
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch((agent, action))
        ahead = value(own_transition(model, agent, action, shocks), next_state)
        total = model.payoff(agent, state, action) + model.discount_factor * tf.tensordot(weights, ahead, 1)
    slopes = tape.gradient(total, (agent, action), unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return RightSide(total, *slopes)


def value_and_slope(value: Policy, agent: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns v(x, X), [B, I], and v_x, [B, I, D], with X held."""
    agent = tf.identity(agent)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(agent)
        found = value(agent, state)
    return found, tape.gradient(found, agent, unconnected_gradients=tf.UnconnectedGradients.ZERO)
