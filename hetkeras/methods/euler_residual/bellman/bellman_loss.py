"""Mean squared residuals of the Bellman equation, of its first-order condition and of its envelope condition.

The Bellman equation alone says little about slopes, and it is slopes that choose: hence the other two, which follow
from it (`right_side`).
"""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.methods.euler_residual.bellman.right_side import right_side, value_and_slope
from hetkeras.numerics.random_draws import Shocks
from hetkeras.training.loss_output import LossOutput


@dataclasses.dataclass(frozen=True)
class BellmanUnits:
    """Units of the three residuals.

    payoff: typical payoff of a period, in which the Bellman residual is taken: a constant error of one per cent of the
      value leaves a residual of one per cent of the payoff.
    slope: typical payoff of a period on one more unit of each state, [D], for the residual of v_x likewise.
    cost: typical payoff that one more unit of the action takes today.
    """

    payoff: tf.Tensor
    slope: tf.Tensor
    cost: tf.Tensor


def bellman_loss(
    model: SymmetricEconomy,
    value: Policy,
    policy: Policy,
    agent: tf.Tensor,
    state: tf.Tensor,
    next_state: tf.Tensor,
    shocks: Shocks,
    weights: tf.Tensor,
    units: BellmanUnits,
) -> LossOutput:
    """Sum of the three mean squared residuals; arguments as for `right_side`, whose actions are the policy's.

    Its slopes are those of policy iteration: the value is fitted to the policy that there is, and the policy climbs the
    right side. If squared residuals moved the policy, too, they could lead it where no maximum asks it to be.
    """
    action = tf.broadcast_to(policy(agent, state), tf.shape(agent)[:-1])
    held, next_state = tf.stop_gradient(action), tf.stop_gradient(next_state)
    right = right_side(model, value, agent, state, held, next_state, shocks, weights)
    left, slope = value_and_slope(value, agent, state)
    bellman = (left - right.value) / units.payoff
    envelope = (slope - right.by_state) / units.slope
    first_order = right.by_action / units.cost
    parts = [tf.reduce_mean(tf.square(part)) for part in (bellman, first_order, envelope)]
    climb = tf.reduce_mean(tf.stop_gradient(first_order) * (held - action))  # zero, with a slope
    metrics = {
        "value": tf.reduce_mean(left),
        "bellman_rms": tf.sqrt(parts[0]),
        "first_order_rms": tf.sqrt(parts[1]),
        "envelope_rms": tf.sqrt(parts[2]),
    }
    return LossOutput(tf.add_n(parts) + climb, metrics)
