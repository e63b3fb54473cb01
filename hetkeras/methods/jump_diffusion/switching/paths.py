"""Paths of a jump diffusion whose flips take turns, event by event: nothing is rounded to steps of time.

An event comes at a constant rate: one of the open binary states has its turn and flips with its rate over the fastest
one. Between events states diffuse and regimes follow each other, both exactly. Where effort has no bound, the fastest
rate is found: a run that meets a faster one is begun again with events more often than that.
"""

from __future__ import annotations

from typing import Generic, NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.contracts.jump_diffusion import flip
from hetkeras.contracts.switching_jump_diffusion import FlipGains
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy, ModelT
from hetkeras.numerics.random_draws import uniforms

MARGIN = 1.5  # by which the fastest rate exceeds the one that was met, where it has no bound
MOST_RATE = 1000.0  # a year, beyond which paths would take for ever


class States(NamedTuple):
    """B states at which a policy is looked at: state [B, D], binary [B, J], regime [B]."""

    state: tf.Tensor
    binary: tf.Tensor
    regime: tf.Tensor


class Turns(NamedTuple):
    """B paths at one moment: state [B, D], binary [B, J], regime [B], time [B], surplus so far [B]."""

    state: tf.Tensor
    binary: tf.Tensor
    regime: tf.Tensor
    time: tf.Tensor
    surplus: tf.Tensor


class TurnPaths(Generic[ModelT]):
    """Moves B paths through time under a policy.

    `surplus` is the discounted worth of flips with the gains of the model's baseline, net of what is paid: added to the
    baseline at the start it is an unbiased estimate of what the policy is worth (Dynkin's formula, as in
    `policy_value`).

    Args:
      policy: the reloaded functions.
      num_paths: B, even: the second half mirrors the shocks of the first.
      seed: of all draws.

    Raises:
      CalibrationError: if the number of paths is odd; from `run`, if flips come at more than MOST_RATE.
    """

    def __init__(self, policy: LoadedTurnPolicy[ModelT], num_paths: int, seed: int = 0) -> None:
        if num_paths % 2:
            raise CalibrationError(f"num_paths is {num_paths}; expected an even number: half of them mirror the others")
        self.model, self.policy, self.num_paths, self.seed = policy.model, policy, num_paths, seed
        bounds = self.model.max_hazard
        self.fastest = float(bounds.max(initial=self.model.discount_rate, where=np.isfinite(bounds)))
        self._loop = compiled(self._moved)

    @property
    def event_rate(self) -> float:
        """Events a year on each path."""
        return self.fastest * self.model.available_flips.shape[1]

    def start(self, state: tf.Tensor, binary: tf.Tensor) -> Turns:
        """All paths at one state [D] and binary [J], regimes from their long-run law."""
        states, links = (tf.repeat(tf.cast(part, tf.float64)[None], self.num_paths, 0) for part in (state, binary))
        regime = self.model.sample_regime(tf.constant([self.seed, -1]), self.num_paths)
        zeros = tf.zeros((self.num_paths,), tf.float64)
        return Turns(states, links, regime, zeros, zeros)

    def run(self, turns: Turns, years: float, count: int = 0) -> Turns:
        """Moves on until every path is `years` older.

        Args:
          turns: where paths are.
          years: to go.
          count: events so far, so that draws differ.
        """
        until = tf.constant(float(turns.time[0]) + years, tf.float64)
        while True:
            ended, met = self._loop(turns, until, tf.constant(count), tf.constant(self.fastest, tf.float64))
            if not met > self.fastest:
                return Turns(*ended)
            self.fastest = MARGIN * float(met)
            if self.fastest > MOST_RATE:
                raise CalibrationError(
                    f"flips come at a rate of {float(met):.4g} a year under this policy; expected at most "
                    f"{MOST_RATE / MARGIN:.4g}. Train longer, or let effort cost more"
                )

    def _moved(self, turns: Turns, until: tf.Tensor, count: tf.Tensor, fastest: tf.Tensor) -> tuple[Turns, tf.Tensor]:
        """Events until all have come to the time, where they wait for the others, or a rate is above the fastest.

        Returns the highest rate that was met, too.
        """

        def alive(count: tf.Tensor, turns: Turns, met: tf.Tensor) -> tf.Tensor:
            return (tf.reduce_min(turns.time) < until) & ~(met > fastest)

        def event(count: tf.Tensor, turns: Turns, met: tf.Tensor) -> tuple[tf.Tensor, Turns, tf.Tensor]:
            turns, rate = self._event(turns, until, count, fastest)
            return count + 1, turns, tf.maximum(met, tf.reduce_max(rate))

        return tf.while_loop(alive, event, (count, turns, tf.zeros((), tf.float64)))[1:]

    def _event(self, turns: Turns, until: tf.Tensor, count: tf.Tensor, fastest: tf.Tensor) -> tuple[Turns, tf.Tensor]:
        """The next event of all paths, and the rates at which those that had their turn flip, [B]."""
        model, size = self.model, self.num_paths
        seeds = tf.random.split(tf.stack([tf.constant(self.seed), count]), 4, alg="philox")
        draws = uniforms(seeds[0], (2, size), tf.float64)
        wait = -tf.math.log(uniforms(seeds[1], (size // 2,), tf.float64)) / (fastest * model.available_flips.shape[1])
        wait = tf.minimum(tf.tile(wait, [2]), until - turns.time)
        state = model.diffuse(turns.state, turns.binary, wait, seeds[2], mirrored=True)
        time = turns.time + wait
        happens = time < until
        regime = model.switch(turns.regime, wait, seeds[3])
        place = tf.cast(draws[0] * model.available_flips.shape[1], tf.int32)
        found = self.policy.evaluate(state, turns.binary, regime)
        parts = found.which, found.at, found.gains, found.decision
        which, on, *gained = (tf.gather(part, place[:, None], batch_dims=1) for part in parts)
        gains = FlipGains(*gained)
        baseline = model.open_baseline(state, turns.binary, regime)
        before = model.decision_gains(baseline.gains).own, baseline.remainder
        known, rest = (tf.gather(part, place[:, None], batch_dims=1) for part in before)
        worth = (rest + model.regime_payoff(on, gains, known, which, regime))[:, 0] / fastest
        discount = tf.exp(-model.discount_rate * time)
        surplus = turns.surplus + tf.where(happens, discount * worth, 0.0)
        rate = model.intensity(on, gains.decision, which)[:, 0]
        flips = happens & (draws[1] * fastest < rate)
        binary = tf.where(flips[:, None], flip(turns.binary, which[:, 0]), turns.binary)
        return Turns(state, binary, regime, time, surplus), rate
