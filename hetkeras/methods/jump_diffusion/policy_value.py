"""What a policy is worth, by an unbiased simulation: a lower bound on the true value.

Whatever function V0 is, the value of a policy pi is (Dynkin's formula, with the jumps)

    V_pi = V0 + E int exp(-rho t) [ flow + L V0 - rho V0 + sum_j rate_j (gain_j of V0) - costs ] dt,

so that with the model's baseline as V0 nothing needs to be integrated but surpluses of flips. The integral is sampled
at the events of a Poisson process that runs faster than any flip: a mark says which element has its turn, and the
element flips with its rate over the fastest one. No step of time, hence no bias but the tail after the horizon.
Axes: G groups that share the Brownian shocks, F firms of a group.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.contracts.jump_diffusion import JumpDiffusion, flip
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.firm_panel import Opportunity
from hetkeras.numerics.random_draws import uniforms

TAIL = 1e-3  # discount factor at the horizon


class PolicyValue(NamedTuple):
    """mean and its standard error; horizon in years."""

    mean: float
    standard_error: float
    horizon: float


Simulation = Callable[[tf.Tensor, tf.Tensor], PolicyValue]
"""(state [D], binary [J]) -> value of the policy from there."""


def policy_simulation(
    model: JumpDiffusion,
    opportunity: Opportunity,
    groups: int = 120,
    firms: int = 5,
    seed: int = 31,
    tail: float = TAIL,
) -> Simulation:
    """A function that simulates firms from any one state, compiled once.

    Args:
      model: the economics.
      opportunity: gains of single flips, under which decisions are made.
      groups, firms: G, an even number, and F. Half of the groups mirror the shocks of the others, which takes out most
        of the variance; standard errors are taken over such pairs.
      seed: of all draws.
      tail: discount factor at which a path ends; what comes later counts as the baseline.

    Raises:
      CalibrationError: if a rate of flips has no bound, or groups do not come in pairs.
    """
    if groups < 4 or groups % 2:
        raise CalibrationError(f"groups is {groups}; expected an even number of at least 4, for they come in pairs")
    if not np.isfinite(model.max_hazard).all():
        raise CalibrationError(f"{type(model).__name__} has flips whose rate has no bound; expected finite rates")
    fastest = model.max_hazard.max(1)
    horizon = -math.log(tail) / model.discount_rate

    @compiled
    def run(states: tf.Tensor, binaries: tf.Tensor) -> tf.Tensor:
        return _surpluses(model, opportunity, states, binaries, fastest, horizon, seed)

    def simulate(state: tf.Tensor, binary: tf.Tensor) -> PolicyValue:
        start = model.baseline(state[None], binary[None]).value[0]
        found = run(_repeat(state, (groups,)), _repeat(binary, (groups, firms)))
        means = found.numpy().mean(1).reshape(2, -1).mean(0)
        return PolicyValue(float(start + means.mean()), float(means.std(ddof=1) / math.sqrt(len(means))), horizon)

    return simulate


def _surpluses(
    model: JumpDiffusion,
    opportunity: Opportunity,
    state: tf.Tensor,
    binary: tf.Tensor,
    fastest: np.ndarray,
    horizon: float,
    seed: int,
) -> tf.Tensor:
    """Discounted surpluses over the baseline, [G, F]."""
    groups, firms = binary.shape[:2]
    total = float(fastest.sum())
    marks = tf.constant(np.cumsum(fastest) / total, tf.float32)
    group, firm = (tf.reshape(part, (-1,)) for part in tf.meshgrid(tf.range(groups), tf.range(firms), indexing="ij"))
    rates = tf.constant(fastest, tf.float32)

    def event(
        count: tf.Tensor, time: tf.Tensor, state: tf.Tensor, binary: tf.Tensor, surplus: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        seeds = tf.random.split(tf.stack([tf.constant(seed), count]), 3, alg="philox")
        wait = tf.tile(-tf.math.log(uniforms(seeds[0], (groups // 2,))) / total, [2])
        state, time = model.diffuse(state, binary, wait, seeds[1], mirrored=True), time + wait
        draws = uniforms(seeds[2], (2, groups * firms))
        which = tf.minimum(tf.searchsorted(marks, draws[0]), len(fastest) - 1)
        gain = opportunity(state, binary, group, firm, which)
        rows = tf.reshape(binary, (-1, binary.shape[-1]))
        known, remainder = model.baseline_flip(tf.gather(state, group), rows, which)
        on, fast = tf.gather(rows, which, axis=1, batch_dims=1), tf.gather(rates, which)
        worth = (remainder + model.jump_payoff(on, gain, known, which)) / fast
        discount = tf.exp(-model.discount_rate * time)[:, None]
        alive = tf.cast(time < horizon, worth.dtype)[:, None]
        surplus += alive * discount * tf.reshape(worth, (groups, firms))
        flips = draws[1] * fast < model.intensity(on, gain, which)
        rows = tf.where(flips[:, None], flip(rows, which), rows)
        return count + 1, time, state, tf.reshape(rows, binary.shape), surplus

    loop = (tf.constant(0), tf.zeros((groups,)), state, binary, tf.zeros((groups, firms)))
    return tf.while_loop(lambda count, time, *rest: tf.reduce_min(time) < horizon, event, loop)[-1]


def _repeat(row: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    return tf.broadcast_to(tf.cast(row, tf.float32), (*shape, row.shape[0]))
