"""Prices at which several markets clear at once: damped quasi-Newton steps in logs, in a box around a guess.

Each evaluation corrects the inverse Jacobian by Broyden's (1965) update, held away from singular as by Powell (1970).
After a probe of one price the update replaces that price's column, so that probes of all prices make a Jacobian of
differences. They are made where a step fails because it leaves as far to go as before: the natural monotonicity test
(Deuflhard 2004), which knows no units. Then steps are halved. Every evaluation is the same code, so that it is compiled
once. One market alone is cleared by `market_clearing`, where an enclosure proves that there is a root.
Axes: B economies, P prices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.methods.krusell_smith.market_clearing import PRECISION, REACH, clear
from hetkeras.methods.krusell_smith.price_enclosure import GREATEST_STEP, rows

EXCESS = 5e-7  # share of a market's size that may be left at prices that clear; choices in single precision leave some
PROBE = 1e-4  # in logs
SMALLEST_DAMPING = 1e-4  # of steps; where shorter ones would be needed, demand jumps
SINGULAR = 1e-4  # by which an update multiplies the determinant of the Jacobian at least
MOST, MOST_PROBES = 60, 5  # evaluations beside probes, and probes of each price


class MarketsClearing(NamedTuple):
    """prices [B, P]; excess: demand there, [B, P]; choice: what goes with it; found [B]: whether all markets clear.

    response: by how much log prices must move for a unit of excess demand, [B, P, P] from markets (last axis) to
    prices; evaluations: of excess demand, [B].
    """

    prices: tf.Tensor
    excess: tf.Tensor
    choice: Any
    found: tf.Tensor
    response: tf.Tensor
    evaluations: tf.Tensor


class _Search(NamedTuple):
    logs: tf.Tensor  # of the best prices over the guess, [B, P]
    excess: tf.Tensor  # there; NaN before the first evaluation
    choice: Any
    response: tf.Tensor
    trial: tf.Tensor  # logs to be tried next, [B, P]
    probe: tf.Tensor  # which price alone is moved there, [B]; P for a step of all
    damping: tf.Tensor  # share of the quasi-Newton step that the trial goes, [B]
    fresh: tf.Tensor  # whether all prices were probed at the best, [B]
    evaluations: tf.Tensor  # [B]
    done: tf.Tensor  # [B]


def clear_markets(
    evaluate: Callable[[tf.Tensor], tuple[tf.Tensor, Any]],
    guess: tf.Tensor,
    response: tf.Tensor,
    template: Any,
    reach: float = REACH,
) -> MarketsClearing:
    """Finds prices at which no market is left with excess demand, near a guess.

    Args:
      evaluate: prices [B, P] -> excess demand [B, P] as a share of each market's size, and what goes with it, any
        structure of tensors [B, ...].
      guess: [B, P], for example the prices that firms expect.
      response: first guess of the result's, for example the identity or that of the period before, [B, P, P].
      template: tensors of the shapes and types of what goes with excess demand.
      reach: distance from the guess, in logs, up to which prices are sought.

    Where none are found, prices and response are those given and what goes with them means nothing.

    Raises:
      ShapeError: if there are not as many markets as prices.
    """
    if guess.shape[-1] == 1:
        return _one_market(evaluate, guess, response, template, reach)
    last = _search(_checked(evaluate), guess, response, template, reach)
    found = last.done & (tf.reduce_max(tf.abs(last.excess), -1) <= EXCESS)
    prices = tf.where(found[:, None], guess * tf.exp(last.logs), guess)
    learned = rows(found, last.response, response)
    return MarketsClearing(prices, last.excess, last.choice, found, learned, last.evaluations)


def _checked(evaluate: Callable[[tf.Tensor], tuple[tf.Tensor, Any]]) -> Callable[[tf.Tensor], tuple[tf.Tensor, Any]]:
    def checked(prices: tf.Tensor) -> tuple[tf.Tensor, Any]:
        excess, choice = evaluate(prices)
        if excess.shape[-1] != prices.shape[-1]:
            raise ShapeError(
                f"there are {prices.shape[-1]} prices and excess demand in {excess.shape[-1]} markets; expected a "
                "market for each price: where Walras' law leaves one out, fix one price instead of seeking it"
            )
        return excess, choice

    return checked


def _one_market(
    evaluate: Callable[[tf.Tensor], tuple[tf.Tensor, Any]],
    guess: tf.Tensor,
    response: tf.Tensor,
    template: Any,
    reach: float,
) -> MarketsClearing:
    def alone(price: tf.Tensor) -> tuple[tf.Tensor, Any]:
        excess, choice = _checked(evaluate)(price[:, None])
        return excess[:, 0], choice

    found = clear(alone, guess[:, 0], 1 / tf.abs(response[:, 0, 0]), template, reach)
    return MarketsClearing(
        found.price[:, None],
        found.excess[:, None],
        found.choice,
        found.found,
        1 / found.slope[:, None, None],
        found.evaluations,
    )


def _search(
    evaluate: Callable[[tf.Tensor], tuple[tf.Tensor, Any]],
    guess: tf.Tensor,
    response: tf.Tensor,
    template: Any,
    reach: float,
) -> _Search:
    count, one = guess.shape[-1], tf.ones_like(guess[:, 0])
    start, unknown = tf.zeros_like(guess), tf.fill(tf.shape(guess), tf.constant(float("nan"), guess.dtype))
    whole, no = tf.fill(tf.shape(one), count), tf.zeros_like(one, tf.bool)
    most = MOST + MOST_PROBES * count
    first = _Search(start, unknown, template, response, start, whole, one, no, tf.zeros_like(whole), no)

    def body(search: _Search) -> tuple[_Search]:
        excess, choice = evaluate(guess * tf.exp(search.trial))
        following = _moved(search, excess, choice, reach)._replace(evaluations=search.evaluations + 1)
        return (tf.nest.map_structure(lambda new, old: rows(search.done, old, new), following, search),)

    def unfinished(search: _Search) -> tf.Tensor:
        return tf.reduce_any(~search.done & (search.evaluations < most))

    return tf.while_loop(unfinished, body, (first,), maximum_iterations=most)[0]


def _moved(search: _Search, excess: tf.Tensor, choice: Any, reach: float) -> _Search:
    """Takes the trial for the best so far if it is nearer, and chooses what to try next."""
    count = excess.shape[-1]
    first, probing = tf.reduce_any(tf.math.is_nan(search.excess), -1), search.probe < count
    known = tf.reduce_all(tf.math.is_finite(excess), -1)
    before, after = (_length(_step(search.response, each)) for each in (search.excess, excess))
    nearer = ~probing & (after <= (1 - search.damping / 4) * before)
    taken = known & (first | nearer)
    learned = _updated(search.response, search.trial - search.logs, excess - search.excess)
    search = search._replace(
        response=rows(known & ~first, learned, search.response),
        logs=rows(taken, search.trial, search.logs),
        excess=rows(taken, excess, search.excess),
        choice=tf.nest.map_structure(lambda new, old: rows(taken, new, old), choice, search.choice),
    )
    failed = ~taken & ~probing
    again = failed & known & ~search.fresh  # probe all prices before the step is cut
    probe = tf.where(probing, search.probe + 1, tf.where(again, 0, count))
    fresh = ~taken & (search.fresh | (probing & (probe == count)))
    cut = tf.where(failed & ~again, search.damping / 2, search.damping)
    damping = tf.where(taken, tf.minimum(2 * search.damping, 1.0), cut)
    return _next(search._replace(probe=probe, fresh=fresh, damping=damping), first & ~known, reach)


def _next(search: _Search, lost: tf.Tensor, reach: float) -> _Search:
    """The next trial: a probe of one price, or a step of all within the box."""
    step = _step(search.response, search.excess)
    share = tf.minimum(search.damping, GREATEST_STEP / tf.maximum(_length(step), 1e-300))
    stepped = tf.clip_by_value(search.logs + share[:, None] * step, -reach, reach)
    count, alone = step.shape[-1], search.probe < step.shape[-1]
    probed = search.logs + PROBE * tf.one_hot(search.probe, count, dtype=step.dtype)
    close = (_length(step) <= PRECISION) & (tf.reduce_max(tf.abs(search.excess), -1) <= EXCESS)
    done = lost | close | (search.damping < SMALLEST_DAMPING)
    return search._replace(trial=tf.where(alone[:, None], probed, stepped), done=done)


def _step(response: tf.Tensor, excess: tf.Tensor) -> tf.Tensor:
    return tf.einsum("bpm,bm->bp", response, excess)


def _length(step: tf.Tensor) -> tf.Tensor:
    """The largest move of a price, in logs."""
    return tf.reduce_max(tf.abs(step), -1)


def _updated(response: tf.Tensor, move: tf.Tensor, change: tf.Tensor) -> tf.Tensor:
    """Response of log prices after a move [B, P] of them changed excess demand so much, [B, P]."""
    told = -_step(response, change)  # the move that this change would have stood for
    length = tf.reduce_sum(move**2, -1)
    size = tf.where(length > 0, length, 1.0)
    ratio = tf.reduce_sum(move * told, -1) / size  # of the determinants of the Jacobians
    least = tf.where(ratio < 0, -SINGULAR * tf.ones_like(ratio), SINGULAR)
    kept = (1 - least) / (1 - ratio)
    share = tf.where(tf.abs(ratio) < SINGULAR, kept, 1.0)[:, None]
    told = share * told + (1 - share) * move
    across = tf.einsum("bp,bpm->bm", move, response)
    scale = tf.where(length > 0, tf.reduce_sum(move * told, -1), 1.0)
    correction = (move - told)[:, :, None] * across[:, None] / scale[:, None, None]
    return response + tf.where((length > 0)[:, None, None], correction, 0.0)
