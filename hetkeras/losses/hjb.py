"""Residual of the Hamilton-Jacobi-Bellman equation of a jump diffusion (Huang & Yu 2024, analytic formulation).

Stated in generator form, rho V - u - L V - sum_j H_j: the paper's form divides the expectation by one plus the chance
of a jump, which slows the generator down by that factor.
"""

from __future__ import annotations

import tensorflow as tf

from hetkeras.losses.base import LossOutput


def hjb_loss(residual: tf.Tensor, other: tf.Tensor, scale: float) -> LossOutput:
    """Mean squared residual in units of `scale`, unbiased if the two residuals [B] differ in their random directions.

    With no random directions both are the same tensor.
    """
    loss = tf.reduce_mean(residual * other) / scale**2
    size = tf.abs(residual) / scale
    return LossOutput(loss, {"residual_mean": tf.reduce_mean(size), "residual_max": tf.reduce_max(size)})
