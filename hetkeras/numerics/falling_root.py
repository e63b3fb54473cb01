"""Roots of falling functions inside brackets, many at once and inside graphs: false position, kept from stalling."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

MOST = 150  # steps; every third halves the bracket, so that it is as narrow as rounding allows by then
ROUNDING = 4.0  # units in the last place


def falling_root(function: Callable[[tf.Tensor], tf.Tensor], low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    """Returns x [...] with function(x) = 0, or the nearer end where the function does not change its sign.

    A straight line is solved in one step. A NaN of the function is a NaN of the root.

    Args:
      function: x [...] -> [...], elementwise and falling.
      low, high: ends of the brackets, [...] of the same shape and type.
    """
    below, above = function(low), function(high)
    precision = ROUNDING * low.dtype.as_numpy_dtype(2.0) ** (-23 if low.dtype == tf.float32 else -52)
    done = (below <= 0) | (above >= 0) | tf.math.is_nan(below + above)
    outside = tf.where(tf.math.is_nan(below + above), below + above, tf.where(below <= 0, low, high))
    start = tf.constant(0), done, outside, low, high, below, above, done, tf.zeros_like(done)

    def unfinished(count: tf.Tensor, done: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return (count < MOST) & ~tf.reduce_all(done)

    def body(
        count: tf.Tensor,
        done: tf.Tensor,
        root: tf.Tensor,
        low: tf.Tensor,
        high: tf.Tensor,
        below: tf.Tensor,
        above: tf.Tensor,
        raised: tf.Tensor,  # whether the last step raised the lower end
        moved: tf.Tensor,  # whether there was a last step
    ) -> tuple[tf.Tensor, ...]:
        middle = low + (high - low) / 2
        line = low + (high - low) * (below / (below - above))
        inside = (line > low) & (line < high) & (count % 3 < 2)
        point = tf.where(inside, line, middle)
        found = function(point)
        rises, settled = found > 0, tf.abs(found) <= precision
        narrow = high - low <= precision * tf.maximum(tf.abs(point), 1.0)
        root = tf.where(done, root, tf.where(tf.math.is_nan(found), found, point))
        # an end that stays twice counts for half (Illinois), lest the other one approach the root for ever
        weight = tf.where(moved & (raised == rises), tf.cast(0.5, low.dtype), 1.0)
        sides = (
            tf.where(rises, point, low),
            tf.where(rises, high, point),
            tf.where(rises, found, weight * below),
            tf.where(rises, weight * above, found),
        )
        done |= settled | narrow | tf.math.is_nan(found)
        return count + 1, done, root, *sides, rises, tf.ones_like(moved)

    return tf.while_loop(unfinished, body, start, maximum_iterations=MOST)[2]
