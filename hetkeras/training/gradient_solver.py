"""Methods that train by gradient steps: one compiled loop that stops before a NaN reaches the weights."""

from __future__ import annotations

import abc
from typing import Any

import keras
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.training.compiled_steps import run_steps
from hetkeras.training.divisible_solver import DividedUpdate, DivisibleSolver
from hetkeras.training.loss_output import LossOutput
from hetkeras.training.slopes import Slopes, loss_slopes


class GradientSolver(DivisibleSolver):
    """A loss, Adam, and training states that move on after each update.

    A subclass gives `loss`, what to do with the state after an update, and `solution`.

    Args:
      weights: Keras variables to train.
      num_steps: planned number of steps.
      learning_rate: of Adam at its peak; from there it falls to zero along a cosine.
      warmup_steps: steps over which it rises from zero, so that no early leap leaves the starting basin.
      seed: see `Solver`.
    """

    undivided = "its samples belong together"

    def __init__(
        self, weights: list[keras.Variable], num_steps: int, learning_rate: float, warmup_steps: int, seed: int
    ) -> None:
        super().__init__(num_steps, seed)
        self.weights = weights
        decay = keras.optimizers.schedules.CosineDecay(
            0.0, num_steps - warmup_steps, warmup_target=learning_rate, warmup_steps=warmup_steps
        )
        self.optimizer = keras.optimizers.Adam(decay)
        self.optimizer.build(weights)

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

    @property
    @abc.abstractmethod
    def constants(self) -> list[keras.Variable]:
        """Returns untrained network variables (moments of normalization), which a checkpoint keeps too."""

    @abc.abstractmethod
    def training_state(self) -> tf.Variable:
        """Returns the variable that holds the training states, which a checkpoint keeps too."""

    def tracked(self) -> dict[str, Any]:
        return {
            "panel": self.training_state(),
            "optimizer": self.optimizer,
            "weights": [variable.value for variable in self.weights],
            "constants": [variable.value for variable in self.constants],
        }

    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Takes up to num_steps updates in one compiled loop.

        A step whose loss or gradient is not finite is not applied: the loop ends there with the state that
        broke still in place.

        Returns:
          Whether all steps were finite, and name -> mean over the steps (of the broken step if there was one).
        """
        return self._gradient_steps(num_steps)

    @compiled
    def _gradient_steps(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return run_steps(self._update, num_steps, self.told)

    @property
    def told(self) -> tuple[str, ...]:
        return ("loss", *self.metric_names)

    def _update(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        slopes = loss_slopes(self.weights, self.loss)
        return self._applied(slopes), slopes.metrics

    def _applied(self, slopes: Slopes) -> tf.Tensor:
        """Takes the step if it is finite; returns whether it is."""
        finite = slopes.finite

        def apply() -> tf.Tensor:
            self.optimizer.apply(slopes.gradients)
            self.advance(slopes.rows)
            self.step.assign_add(1)
            return finite

        return tf.cond(finite, apply, lambda: finite)

    def divided_update(self, plan: int) -> DividedUpdate:
        total = yield self._divided_slopes()
        return self._divided_applied(total), total.metrics

    @compiled
    def _divided_slopes(self) -> Slopes:
        return loss_slopes(self.weights, self.loss).part_of(self.share)

    @compiled
    def _divided_applied(self, total: Slopes) -> tf.Tensor:
        return self._applied(total)
