"""Levenberg-Marquardt: damped Gauss-Newton steps on equations that stay the same, none of which is taken that fails.

With G the Jacobian of M equations r in P weights, M > P, and D the diagonal of G' G, a step is

    s = -(G' G + lambda D)^-1 G' r

(Marquardt 1963). It is taken if it lowers the sum of squares; else lambda rises until one does. Where equations are
drawn anew for each step and are fewer than weights, see `gauss_newton`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from hetkeras.training.flat_weights import FlatWeights

FIRST, LEAST = 1e-2, 1e-9  # lambda
RISE, FALL = 4.0, 3.0  # factors of lambda after a step that fails, and after one that is taken
TRIES = 12  # of one step
ROUNDING = 1e-13  # of the mean diagonal of G' G, for weights on which nothing depends


class LevenbergMarquardt(tf.Module):
    """Lowers a sum of squares. What it remembers is a part of every checkpoint.

    Args:
      weights: variables to train, float64, P numbers in all.
    """

    def __init__(self, weights: Sequence[tf.Variable]) -> None:
        super().__init__()
        self.weights = FlatWeights(weights)
        self.damping = tf.Variable(FIRST, dtype=tf.float64, trainable=False)

    def restart(self) -> None:
        """Takes back damping that has risen where all tries failed: other equations may be solved again."""
        self.damping.assign(tf.minimum(self.damping, FIRST))

    def improve(self, jacobian: tf.Tensor, residual: tf.Tensor, squares: Callable[[], tf.Tensor]) -> tf.Tensor:
        """Takes a step, or none if all tries fail; graph-safe. XLA is slow at it: leave it out of what it compiles.

        Args:
          jacobian: G, [M, P], finite.
          residual: r, [M], finite.
          squares: their sum at the weights as they are.

        Returns:
          The sum of squares where it ended.
        """
        gram = tf.linalg.matmul(jacobian, jacobian, transpose_a=True)
        slope = tf.linalg.matvec(jacobian, residual, transpose_a=True)
        scale = tf.linalg.diag_part(gram)
        scale += ROUNDING * tf.reduce_mean(scale)
        here, before = self.weights.read(), tf.reduce_sum(tf.square(residual))

        def unfinished(tries: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
            return (tries < TRIES) & ~(found < before)

        def body(tries: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            factor = tf.linalg.cholesky(gram + self.damping * tf.linalg.diag(scale))
            step = -tf.linalg.cholesky_solve(factor, slope[:, None])[:, 0]
            self.weights.assign(here + step)
            found = squares()
            better = found < before
            self.weights.assign(tf.where(better, here + step, here))
            moved = tf.where(better, tf.maximum(self.damping / FALL, LEAST), RISE * self.damping)
            self.damping.assign(moved)
            return tries + 1, found

        _, found = tf.while_loop(unfinished, body, (tf.constant(0), tf.constant(float("inf"), tf.float64)))
        return tf.where(found < before, found, before)
