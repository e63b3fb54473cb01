"""Mean squared Euler residual (slide "Solution method follows interpolation methods").

The residual is squared after the expectation, never inside it. The Euler equation has a second, explosive root
where the loss is zero too; which root is found is decided by where training starts and walks, so that belongs
to the solver.
"""

from __future__ import annotations

import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.errors import ShapeError
from hetkeras.numerics.random_draws import Shocks
from hetkeras.training.loss_output import LossOutput


def euler_loss(
    model: SymmetricEconomy,
    policy: Policy,
    state: tf.Tensor,
    action: tf.Tensor,
    shocks: Shocks,
    weights: tf.Tensor,
    scale: float | tf.Tensor,
    agents: tf.Tensor | None = None,
) -> LossOutput:
    """Mean squared residual of the Euler equation in units of `scale`.

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K].
      state: [B, N, D].
      action: policy at the state, [B, K]; given because the caller also moves the state with it.
      shocks: nodes, idiosyncratic [Q, B, N, M] and aggregate [Q, B].
      weights: [Q].
      scale: typical marginal cost, so that a residual of .01 means one per cent.
      agents: indices of the agents whose equation is taken when actions differ by agent; None takes all.

    Raises:
      ShapeError: if state is not [B, N, D].
    """
    if state.shape.rank != 3:
        raise ShapeError(f"euler_loss got a state of shape {tuple(state.shape)}; expected [B, N, D]")
    expected = model.expected_integrand(policy, state, action, shocks, weights, agents)
    agent = model.deciding_agents(state)
    if agents is not None:
        agent, action = tf.gather(agent, agents, axis=-2), tf.gather(action, agents, axis=-1)
    cost = model.marginal_cost(agent, state, action)
    residual = model.euler_residual(agent, state, action, expected)
    residual = residual * (1 / scale) if tf.is_tensor(scale) else residual / scale  # what XLA makes of a constant
    loss = tf.reduce_mean(tf.square(residual))
    metrics = {
        "marginal_cost": tf.reduce_mean(cost),
        "discounted_return": model.discount_factor * tf.reduce_mean(expected),
        "residual_rms": tf.sqrt(loss),
        "residual_max": tf.reduce_max(tf.abs(residual)),
    }
    return LossOutput(loss, metrics)
