"""Policy iteration with a limited number of evaluations (Howard), inside a graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf


class PolicyIteration(NamedTuple):
    """values and policy: where it ended; residual: the largest, relative to the range of values; improvements taken."""

    values: tf.Tensor
    policy: Any
    residual: tf.Tensor
    improvements: tf.Tensor


def policy_iteration(
    values: tf.Tensor,
    improve: Callable[[tf.Tensor], tuple[Any, tf.Tensor]],
    evaluate: Callable[[tf.Tensor, Any], tf.Tensor],
    discount_factor: float,
    sweeps: tf.Tensor,
    evaluations: tf.Tensor,
    tolerance: tf.Tensor,
) -> PolicyIteration:
    """Improves the policy and evaluates it a number of times, until the Bellman residual is below the tolerance.

    Before each round of evaluations the values move by the constant that the mean residual stands for, which removes
    the slowest mode.

    Args:
      values: to start from, of any shape.
      improve: values -> the best policy, any structure of tensors, and what the Bellman operator makes of the values.
      evaluate: values, policy -> values, one period of the policy.
      discount_factor: beta.
      sweeps: the most improvements; 0 only measures the residual.
      evaluations: for each improvement.
      tolerance: of the largest residual relative to the range of values.

    Returns:
      What was found; the residual is NaN where any value is not finite.
    """

    def residual(values: tf.Tensor) -> tuple[Any, tf.Tensor]:
        policy, image = improve(values)
        return policy, image - values

    def relative(gap: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
        largest = tf.reduce_max(tf.abs(gap)) / tf.maximum(tf.reduce_max(values) - tf.reduce_min(values), 1e-12)
        finite = tf.reduce_all(tf.math.is_finite(gap))
        return tf.where(finite, largest, tf.constant(math.nan, gap.dtype))  # the maxima of XLA pass over NaN

    def body(count: tf.Tensor, values: tf.Tensor, policy: Any, gap: tf.Tensor) -> tuple[Any, ...]:
        values += gap + tf.reduce_mean(gap) * discount_factor / (1 - discount_factor)

        def once_more(step: tf.Tensor, values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return step + 1, evaluate(values, policy)

        _, values = tf.while_loop(lambda step, _: step < evaluations, once_more, (0, values))
        return count + 1, values, *residual(values)

    def unfinished(count: tf.Tensor, values: tf.Tensor, _: Any, gap: tf.Tensor) -> tf.Tensor:
        return (count < sweeps) & ~(relative(gap, values) <= tolerance)

    count, values, policy, gap = tf.while_loop(unfinished, body, (0, values, *residual(values)))
    return PolicyIteration(values, policy, relative(gap, values), count)
