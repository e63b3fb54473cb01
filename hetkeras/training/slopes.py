"""The gradient of a loss and what comes with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from hetkeras.training.loss_output import LossOutput
from hetkeras.training.share import Share


class Slopes(NamedTuple):
    """gradients: by weights; metrics: name -> number, `loss` among them; rows: nest of [B, ...] for what follows."""

    gradients: list[tf.Tensor]
    metrics: dict[str, tf.Tensor]
    rows: Any

    @property
    def finite(self) -> tf.Tensor:
        """Whether loss and gradients are."""
        return tf.math.is_finite(self.metrics["loss"]) & tf.math.is_finite(tf.linalg.global_norm(self.gradients))

    def part_of(self, share: Share) -> Slopes:
        """What a share of a batch adds to the means and the rows of the whole."""
        gradients, metrics = tf.nest.map_structure(lambda part: part / share.parts, (self.gradients, self.metrics))
        return Slopes(gradients, metrics, tf.nest.map_structure(share.spread, self.rows))


def loss_slopes(weights: Sequence[keras.Variable], loss: Callable[[], tuple[LossOutput, Any]]) -> Slopes:
    """Those of a loss, which returns rows for what follows beside it."""
    values = [weight.value for weight in weights]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        output, rows = loss()
    return Slopes(tape.gradient(output.loss, values), {"loss": output.loss, **output.metrics}, rows)
