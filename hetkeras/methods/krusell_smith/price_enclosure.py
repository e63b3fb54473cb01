"""Two prices a hair apart between which excess demand changes its sign, also where it jumps.

The root is enclosed by steps from a guess and then by the ITP method (Oliveira and Takahashi 2020), which never takes
more than one evaluation beyond bisection. Every evaluation is the same code, so that it is compiled once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

MOST = 60  # evaluations
ROUNDING = 1e-6  # by which steps aim to end closer than asked, lest rounding cost an evaluation
GREATEST_STEP = 0.5  # in logs, on the way to the first bracket


class Pull(NamedTuple):
    """How far tries are pulled from where a line leads to the middle of the bracket.

    share: of the bracket's width, as a share of its first width; least: in units of what ends the search.
    """

    share: float = 0.2
    least: float = 0.0


class Enclosure(NamedTuple):
    """low, high: prices [B]; above, below: excess demand there; at_low, at_high: what firms choose there.

    found: whether the two enclose a root and are a hair apart, [B]; slope: of excess demand in logs over the first
    bracket, its size [B]; evaluations: of excess demand.
    """

    low: tf.Tensor
    high: tf.Tensor
    above: tf.Tensor
    below: tf.Tensor
    at_low: Any
    at_high: Any
    found: tf.Tensor
    slope: tf.Tensor
    evaluations: tf.Tensor


class _Search(NamedTuple):
    price: tf.Tensor  # to be tried next
    step: tf.Tensor  # in logs, until the root is enclosed
    span: tf.Tensor  # high less low when it was first enclosed; 0 before
    rounds: tf.Tensor  # evaluations since
    low: tf.Tensor
    high: tf.Tensor
    above: tf.Tensor  # NaN until there is one
    below: tf.Tensor
    at_low: Any
    at_high: Any
    slope: tf.Tensor


def enclose(
    evaluate: Callable[[tf.Tensor], tuple[tf.Tensor, Any]],
    guess: tf.Tensor,
    slope: tf.Tensor,
    template: Any,
    precision: float = 1e-5,
    pull: Pull = Pull(),
) -> Enclosure:
    """Encloses the root of a falling function near a guess.

    Args:
      evaluate: price [B] -> excess demand [B] and what goes with it, any structure of tensors [B, ...].
      guess: [B].
      slope: size of the derivative of excess demand in the log of the price, roughly, [B]; says how far to step.
      template: tensors of the shapes and types of what goes with excess demand.
      precision: half the distance of the two prices, relative to the guess.
      pull: less where demand is nearly a line, with a least one that puts the root between the last two tries.
    """
    nan, zero = tf.fill(tf.shape(guess), tf.constant(float("nan"), guess.dtype)), tf.zeros_like(guess)
    first = _Search(guess, zero, zero, zero, guess, guess, nan, nan, template, template, slope)
    hair = (1 - ROUNDING) * precision * guess

    def narrow(search: _Search) -> tf.Tensor:
        return _enclosed(search) & (search.high - search.low <= 2 * precision * guess)

    def unfinished(count: tf.Tensor, search: _Search) -> tf.Tensor:
        return (count < MOST) & ~tf.reduce_all(narrow(search))

    def body(count: tf.Tensor, search: _Search) -> tuple[tf.Tensor, _Search]:
        excess, choice = evaluate(search.price)
        return count + 1, _next(_narrowed(search, excess, choice), excess, hair, pull)

    count, last = tf.while_loop(unfinished, body, (tf.constant(0), first))
    ends = last.low, last.high, last.above, last.below, last.at_low, last.at_high
    return Enclosure(*ends, narrow(last), last.slope, count)


def _enclosed(search: _Search) -> tf.Tensor:
    return tf.math.is_finite(search.above) & tf.math.is_finite(search.below)


def _narrowed(search: _Search, excess: tf.Tensor, choice: Any) -> _Search:
    """Puts the price that was tried at the side where it belongs."""
    lower = excess >= 0
    return search._replace(
        low=rows(lower, search.price, search.low),
        high=rows(~lower, search.price, search.high),
        above=rows(lower, excess, search.above),
        below=rows(~lower, excess, search.below),
        at_low=tf.nest.map_structure(lambda new, old: rows(lower, new, old), choice, search.at_low),
        at_high=tf.nest.map_structure(lambda new, old: rows(~lower, new, old), choice, search.at_high),
    )


def rows(where: tf.Tensor, one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Rows of one tensor [B, ...] where a condition [B] holds, else of the other."""
    return tf.where(tf.reshape(where, (-1, *[1] * (len(one.shape) - 1))), one, other)


def _next(search: _Search, excess: tf.Tensor, hair: tf.Tensor, pull: Pull) -> _Search:
    """Chooses the price to try next."""
    enclosed, width = _enclosed(search), search.high - search.low
    newly = enclosed & (search.span == 0)
    span = tf.where(newly, width, search.span)
    slope = tf.where(newly, (search.above - search.below) * search.low / tf.maximum(width, hair), search.slope)
    reach = 1.5 * tf.abs(excess) / search.slope
    step = tf.where(search.step == 0, tf.maximum(reach, 4 * hair / search.low), 3 * search.step)
    step = tf.clip_by_value(tf.where(tf.math.is_finite(step), step, GREATEST_STEP), 0.0, GREATEST_STEP)
    outside = search.price * tf.exp(tf.where(excess >= 0, step, -step))
    rounds = tf.where(enclosed & ~newly, search.rounds + 1, 0.0)
    price = tf.where(enclosed, _between(search, span, rounds, hair, pull), outside)
    return search._replace(price=price, step=step, span=span, rounds=rounds, slope=slope)


def _between(search: _Search, span: tf.Tensor, rounds: tf.Tensor, hair: tf.Tensor, pull: Pull) -> tf.Tensor:
    """Interpolates, truncates towards the middle, and projects on what bisection would have reached by now."""
    low, high, above, below = search.low, search.high, search.above, search.below
    middle, width = (low + high) / 2, high - low
    drop = tf.where(above > below, above - below, 1.0)
    secant = tf.where(above > below, (above * high - below * low) / drop, middle)
    side = tf.sign(middle - secant)
    truncation = tf.maximum(pull.share * width**2 / tf.where(span > 0, span, 1.0), pull.least * hair)
    nearer = tf.where(truncation <= tf.abs(middle - secant), secant + side * truncation, middle)
    most = tf.math.ceil(tf.math.log(tf.maximum(span / (2 * hair), 1.0)) / tf.math.log(tf.constant(2.0, low.dtype))) + 1
    radius = tf.maximum(hair * 2.0 ** (most - rounds) - width / 2, 0.0)
    return _off_the_ends(tf.where(tf.abs(nearer - middle) <= radius, nearer, middle - side * radius), low, high, hair)


def _off_the_ends(price: tf.Tensor, low: tf.Tensor, high: tf.Tensor, hair: tf.Tensor) -> tf.Tensor:
    """Steps a hair inside where an end is the root to rounding: there it would be tried again and again."""
    price = tf.where(price - low < ROUNDING * hair, low + hair, price)
    return tf.where(high - price < ROUNDING * hair, high - hair, price)
