"""How long the rounds of a neural solve are, and how its learning rates fall within each."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
import tensorflow as tf


class RoundPlan(NamedTuple):
    """steps: samples in a round; rate: peak of the learning rate; reuse: steps of the value on targets of a sample."""

    steps: float
    rate: float
    reuse: float


class PlanVariables(NamedTuple):
    """A plan that compiled steps read."""

    steps: tf.Variable
    rate: tf.Variable
    reuse: tf.Variable


class RoundDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A cosine from the peak to zero in the steps of each round; the first has a warm-up."""

    def __init__(self, step: tf.Variable, start: tf.Variable, plan: PlanVariables, warmup_steps: int) -> None:
        super().__init__()
        self._step, self._start, self._plan, self._warmup = step, start, plan, warmup_steps

    def __call__(self, _: tf.Tensor) -> tf.Tensor:
        done = tf.cast(self._step.value() - self._start.value(), tf.float32)
        warm = tf.minimum(1.0, (done + 1) / max(self._warmup, 1))
        peak = self._plan.rate * tf.where(self._start.value() == 0, warm, 1.0)
        return peak * 0.5 * (1 + tf.cos(math.pi * tf.clip_by_value(done / self._plan.steps, 0.0, 1.0)))

    def get_config(self) -> dict[str, Any]:
        return {"warmup_steps": self._warmup}
