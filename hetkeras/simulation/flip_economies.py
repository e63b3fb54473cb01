"""Many firms in many groups, on fine steps of time: firms of a group share the continuous states, not their luck.

Candidates for a flip arrive at the rates that no flip exceeds, as one Poisson process over all firms and elements, so
that only those who have an opportunity are looked at. Within a step all decisions are taken at its start.
Axes: G groups, F firms of a group, J binary states, D continuous states, C candidates, T records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.errors import CalibrationError
from hetkeras.processes import uniforms

Opportunity = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
"""(states [G, D], binary [G, F, J], group [C], firm [C], which [C]) -> gain of that flip [C]."""


class FlipPaths(NamedTuple):
    """times [T]; active [T, J]: share of firms; states [T, D]: mean over groups; flips [T, 2]: of a firm in a year."""

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
      span: time of a step.
      seed: of all draws.

    Raises:
      CalibrationError: if a rate of flips has no bound, or there are no firms.
    """

    def __init__(
        self, model: JumpDiffusion, opportunity: Opportunity, groups: int, firms: int, span: float = 0.1, seed: int = 0
    ) -> None:
        if not np.isfinite(model.intensity_bounds).all():
            raise CalibrationError(
                f"{type(model).__name__} has flips whose rate has no bound (search effort); expected finite rates, or "
                "simulate with `simulation.flip_paths`"
            )
        if min(groups, firms) < 1 or span <= 0:
            raise CalibrationError(f"got {groups} groups, {firms} firms, steps of {span}; expected all above 0")
        self.model, self.opportunity, self.span, self.seed = model, opportunity, span, seed
        self.states = tf.Variable(tf.repeat(model.rest_state()[None], groups, 0))
        self.active = tf.Variable(tf.zeros((groups, firms, model.num_binary)))
        self._bounds = model.intensity_bounds.T
        self._step = tf.Variable(0)

    def run(self, duration: float, records: int = 100, progress: Callable[[float], None] | None = None) -> FlipPaths:
        """Simulates for a duration and records averages at even intervals."""
        steps = max(1, round(duration / self.span / records))
        rows = []
        for _ in range(records):
            flips = self._advance(tf.constant(steps)).numpy() / (steps * self.span * self.active.shape[0])
            time = int(self._step) * self.span
            shares = tf.reduce_mean(self.active, (0, 1)).numpy()
            rows.append((time, shares, tf.reduce_mean(self.states, 0).numpy(), flips / self.active.shape[1]))
            if progress is not None:
                progress(time)
        return FlipPaths(*(np.array(column) for column in zip(*rows, strict=True)))

    def snapshot(self) -> Snapshot:
        """Returns where the simulation stands."""
        step = int(self._step)
        return Snapshot(tf.identity(self.states), tf.identity(self.active), step, step * self.span)

    def restore(self, moment: Snapshot) -> None:
        """Goes back there; what follows meets the same luck again."""
        self.states.assign(moment.states)
        self.active.assign(moment.active)
        self._step.assign(moment.step)

    @tf.function
    def _advance(self, steps: tf.Tensor) -> tf.Tensor:
        """Takes steps; returns flips from 0 and from 1, [2]."""
        flips = tf.zeros(2)
        for _ in tf.range(steps):
            seeds = tf.random.experimental.stateless_split(tf.stack([self.seed, self._step.value()]), 4)
            state = self.states.value()
            changes = [self._candidates(kind, state, seeds[kind]) for kind in (0, 1)]
            for kind, cells in enumerate(changes):
                self.active.scatter_nd_update(cells, tf.fill(tf.shape(cells)[:1], 1.0 - kind))
            spans = tf.fill((state.shape[0],), self.span)
            self.states.assign(self.model.diffuse(state, tf.zeros((0,)), spans, seeds[2]))
            self._step.assign_add(1)
            flips += tf.stack([tf.cast(tf.shape(cells)[0], tf.float32) for cells in changes])
        return flips

    def _candidates(self, kind: int, state: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Cells [C, 3] of (group, firm, element) that flip from `kind` in this step."""
        groups, firms, elements = self.active.shape
        bounds, seeds = self._bounds[kind], tf.random.experimental.stateless_split(seed, 3)
        expected = groups * firms * bounds.sum() * self.span
        count = tf.random.stateless_poisson((), seeds[0], expected, tf.int32)
        draws = uniforms(seeds[1], (2, count))
        which = tf.searchsorted(tf.constant(np.cumsum(bounds) / bounds.sum(), tf.float32), draws[0])
        which = tf.minimum(which, elements - 1)
        owner = tf.cast(draws[1] * (groups * firms), tf.int32)
        cells = tf.stack([owner // firms, owner % firms, which], 1)
        on = tf.gather_nd(self.active, cells)
        cells = tf.boolean_mask(cells, on > 0.5 if kind else on < 0.5)
        if not self.model.chosen_flips[kind]:
            return self._once(cells)
        group, firm, which = tf.unstack(cells, axis=1)
        gain = self.opportunity(state, self.active.value(), group, firm, which)
        rate = self.model.intensity(tf.fill(tf.shape(gain), float(kind)), gain, which)
        kept = uniforms(seeds[2], tf.shape(gain)) < rate / tf.gather(tf.constant(bounds, tf.float32), which)
        return self._once(tf.boolean_mask(cells, kept))

    def _once(self, cells: tf.Tensor) -> tf.Tensor:
        """The same cells [C, 3] without repetition: what has flipped in a step does not flip again."""
        _, firms, elements = self.active.shape
        group, firm, which = tf.unstack(cells, axis=1)
        numbers = tf.unique((group * firms + firm) * elements + which)[0]
        owner = numbers // elements
        return tf.stack([owner // firms, owner % firms, numbers % elements], 1)
