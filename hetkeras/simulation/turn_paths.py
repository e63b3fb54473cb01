"""Paths of a jump diffusion whose flips take turns, event by event: nothing is rounded to steps of time.

Two kinds of event come at constant rates: the regime may change, or one of the open binary states has its turn and
flips with its rate over the fastest one. Between events states diffuse, exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import flip
from hetkeras.processes import uniforms
from hetkeras.simulation.loaded_turn_policy import LoadedTurnPolicy


class Turns(NamedTuple):
    """B paths at one moment: state [B, D], binary [B, J], regime [B], time [B], surplus so far [B]."""

    state: tf.Tensor
    binary: tf.Tensor
    regime: tf.Tensor
    time: tf.Tensor
    surplus: tf.Tensor


class TurnPaths:
    """Moves B paths through time under a policy.

    `surplus` is the discounted worth of flips with the gains of the model's baseline, net of what is paid: added to the
    baseline at the start it is an unbiased estimate of what the policy is worth (Dynkin's formula, as in
    `diagnostics.policy_value`).

    Args:
      policy: the reloaded functions.
      num_paths: B, even: the second half mirrors the shocks of the first.
      seed: of all draws.
    """

    def __init__(self, policy: LoadedTurnPolicy, num_paths: int, seed: int = 0) -> None:
        self.model, self.policy, self.num_paths, self.seed = policy.model, policy, num_paths, seed
        model = self.model
        self.fastest = float(model.intensity_bounds.max())
        leaving = model.switch_rates.sum(1)
        self.turn_rate = float(leaving.max())
        chances = model.switch_rates / self.turn_rate + np.diag(1 - leaving / self.turn_rate)
        self._following = np.cumsum(chances, 1)[:, :-1]  # of the regime after a turn, [Z, Z - 1]
        self.event_rate = self.turn_rate + self.fastest * model.open_flips.shape[1]
        self._loop = tf.function(self._moved, jit_compile=True, autograph=False)

    def start(self, state: tf.Tensor, binary: tf.Tensor) -> Turns:
        """All paths at one state [D] and binary [J], regimes from their long-run law."""
        rows = [tf.repeat(tf.cast(part, tf.float64)[None], self.num_paths, 0) for part in (state, binary)]
        regime = self.model.sample_regime(tf.constant([self.seed, -1]), self.num_paths)
        zeros = tf.zeros((self.num_paths,), tf.float64)
        return Turns(*rows, regime, zeros, zeros)

    def run(self, turns: Turns, years: float, count: int = 0) -> Turns:
        """Moves on until every path is `years` older.

        Args:
          turns: where paths are.
          years: to go.
          count: events so far, so that draws differ.
        """
        until = tf.constant(float(turns.time[0]) + years, tf.float64)
        return Turns(*self._loop(turns, until, tf.constant(count)))

    def _moved(self, turns: Turns, until: tf.Tensor, count: tf.Tensor) -> Turns:
        """Events until all have come to the time; those that are there wait for the others."""

        def alive(count: tf.Tensor, turns: Turns) -> tf.Tensor:
            return tf.reduce_min(turns.time) < until

        def event(count: tf.Tensor, turns: Turns) -> tuple[tf.Tensor, Turns]:
            return count + 1, self._event(turns, until, count)

        return tf.while_loop(alive, event, (count, turns))[1]

    def _event(self, turns: Turns, until: tf.Tensor, count: tf.Tensor) -> Turns:
        model, size = self.model, self.num_paths
        seeds = tf.random.split(tf.stack([tf.constant(self.seed), count]), 4, alg="philox")
        draws = uniforms(seeds[0], (3, size), tf.float64)
        wait = -tf.math.log(uniforms(seeds[1], (size // 2,), tf.float64)) / self.event_rate
        wait = tf.minimum(tf.tile(wait, [2]), until - turns.time)
        state = model.diffuse(turns.state, turns.binary, wait, seeds[2], mirrored=True)
        time = turns.time + wait
        happens = time < until
        switches = draws[0] < self.turn_rate / self.event_rate
        reached = tf.gather(tf.constant(self._following), turns.regime) < uniforms(seeds[3], (size, 1), tf.float64)
        following = tf.reduce_sum(tf.cast(reached, tf.int32), -1)
        regime = tf.where(happens & switches, following, turns.regime)
        place = tf.cast(draws[1] * model.open_flips.shape[1], tf.int32)
        found = self.policy.look(state, turns.binary, turns.regime)
        which, on, gain = (tf.gather(part, place, batch_dims=1) for part in (found.which, found.at, found.gains))
        baseline = model.open_baseline(state, turns.binary, turns.regime)
        known, rest = (tf.gather(part, place, batch_dims=1) for part in (baseline.gains, baseline.remainder))
        turn = happens & ~switches
        worth = (rest + model.surplus(on, gain, known, which)) / self.fastest
        discount = tf.exp(-model.discount_rate * time)
        surplus = turns.surplus + tf.where(turn, discount * worth, 0.0)
        flips = turn & (draws[2] * self.fastest < model.intensity(on, gain, which))
        binary = tf.where(flips[:, None], flip(turns.binary, which), turns.binary)
        return Turns(state, binary, regime, time, surplus)
