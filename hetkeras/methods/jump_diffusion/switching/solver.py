"""Values of jump-diffusion problems whose flips take turns, by the residual of their HJB equation (Huang & Yu, 3.2).

As `JumpDiffusionSolver`: a value in closed form is the baseline, half of each batch lives on own paths,
the other half are pairs of states one flip apart. The network has a head for every regime, so that the sum over
regimes costs nothing, and only the flips that are open are looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import flip
from hetkeras.contracts.switching_jump_diffusion import FlipGains, SwitchingJumpDiffusion, at_regimes
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.generator import generator
from hetkeras.methods.jump_diffusion.hjb_loss import bounded_pair_equations, bounded_pair_loss, hjb_equations, hjb_loss
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.switching.networks.base import RegimeValue
from hetkeras.methods.jump_diffusion.switching.signatures import switching_solution
from hetkeras.numerics.random_draws import uniforms
from hetkeras.solution import Solution
from hetkeras.training.least_squares_solver import LeastSquaresSolver, Samples
from hetkeras.training.loss_output import LossOutput

ADAPTATION_STATES = 4096
OWN_TURN = 0.5  # share of pairs that are one flip apart which is open there; in the others any regime is


class Turns(NamedTuple):
    """state [B, D], binary [B, J], regime [B], open binary states there and the rates at which they flip [B, S]."""

    state: tf.Tensor
    binary: tf.Tensor
    regime: tf.Tensor
    which: tf.Tensor
    rate: tf.Tensor


class OpenFlips(NamedTuple):
    """value V_z [B]; of the open binary states their gains, numbers and rates, [B, S]."""

    value: tf.Tensor
    gains: FlipGains
    which: tf.Tensor
    rate: tf.Tensor


class TurnResiduals(NamedTuple):
    """residual, twice, value and units of gains [B]; open binary states and the rates at which they flip, [B, S]."""

    residual: tf.Tensor
    other: tf.Tensor
    value: tf.Tensor
    which: tf.Tensor
    rate: tf.Tensor
    units: tf.Tensor


class SwitchingJumpDiffusionSolver(LeastSquaresSolver):
    """Trains the values of all regimes on the HJB equation.

    Args:
      model: the economics.
      network: what is added to the model's baseline, in units of its `correction_scales`.
      settings: see `JumpSettings`; all open flips count.
      seed: of all draws.

    Raises:
      CalibrationError: if subsets of flips are asked for, or states have shocks of their own.
    """

    def __init__(
        self,
        model: SwitchingJumpDiffusion,
        network: RegimeValue,
        settings: JumpSettings = JumpSettings(),
        seed: int = 0,
    ) -> None:
        if settings.flip_draws:
            raise CalibrationError(
                f"flip_draws is {settings.flip_draws} where flips take turns; expected 0: only "
                f"{model.available_flips.shape[1]} of them are open at a time, and all of these count"
            )
        self.model, self.network, self.chosen = model, network, settings
        state, binary = model.sample(tf.constant([seed, -1]), ADAPTATION_STATES)
        if model.idiosyncratic_volatility(state[:1], binary[:1]) is not None:
            raise CalibrationError(
                f"{type(model).__name__} has shocks of each state's own; expected common shocks alone where flips take "
                "turns: give more factors"
            )
        network.adapt(model.element_states(state))
        network(model.element_states(state[:2]), binary[:2])
        super().__init__(
            network.trainable_variables,
            settings.num_steps,
            settings.learning_rate,
            settings.warmup_steps,
            seed,
            settings.gauss_newton,
        )
        self._moving = np.flatnonzero(model.max_hazard.any(1))  # binary states that can flip at all
        self._turns = model.turns[self._moving]
        own = round(settings.own_paths * settings.batch_size)
        regime = tf.cast(model.sample_regime(tf.constant([seed, -2]), own), state.dtype)
        self.panel = tf.Variable(tf.concat([state[:own], binary[:own], regime[:, None]], 1), trainable=False)

    @property
    def metric_names(self) -> tuple[str, ...]:
        return ("residual_mean", "residual_max", "own_residual", "drawn_residual", "value_mean", "active_share")

    @property
    def constants(self) -> list[keras.Variable]:
        return self.network.non_trainable_variables

    def training_state(self) -> tf.Variable:
        return self.panel

    def extra(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tf.Tensor:
        """What the values have beyond the baseline in regimes [...], [...]."""
        elements = self.model.element_states(state)
        return self.model.correction_scales.shared * self.network.in_regime(elements, binary, regime)

    def samples(self) -> Samples:
        state, binary, regime, flipped = self._states()
        none = tf.zeros(self.panel.shape[0], tf.int32)  # own paths are in no pair
        return Samples((state, binary, regime, tf.concat([none, flipped, flipped], 0)))

    def found_at(self, samples: Samples) -> TurnResiduals:
        state, binary, regime, flipped = samples.rows
        residual, found = self.residual(state, binary, regime)
        units = self.model.gain_units(regime, flipped, residual.dtype)
        return TurnResiduals(residual, residual, found.value, found.which, found.rate, units)

    def judged(self, samples: Samples, found: TurnResiduals) -> tuple[LossOutput, Turns]:
        own, (state, binary, regime, _), residual = self.panel.shape[0], samples.rows, found.residual
        output = hjb_loss(residual, residual, self._scale)
        size = tf.abs(residual) / self._scale
        parts = {"own_residual": _mean(size[:own]), "drawn_residual": _mean(size[own:])}
        active = tf.gather(binary[:own], self._moving, axis=-1)
        parts |= {"value_mean": tf.reduce_mean(found.value), "active_share": _mean(active)}
        moves = Turns(state[:own], binary[:own], regime[:own], found.which[:own], found.rate[:own])
        return LossOutput(output.loss + self._pair_loss(found), {**output.metrics, **parts}), moves

    def equations(self, part: tf.Tensor, found: TurnResiduals) -> tf.Tensor:
        here, own = hjb_equations(part, self._scale), self.panel.shape[0]
        if not self._pairs:
            return here
        apart = bounded_pair_equations(part[own:], found.residual[own:], self._units(found))
        return tf.concat([here, self.chosen.pair_weight**0.5 * apart], 0)

    def level(self, found: TurnResiduals) -> tf.Tensor:
        """In units of `correction_scales.shared`. A value that is c too high has the residual rho c everywhere."""
        scale = self.model.discount_rate * self.model.correction_scales.shared
        return _mean(found.residual[: self.panel.shape[0]]) / scale

    def lower(self, level: tf.Tensor) -> None:
        self.network.lift(-level)

    def residual(self, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tuple[tf.Tensor, OpenFlips]:
        """rho V - u - L V - what the chain and the open flips are worth: [B], and what is known there."""
        model, which, asked = self.model, self.model.available(regime), self.model.consulted_regimes(regime)
        here, after = self.network.with_open_flips(model.element_states(state), binary, asked, which)
        here, after = (model.correction_scales.shared * part for part in (here, after))
        now = tf.gather(here, regime, batch_dims=1)
        baseline, at = model.open_baseline(state, binary, regime), tf.gather(binary, which, batch_dims=1)
        gains = model.decision_gains(baseline.gains + after - at_regimes(here, asked))
        jumps = tf.reduce_sum(model.regime_payoff(at, gains, gains.own, which, regime) + baseline.remainder, -1)

        def value(state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
            return self.extra(state, binary, tf.broadcast_to(regime, tf.shape(state)[:-1]))

        drift = generator(model, value, now, state, binary, self.chosen.difference_step, tf.ones_like(state))
        residual = model.discount_rate * now - model.switching(here, regime) - jumps - drift
        value = now + tf.gather(baseline.values, regime, batch_dims=1)
        return residual, OpenFlips(value, gains, which, model.intensity(at, gains.decision, which))

    @property
    def _scale(self) -> float:
        return self.model.discount_rate * self.model.value_scale

    @property
    def _pairs(self) -> bool:
        return self.chosen.pair_weight > 0 and self.chosen.batch_size > self.panel.shape[0]

    def _units(self, found: TurnResiduals) -> tf.Tensor:
        """Of the gains of pairs, [P]."""
        return tf.split(found.units[self.panel.shape[0] :], 2)[1]

    def _pair_loss(self, found: TurnResiduals) -> tf.Tensor | float:
        if not self._pairs:
            return 0.0
        drawn = found.residual[self.panel.shape[0] :]
        return self.chosen.pair_weight * bounded_pair_loss(drawn, self._units(found))

    def _states(self) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Own paths, then draws, then the draws after a flip of each: [B, D], [B, J], [B], and the flips [P]."""
        state, binary, regime = tf.split(self.panel.value(), [-1, self.model.num_binary, 1], 1)
        count = (self.chosen.batch_size - self.panel.shape[0]) // 2
        drawn, links = self.model.sample(self.step_seed(0), count)
        chance, own = tf.unstack(uniforms(self.step_seed(8), (2, count)))
        place = tf.cast(chance * len(self._moving), tf.int32)
        which, turn = (tf.gather(tf.constant(x, tf.int32), place) for x in (self._moving, self._turns))
        turn = tf.where(own < OWN_TURN, turn, self.model.sample_regime(self.step_seed(4), count))
        return (
            tf.concat([state, drawn, drawn], 0),
            tf.concat([binary, links, flip(links, which)], 0),
            tf.concat([tf.cast(regime[:, 0], tf.int32), turn, turn], 0),
            which,
        )

    def advance(self, carried: Turns) -> None:
        """Flips of the active regime over a span, as if it lasted that long; then the next one."""
        model, count = self.model, carried.state.shape[0]
        chance = 1 - tf.exp(-self.chosen.span * carried.rate)
        flips = tf.cast(uniforms(self.step_seed(1), carried.rate.shape) < chance, carried.binary.dtype)
        turned = tf.reduce_sum(flips[..., None] * tf.one_hot(carried.which, model.num_binary), 1)
        binary = carried.binary + turned * (1 - 2 * carried.binary)
        span = tf.fill((count,), self.chosen.span)
        state = model.diffuse(carried.state, carried.binary, span, self.step_seed(2))
        regime = model.sample_regime(self.step_seed(5), count)
        moved = tf.concat([state, binary, tf.cast(regime[:, None], state.dtype)], 1)
        fresh = model.sample(self.step_seed(3), count)
        fresh = tf.concat([*fresh, tf.cast(regime[:, None], state.dtype)], 1)
        anew = uniforms(self.step_seed(6), (count, 1)) < self.chosen.reset_probability
        self.panel.assign(tf.where(anew, fresh, moved))

    def broken_state(self) -> str:
        state, binary, regime, _ = self._states()
        return (
            f"states from {float(tf.reduce_min(state)):.6g} to {float(tf.reduce_max(state)):.6g}, "
            f"{float(tf.reduce_mean(binary)):.3g} of the binary states on, regimes {int(tf.reduce_min(regime))} to "
            f"{int(tf.reduce_max(regime))}"
        )

    def settings(self) -> dict[str, Any]:
        return {"method": type(self).__name__, **self.chosen.in_use()}

    def solution(self) -> Solution:
        visited = self.panel[:, : -1 - self.model.num_binary]
        training = {"seed": self.seed, "network": type(self.network).__name__, **self.settings()}
        return switching_solution(self.model, self.network, visited, training)


def _mean(tensor: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tensor) if tensor.shape[0] else tf.constant(0.0, tensor.dtype)
