"""The backward equation along simulated paths of the Brownian shocks, and the paper's own pair of losses.

Without a jump the value follows dV = (rho V - u - sum_j H_j) dt + sigma^V dW. Huang & Yu (2024, eq. 8) leave out the
sum, the compensator of the jumps, and divide their expectation (eq. 11) by P_t = 1 + sum_j (1 - exp(-lambda_j Delta)).
Both can be had here as printed, to show what they do: without the compensator the two losses contradict each other.
"""

from __future__ import annotations

import tensorflow as tf

from hetkeras.training.loss_output import LossOutput


def backward_step(
    value: tf.Tensor, payoff: tf.Tensor, volatility: tf.Tensor, shocks: tf.Tensor, rate: float, step: float
) -> tf.Tensor:
    """V after a step of time by the backward equation, [...].

    Args:
      value: V, [...]; payoff: u, with the compensator sum_j H_j if it is to be right, [...].
      volatility: sigma^V, [..., M]; shocks: increments of W, [..., M].
      rate: rho; step: Delta.
    """
    return value - (payoff - rate * value) * step + tf.reduce_sum(volatility * shocks, -1)


def analytic_residual(
    value: tf.Tensor,
    flow: tf.Tensor,
    ahead: tf.Tensor,
    jumps: tf.Tensor,
    probability: tf.Tensor,
    rate: float,
    step: float,
    normalised: bool,
) -> tf.Tensor:
    """(1 + rho Delta) V - u Delta - E[V'] (eq. 10 and 11), [...].

    Args:
      value: V; flow: u; ahead: E[V'] if nothing flips, all [...].
      jumps: sum over flips of their probability times what they gain on V, [...].
      probability: P_t - 1, sum of the probabilities of all flips and opportunities, [...].
      rate: rho; step: Delta.
      normalised: divide by P_t as printed; else the generator form.
    """
    expected = (ahead + jumps + probability * value) / (1 + probability) if normalised else ahead + jumps
    return (1 + rate * step) * value - flow * step - expected


def paper_loss(analytic: tf.Tensor, probabilistic: tf.Tensor, nodes: tf.Tensor, weight: float) -> LossOutput:
    """Loss_A + weight Loss_P, means over the batch.

    Args:
      analytic: residual [...]; probabilistic: along the drawn shocks, [...].
      nodes: along the shocks of the quadrature, [Q, ...].
      weight: of the probabilistic part.
    """
    first = tf.reduce_mean(tf.square(analytic))
    second = tf.reduce_mean(tf.square(probabilistic)) + tf.reduce_mean(tf.reduce_sum(tf.square(nodes), 0))
    return LossOutput(first + weight * second, {"analytic": first, "probabilistic": second})
