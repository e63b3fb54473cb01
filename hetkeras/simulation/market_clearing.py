"""The price at which excess demand is zero: widen a bracket, then Chandrupatla's mix of interpolation and bisection."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf
import tensorflow_probability as tfp

WIDENINGS = 6
PRECISION = 1e-9  # of the price, relative


class Clearing(NamedTuple):
    """price [B]; found [B] whether the bracket held a root; evaluations: of excess demand, [B]."""

    price: tf.Tensor
    found: tf.Tensor
    evaluations: tf.Tensor


def clear(excess_demand: Callable[[tf.Tensor], tf.Tensor], guess: tf.Tensor, width: float = 0.005) -> Clearing:
    """Finds the root of a falling function near a guess.

    Args:
      excess_demand: price [B] -> [B].
      guess: [B], for example the price that firms expect.
      width: relative half-width of the first bracket; it is widened threefold up to WIDENINGS times.
    """

    def bracket(factor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        low, high = guess * tf.exp(-factor), guess * tf.exp(factor)
        return low, high, excess_demand(low), excess_demand(high)

    def holds_none(tries: tf.Tensor, factor: tf.Tensor, low: tf.Tensor, high: tf.Tensor, *ends: tf.Tensor) -> tf.Tensor:
        return (tries < WIDENINGS) & ~tf.reduce_all((ends[0] >= 0) & (ends[1] <= 0))

    def widen(tries: tf.Tensor, factor: tf.Tensor, *_: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return tries + 1, 3 * factor, *bracket(3 * factor)

    first = tf.constant(width, guess.dtype)
    start = (tf.constant(0), first, *bracket(first))
    tries, _, low, high, above, below = tf.while_loop(holds_none, widen, start)
    found = (above >= 0) & (below <= 0)
    root = tfp.math.find_root_chandrupatla(
        excess_demand, low, high, position_tolerance=PRECISION, value_tolerance=0.0, max_iterations=60
    )
    return Clearing(tf.where(found, root.estimated_root, guess), found, root.num_iterations + 2 * tries + 4)
