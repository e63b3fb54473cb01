"""The price at which excess demand is zero, and what firms choose there: the better of two prices a hair apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from hetkeras.methods.krusell_smith.price_enclosure import enclose, rows

PRECISION = 1e-9  # of the price, relative
REACH = math.log(40.0)  # distance of the price from the guess, in logs, beyond which rules are no rules


class Clearing(NamedTuple):
    """price [B]; excess: demand there, [B]; choice: what goes with it; found [B]: whether it clears the market.

    slope: of excess demand in logs near the root, its size [B]; evaluations: of excess demand, [B].
    """

    price: tf.Tensor
    excess: tf.Tensor
    choice: Any
    found: tf.Tensor
    slope: tf.Tensor
    evaluations: tf.Tensor


def clear(
    evaluate: Callable[[tf.Tensor], tuple[tf.Tensor, Any]],
    guess: tf.Tensor,
    slope: tf.Tensor,
    template: Any,
    reach: float = REACH,
) -> Clearing:
    """Finds the root of a falling function near a guess.

    Args:
      evaluate: price [B] -> excess demand [B] and what goes with it, any structure of tensors [B, ...].
      guess: [B], for example the price that firms expect.
      slope: size of the derivative of excess demand in the log of the price, roughly, [B]; says how far to step.
      template: tensors of the shapes and types of what goes with excess demand.
      reach: distance from the guess, in logs, up to which a root counts.

    Where no root is found, the price is the guess and what goes with it means nothing.
    """
    ends = enclose(evaluate, guess, slope, template, PRECISION / 2)
    lower = tf.abs(ends.above) <= tf.abs(ends.below)

    def better(low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        return rows(lower, low, high)

    price, excess = better(ends.low, ends.high), better(ends.above, ends.below)
    found = ends.found & (tf.abs(tf.math.log(price / guess)) <= reach)
    choice = tf.nest.map_structure(better, ends.at_low, ends.at_high)
    evaluations = tf.fill(tf.shape(guess), ends.evaluations)
    return Clearing(tf.where(found, price, guess), excess, choice, found, ends.slope, evaluations)
