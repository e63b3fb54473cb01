"""Many steps in one compiled loop that stops before a NaN reaches the state."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

Update = Callable[[], tuple[tf.Tensor, dict[str, tf.Tensor]]]
"""Takes one step unless it is not finite; returns whether it was, and name -> number."""


def run_steps(update: Update, num_steps: tf.Tensor, names: tuple[str, ...]) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Calls an update up to num_steps times, inside a tf.function.

    Returns:
      Whether all steps were finite, and name -> mean over the steps (of the broken step if there was one).
    """

    def proceed(done: tf.Tensor, finite: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
        return finite & (done < num_steps)

    def body(done: tf.Tensor, _: tf.Tensor, totals: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        finite, metrics = update()
        row = tf.stack([tf.cast(metrics[name], tf.float32) for name in names])
        return done + 1, finite, tf.where(finite, totals + row, row)

    start = (tf.constant(0), tf.constant(True), tf.zeros(len(names)))
    done, finite, totals = tf.while_loop(proceed, body, start)
    count = tf.where(finite, tf.cast(tf.maximum(done, 1), tf.float32), 1.0)
    return finite, dict(zip(names, tf.unstack(totals / count), strict=True))
