"""Residual of the Hamilton-Jacobi-Bellman equation of a jump diffusion (Huang & Yu 2024, analytic formulation).

Stated in generator form, rho V - u - L V - sum_j H_j: the paper's form divides the expectation by one plus the chance
of a jump, which slows the generator down by that factor.
"""

from __future__ import annotations

import tensorflow as tf

from hetkeras.training.loss_output import LossOutput


def hjb_loss(residual: tf.Tensor, other: tf.Tensor, scale: float) -> LossOutput:
    """Mean squared residual in units of `scale`, unbiased if the two residuals [B] differ in their random directions.

    With no random directions both are the same tensor.
    """
    loss = tf.reduce_mean(residual * other) / scale**2
    size = tf.abs(residual) / scale
    return LossOutput(loss, {"residual_mean": tf.reduce_mean(size), "residual_max": tf.reduce_max(size)})


def pair_loss(residual: tf.Tensor, other: tf.Tensor, scale: float) -> tf.Tensor:
    """Mean square of what residuals differ by between states that are one flip apart, in units of `scale`: a scalar.

    A flip changes a value over J elements by about a J-th, so that the gains of flips, on which decisions hang, hardly
    show in the residual itself. With `scale` a J-th of the value's, the equation of the gain counts like that of the
    value.

    Args:
      residual: [2 P], the second half at the states of the first after a flip of each.
      other: the same with other random directions, or the same tensor.
      scale: of a flip.
    """
    one, two = (tf.split(part, 2) for part in (residual, other))
    return tf.reduce_mean((one[1] - one[0]) * (two[1] - two[0])) / scale**2


def bounded_pair_loss(residual: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
    """As `pair_loss`, twice sqrt(1 + d^2) - 1 in the place of d^2: pairs that are far off do not drown the others.

    Args:
      residual: [2 P], the second half at the states of the first after a flip of each; no random directions.
      units: of each pair, [P].
    """
    here, after = tf.split(residual, 2)
    distance = (after - here) / units
    return 2 * tf.reduce_mean(tf.sqrt(1 + tf.square(distance)) - 1)


def hjb_equations(part: tf.Tensor, scale: float) -> tf.Tensor:
    """Equations whose squares add up to `hjb_loss`: [B, ...] of residuals [B], or of their slopes [B, ...]."""
    return part / (scale * part.shape[0] ** 0.5)


def pair_equations(part: tf.Tensor, scale: float) -> tf.Tensor:
    """Equations whose squares add up to `pair_loss`: [P, ...] of residuals [2 P], or of their slopes [2 P, ...]."""
    here, after = tf.split(part, 2)
    return (after - here) / (scale * here.shape[0] ** 0.5)


def bounded_pair_equations(part: tf.Tensor, residual: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
    """Equations whose squares have the gradient of `bounded_pair_loss`: [P, ...] of residuals, or of their slopes.

    Args:
      part: [2 P, ...].
      residual, units: see `bounded_pair_loss`; they say how much each pair counts.
    """
    here, after = tf.split(residual, 2)
    weights = (1 + tf.square((after - here) / units)) ** -0.25 / units
    apart = pair_equations(part, 1.0)
    return tf.reshape(weights, (-1, *[1] * (apart.shape.rank - 1))) * apart
