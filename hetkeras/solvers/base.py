"""What all solvers share: one compiled loop of optimiser steps that stops before a NaN reaches the weights."""

from __future__ import annotations

import abc
from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.losses.base import LossOutput
from hetkeras.solution import Solution

MAX_SEED = 2_000_000


class Solver(tf.Module, abc.ABC):
    """One method. A subclass gives `loss`, what to do with the state after an update, and `solution`.

    Everything that changes in training is a tf.Variable of this module, so that a checkpoint resumes to the bit.

    Args:
      weights: Keras variables to train.
      num_steps: planned number of steps.
      learning_rate: of Adam at its peak; from there it falls to zero along a cosine.
      warmup_steps: steps over which it rises from zero, so that no early leap leaves the starting basin.
      seed: of every random draw, at most MAX_SEED; draws depend on (seed, step) alone.

    Raises:
      CalibrationError: if the seed is out of range.
    """

    def __init__(
        self, weights: list[keras.Variable], num_steps: int, learning_rate: float, warmup_steps: int, seed: int
    ) -> None:
        super().__init__()
        if not 0 <= seed <= MAX_SEED:
            raise CalibrationError(f"seed is {seed}; expected from 0 to {MAX_SEED}")
        self.weights, self.num_steps, self.seed = weights, num_steps, seed
        decay = keras.optimizers.schedules.CosineDecay(
            0.0, num_steps - warmup_steps, warmup_target=learning_rate, warmup_steps=warmup_steps
        )
        self.optimizer = keras.optimizers.Adam(decay)
        self.optimizer.build(weights)
        self.step = tf.Variable(0, dtype=tf.int32, trainable=False, name="step")

    @property
    @abc.abstractmethod
    def metric_names(self) -> tuple[str, ...]:
        """Names of the loss's metrics, known before the loss is traced."""

    @abc.abstractmethod
    def loss(self) -> tuple[LossOutput, Any]:
        """Returns the loss at the current state and step, and whatever `advance` needs. Graph-safe."""

    @abc.abstractmethod
    def advance(self, carried: Any) -> None:
        """Moves the training states on after a successful update. Graph-safe."""

    @abc.abstractmethod
    def solution(self) -> Solution:
        """Returns what was found."""

    @abc.abstractmethod
    def broken_state(self) -> str:
        """Describes the training state at which the loss is not finite, for the error message."""

    @abc.abstractmethod
    def settings(self) -> dict[str, Any]:
        """Returns every setting that a resumed run must share, ready for JSON."""

    @property
    @abc.abstractmethod
    def constants(self) -> list[keras.Variable]:
        """Returns untrained network variables (moments of standardisation), which a checkpoint keeps too."""

    @abc.abstractmethod
    def training_state(self) -> tf.Variable:
        """Returns the variable that holds the training states, which a checkpoint keeps too."""

    def step_seed(self, stream: int) -> tf.Tensor:
        """Returns the [2] seed of a stream of draws at the current step."""
        return tf.stack([tf.constant(self.seed * 1009 + stream, tf.int32), self.step])

    @tf.function(jit_compile=True)
    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Takes up to num_steps updates in one compiled loop.

        A step whose loss or gradient is not finite is not applied: the loop ends there with the state that
        broke still in place.

        Returns:
          Whether all steps were finite, and name -> mean over the steps (of the broken step if there was one).
        """
        names = ("loss", *self.metric_names)

        def proceed(done: tf.Tensor, finite: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
            return finite & (done < num_steps)

        def body(done: tf.Tensor, _: tf.Tensor, totals: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            finite, metrics = self._update()
            row = tf.stack([tf.cast(metrics[name], tf.float32) for name in names])
            return done + 1, finite, tf.where(finite, totals + row, row)

        start = (tf.constant(0), tf.constant(True), tf.zeros(len(names)))
        done, finite, totals = tf.while_loop(proceed, body, start)
        count = tf.where(finite, tf.cast(tf.maximum(done, 1), tf.float32), 1.0)
        return finite, dict(zip(names, tf.unstack(totals / count), strict=True))

    def _update(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        values = [weight.value for weight in self.weights]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            output, carried = self.loss()
        gradients = tape.gradient(output.loss, values)
        finite = tf.math.is_finite(output.loss) & tf.math.is_finite(tf.linalg.global_norm(gradients))

        def apply() -> tf.Tensor:
            self.optimizer.apply(gradients)
            self.advance(carried)
            self.step.assign_add(1)
            return finite

        return tf.cond(finite, apply, lambda: finite), {"loss": output.loss, **output.metrics}
