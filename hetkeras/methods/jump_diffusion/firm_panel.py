"""Many firms in many groups, on fine steps of time: firms of a group share the continuous states, not their luck.

Over a step the gains of flips are those at its start; given them every element is a chain of two states, whose change
over the step is exact. Each element is a candidate with the largest chance of a change that any can have: what lies
between two candidates is geometric, so that only elements that may change are ever looked at.
Axes: G groups, F firms of a group, J binary states, D continuous states, C candidates, T records.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.errors import CalibrationError
from hetkeras.numerics.random_draws import uniforms

Opportunity = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""(states [G, D], binary [G, F, J], group [C], firm [C], which [C]) -> gain of that flip [C]."""

MARGIN = 10.0  # standard deviations by which candidates that are drawn exceed those that are expected
MOST = 2**30  # elements that can be numbered
PARTS = 4  # of the groups, which cores can work on at the same time


class FlipPaths(NamedTuple):
    """times [T]; active [T, J]: share of firms; states [T, D]: mean over groups; flips [T, 2]: of a firm in a year.

    Flips are counted by their rates at the start of each step.
    """

    times: np.ndarray
    active: np.ndarray
    states: np.ndarray
    flips: np.ndarray


class Snapshot(NamedTuple):
    """A moment from which a simulation can go on: states [G, D], binary [G, F, J], steps taken and the time."""

    states: tf.Tensor
    active: tf.Tensor
    step: int
    time: float


class FlipEconomies:
    """Simulates G groups of F firms.

    Args:
      model: the economics.
      opportunity: gains of single flips, under which decisions are made.
      groups, firms: G and F.
      span: time of a step, over which decisions are those at its start; changes are exact given decisions.
      seed: of all draws.

    Raises:
      CalibrationError: if a rate of flips has no bound, or there are no firms, or too many.
    """

    def __init__(
        self, model: JumpDiffusion, opportunity: Opportunity, groups: int, firms: int, span: float = 0.25, seed: int = 0
    ) -> None:
        if not np.isfinite(model.max_hazard).all():
            raise CalibrationError(
                f"{type(model).__name__} has flips whose rate has no bound (search effort); expected finite rates, or "
                "simulate with `methods.jump_diffusion.paths`"
            )
        if min(groups, firms) < 1 or span <= 0:
            raise CalibrationError(f"got {groups} groups, {firms} firms, steps of {span}; expected all above 0")
        if groups * firms * model.num_binary > MOST:
            raise CalibrationError(
                f"{groups} groups of {firms} firms with {model.num_binary} elements are more than {MOST:g}"
            )
        self.model, self.opportunity, self.span, self.seed = model, opportunity, span, seed
        self.states = tf.Variable(tf.repeat(model.long_run_mean()[None], groups, 0))
        self._on = tf.Variable(tf.zeros((groups * firms * model.num_binary,), tf.uint8))
        self._shape = (groups, firms, model.num_binary)
        bounds = tf.constant(model.max_hazard, tf.float32)
        certain = _chance(bounds, bounds[:, ::-1], span) * [float(not chosen) for chosen in model.endogenous_flips]
        largest = _chance(bounds, tf.zeros_like(bounds), span)
        self._bounds, self._certain, self._largest = (tf.reshape(part, (-1,)) for part in (bounds, certain, largest))
        self._step = tf.Variable(0)

    @property
    def active(self) -> tf.Tensor:
        """Binary states, [G, F, J]."""
        return tf.cast(tf.reshape(self._on, self._shape), tf.float32)

    @active.setter
    def active(self, binary: tf.Tensor) -> None:
        self._on.assign(tf.cast(tf.reshape(tf.broadcast_to(binary, self._shape), (-1,)), tf.uint8))

    def run(self, duration: float, records: int = 100, progress: Callable[[float], None] | None = None) -> FlipPaths:
        """Simulates for a duration and records averages at even intervals, of a whole number of steps each.

        Raises:
          CalibrationError: if there are more records than steps.
        """
        steps = round(duration / self.span / records)
        if steps < 1:
            raise CalibrationError(
                f"{records} records of {duration:g} years lie closer than steps of {self.span:g}; expected fewer "
                "records or a smaller span"
            )
        rows = []
        for _ in range(records):
            flips = self._advance(tf.constant(steps)).numpy() / (steps * self.span * self._shape[0])
            time = int(self._step) * self.span
            shares = tf.reduce_mean(self.active, (0, 1)).numpy()
            rows.append((time, shares, tf.reduce_mean(self.states, 0).numpy(), flips / self._shape[1]))
            if progress is not None:
                progress(time)
        return FlipPaths(*(np.array(column) for column in zip(*rows, strict=True)))

    def snapshot(self) -> Snapshot:
        """Returns where the simulation stands."""
        step = int(self._step)
        return Snapshot(tf.identity(self.states), self.active, step, step * self.span)

    def restore(self, moment: Snapshot) -> None:
        """Goes back there; what follows meets the same luck again."""
        self.states.assign(moment.states)
        self.active = moment.active
        self._step.assign(moment.step)

    @graph
    def _advance(self, steps: tf.Tensor) -> tf.Tensor:
        """Takes steps; returns flips from 0 and from 1, [2]."""
        groups = self._shape[0]
        parts = [(part[0], part[-1] + 1) for part in np.array_split(np.arange(groups), min(PARTS, groups))]

        def step(done: tf.Tensor, flips: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            seeds = tf.random.experimental.stateless_split(tf.stack([self.seed, self._step.value()]), 1 + len(parts))
            state, on = self.states.value(), tf.reshape(self._on, self._shape)
            found = [self._flips(state[begin:end], on[begin:end], seeds[1 + k]) for k, (begin, end) in enumerate(parts)]
            size = self._shape[1] * self._shape[2]
            changed = tf.concat([begin * size + one for (begin, _), (one, _) in zip(parts, found, strict=True)], 0)
            turned = 1 - tf.gather(self._on, changed)
            self._on.scatter_update(tf.IndexedSlices(turned, changed))
            self.states.assign(self.model.diffuse(state, tf.zeros((0,)), tf.fill((groups,), self.span), seeds[0]))
            self._step.assign_add(1)
            return done + 1, flips + tf.add_n([count for _, count in found])

        return tf.while_loop(lambda done, _: done < steps, step, (tf.constant(0), tf.zeros(2)))[1]

    def _flips(self, state: tf.Tensor, on: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Numbers of the elements that change over a step, [C], and flips from 0 and from 1, [2]."""
        numbers, luck = self._candidates(math.prod(on.shape), seed)
        kind = 2 * (numbers % on.shape[2]) + tf.cast(tf.gather(tf.reshape(on, (-1,)), numbers), tf.int32)
        possible = tf.where(luck < tf.gather(self._largest, kind))[:, 0]
        numbers, luck, kind = (tf.gather(part, possible) for part in (numbers, luck, kind))
        certain = luck < tf.gather(self._certain, kind)
        settled, asked = tf.where(certain)[:, 0], tf.where(~certain)[:, 0]
        rate, back = self._rates(state, on, tf.gather(numbers, asked))
        changed = tf.boolean_mask(asked, tf.gather(luck, asked) < _chance(rate, back, self.span))
        rate = tf.concat([tf.gather(self._bounds, tf.gather(kind, settled)), rate], 0)
        kind = tf.gather(kind, tf.concat([settled, asked], 0))
        arrivals = self.span * rate / tf.gather(self._largest, kind)
        flips = tf.stack([tf.reduce_sum(tf.boolean_mask(arrivals, kind % 2 == side)) for side in (0, 1)])
        return tf.gather(numbers, tf.concat([settled, changed], 0)), flips

    def _candidates(self, total: int, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Ascending numbers below total, [C], each there with the largest chance of all, and a draw from (0, that)."""
        hazard = self.span * float(np.max(self.model.max_hazard))
        chance = -math.expm1(-hazard)
        mean = total * chance
        draws = uniforms(seed, (2, math.ceil(mean + MARGIN * (1 + math.sqrt(mean)))))
        gaps = 1 + tf.floor(-tf.math.log(draws[0]) / hazard)
        numbers = tf.cumsum(tf.cast(gaps, tf.int32)) - 1
        return tf.minimum(numbers, total - 1), tf.where(numbers < total, chance * draws[1], 1.0)

    def _rates(self, state: tf.Tensor, on: tf.Tensor, numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Rates [C] at which elements flip, and would flip back."""
        _, firms, elements = on.shape
        firm, which = numbers // elements, numbers % elements
        here = tf.cast(tf.gather(tf.reshape(on, (-1,)), numbers), state.dtype)
        gain = tf.zeros_like(here)
        if any(self.model.endogenous_flips):
            gain = self.opportunity(state, tf.cast(on, state.dtype), firm // firms, firm % firms, which)
        return self.model.intensity(here, gain, which), self.model.intensity(1 - here, -gain, which)


def _chance(rate: tf.Tensor, back: tf.Tensor, span: float) -> tf.Tensor:
    """Chance that a chain of two states that flips at `rate`, and `back`, is in the other state after a span."""
    return -tf.math.expm1(-span * (rate + back)) * tf.math.divide_no_nan(rate, rate + back)
