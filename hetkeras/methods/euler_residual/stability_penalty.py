"""Penalty on explosive aggregate dynamics: what the Euler residual alone cannot see.

The slopes of aggregate dynamics of the two affine roots of the Euler equation multiply to 1/beta, so 1/sqrt(beta)
lies between them. The penalty is zero below it, hence at the solution, and rises above it. Without it a network can
settle on a mixture: the stable root in large industries, the explosive one in small ones, meeting at the steady
state with hardly any residual.
"""

from __future__ import annotations

import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.errors import ShapeError
from hetkeras.training.loss_output import LossOutput


def stability_penalty(
    model: SymmetricEconomy, policy: Policy, state: tf.Tensor, action: tf.Tensor, shift: tf.Tensor
) -> LossOutput:
    """Mean squared excess of the slope of tomorrow's aggregate over 1/sqrt(beta).

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K].
      state: [B, N, D].
      action: policy at the state, [B, K].
      shift: step of each path, see `SymmetricEconomy.aggregate_slope`, [B]; not zero.

    Returns:
      The penalty, and the steepest secant slope in the batch as "slope_max".

    Raises:
      ShapeError: if state is not [B, N, D].
    """
    if state.shape.rank != 3:
        raise ShapeError(f"stability_penalty got a state of shape {tuple(state.shape)}; expected [B, N, D]")
    slope = tf.abs(model.aggregate_slope(policy, state, action, shift))
    excess = tf.nn.relu(slope - model.discount_factor**-0.5)
    return LossOutput(tf.reduce_mean(tf.square(excess)), {"slope_max": tf.reduce_max(slope)})
