"""Gauss-Newton with momentum in sample space: as many unknowns as equations, of which there are few, not as weights.

With G the Jacobian of M equations r in P weights and s' the step before, the next step s minimizes
|G s + r|^2 + lambda |s - mu s'|^2, which is

    s = mu s' - G' (G G' + lambda I)^-1 (r + mu G s')

(Chen and Heyl 2024; with momentum Goldshlager, Abrahamsen and Lin 2024), lambda in units of the mean diagonal of G G'.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from hetkeras.training.flat_weights import FlatWeights

FULL = 0.2  # share of the steps, the first ones, that go as far as the rate says


@dataclasses.dataclass(frozen=True)
class GaussNewtonRule:
    """How far steps go, and which weights are kept in the end."""

    num_steps: int  # that are planned
    rate: float  # share of a step that is taken at first; later it falls to zero along a cosine
    damping: float  # lambda, at the start
    last_damping: float  # and at the end; it moves by the same factor from step to step
    momentum: float  # mu
    longest_step: float  # in the norm of all weights, before the share of it is taken
    averaged: float  # share of the steps, the last ones, over which weights and levels are averaged


class NormalEquations(NamedTuple):
    """gram: G G', [M, M]; target: r + mu G s', [M]."""

    gram: tf.Tensor
    target: tf.Tensor


class GaussNewton(tf.Module):
    """Moves weights by steps in sample space. What it remembers is a part of every checkpoint.

    Args:
      weights: variables to train, P numbers in all.
      rule: see `GaussNewtonRule`.
    """

    def __init__(self, weights: Sequence[tf.Variable], rule: GaussNewtonRule) -> None:
        super().__init__()
        self.rule, self._weights = rule, list(weights)  # a checkpoint knows them by this name
        self._all = FlatWeights(self._weights)
        self.last_step, self.mean = (tf.Variable(tf.zeros(self._all.count), trainable=False) for _ in range(2))
        self.mean_level = tf.Variable(0.0, trainable=False)

    def normal_equations(self, jacobian: tf.Tensor, residual: tf.Tensor) -> NormalEquations:
        """From G [M, P] and r [M]."""
        gram = tf.linalg.matmul(jacobian, jacobian, transpose_b=True)
        return NormalEquations(gram, residual + self.rule.momentum * tf.linalg.matvec(jacobian, self.last_step))

    def multipliers(self, equations: NormalEquations, step: tf.Tensor) -> tf.Tensor:
        """(G G' + lambda I)^-1 (r + mu G s') in double precision, [M]; NaN if the equations are not finite.

        XLA takes ten times as long for the same Cholesky factor on a CPU: leave this out of what it compiles.
        """
        gram, target = (tf.cast(part, tf.float64) for part in equations)
        size, mean = gram.shape[0], tf.reduce_mean(tf.linalg.diag_part(gram))
        finite = tf.reduce_all(tf.math.is_finite(gram)) & tf.reduce_all(tf.math.is_finite(target)) & (mean > 0)
        damped = gram + self._damping(step) * mean * tf.eye(size, dtype=tf.float64)
        factor = tf.linalg.cholesky(tf.where(finite, damped, tf.eye(size, dtype=tf.float64)))
        found = tf.linalg.cholesky_solve(factor, target[:, None])[:, 0]
        return tf.cast(tf.where(finite, found, math.nan), tf.float32)

    def proposal(self, jacobian: tf.Tensor, multipliers: tf.Tensor) -> tf.Tensor:
        """s, [P]."""
        return self.rule.momentum * self.last_step - tf.linalg.matvec(jacobian, multipliers, transpose_a=True)

    def apply(self, proposal: tf.Tensor, level: tf.Tensor, step: tf.Tensor) -> None:
        """Takes its share of a finite step, and counts weights and level in if they are among the last ones."""
        self.last_step.assign(proposal)
        share = self._rate(step) * tf.minimum(1.0, self.rule.longest_step / tf.maximum(tf.norm(proposal), 1e-30))
        flat = self.flat() + share * proposal
        self.assign(flat)
        number = tf.cast(step - self.first_averaged + 1, flat.dtype)
        for mean, part in ((self.mean, flat), (self.mean_level, level)):
            mean.assign(tf.where(number > 0, mean + (part - mean) / tf.maximum(number, 1.0), mean))

    @property
    def first_averaged(self) -> int:
        """Number of the first step whose weights count in the average."""
        return self.rule.num_steps - math.ceil(self.rule.averaged * self.rule.num_steps)

    def flat(self) -> tf.Tensor:
        """All weights, [P]."""
        return self._all.read()

    def assign(self, flat: tf.Tensor) -> None:
        """Gives the weights new values [P]."""
        self._all.assign(flat)

    def _rate(self, step: tf.Tensor) -> tf.Tensor:
        falling = (tf.cast(step, tf.float32) / self.rule.num_steps - FULL) / (1 - FULL)
        return self.rule.rate * 0.5 * (1 + tf.cos(math.pi * tf.maximum(falling, 0.0)))

    def _damping(self, step: tf.Tensor) -> tf.Tensor:
        first, last = math.log(self.rule.damping), math.log(self.rule.last_damping)
        return tf.exp(first + (last - first) * tf.cast(step, tf.float64) / self.rule.num_steps)


def sample_jacobian(function: Callable[[Any], Any], weights: Sequence[tf.Variable], rows: Any) -> tuple[Any, tf.Tensor]:
    """What a function finds at each sample, and the Jacobian of its residuals: one backward pass for all samples.

    Args:
      function: of rows, to a named tuple of tensors [B, ...] of which `residual` is [B].
      weights: variables with P numbers in all.
      rows: nest of tensors [B, ...], a sample each.

    Returns:
      The function's tuple and [B, P].
    """

    def of_one(row: Any) -> tuple[Any, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            found = function(tf.nest.map_structure(lambda part: part[None], row))
        slopes = tape.gradient(found.residual, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        flat = tf.concat([tf.reshape(tf.convert_to_tensor(slope), (-1,)) for slope in slopes], 0)
        return tf.nest.map_structure(lambda part: part[0], found), flat

    found, jacobian = tf.vectorized_map(of_one, rows)
    return found, jacobian
