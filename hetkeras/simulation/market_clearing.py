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
      width: relative half-width of the first bracket; it is widened threefold up to WIDENINGS times
        where it holds no root.
    """

    def bracket(factor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        low, high = guess * tf.exp(-factor), guess * tf.exp(factor)
        return low, high, excess_demand(low), excess_demand(high)

    def holds_one(above: tf.Tensor, below: tf.Tensor) -> tf.Tensor:
        return (above >= 0) & (below <= 0)

    def unfinished(tries: tf.Tensor, _: tf.Tensor, low: tf.Tensor, high: tf.Tensor, *ends: tf.Tensor) -> tf.Tensor:
        return (tries < WIDENINGS) & ~tf.reduce_all(holds_one(*ends))

    def widen(tries: tf.Tensor, factor: tf.Tensor, *ends: tf.Tensor) -> tuple[tf.Tensor, ...]:
        factor = tf.where(holds_one(*ends[2:]), factor, 3 * factor)
        return tries + 1, factor, *bracket(factor)

    first = tf.fill(tf.shape(guess), tf.constant(width, guess.dtype))
    tries, _, low, high, above, below = tf.while_loop(unfinished, widen, (tf.constant(0), first, *bracket(first)))
    found = holds_one(above, below)
    root = tfp.math.find_root_chandrupatla(
        excess_demand, low, high, position_tolerance=PRECISION * guess, value_tolerance=0.0, max_iterations=60
    )
    return Clearing(tf.where(found, root.estimated_root, guess), found, root.num_iterations + 2 * tries + 4)
