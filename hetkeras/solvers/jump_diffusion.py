"""Values of jump-diffusion problems by the residual of their HJB equation (Huang & Yu 2024, sections 1.4 and 2.3).

The network gives what is missing to a value in closed form, whose flow cancels in the equation. Half of each batch
lives on own paths with realised jumps: on states drawn at random alone, errors in the gains of flips inflate the sum
of their maxima at states that the greedy policy goes to but training never sees, and a small loss then goes with a
value that is far off.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.diffusion import generator
from hetkeras.layers.flip_value import FlipValue
from hetkeras.losses.base import LossOutput
from hetkeras.losses.hjb import hjb_loss
from hetkeras.processes import uniforms
from hetkeras.solution import Solution
from hetkeras.solvers.flip_solution import flip_solution
from hetkeras.solvers.gradient_solver import GradientSolver
from hetkeras.solvers.jump_settings import JumpSettings

ADAPTATION_STATES = 4096


class Moves(NamedTuple):
    """state [B, D], binary [B, J] and the gains of flips there [B, J]."""

    state: tf.Tensor
    binary: tf.Tensor
    gains: tf.Tensor


class JumpDiffusionSolver(GradientSolver):
    """Trains a value on the HJB equation.

    Args:
      model: the economics.
      network: what is added to the model's baseline, in units of its scale.
      settings: see `JumpSettings`.
      seed: of all draws.
    """

    def __init__(
        self, model: JumpDiffusion, network: FlipValue, settings: JumpSettings = JumpSettings(), seed: int = 0
    ) -> None:
        self.model, self.network, self.chosen = model, network, settings
        state, binary = model.sample(tf.constant([seed, -1]), ADAPTATION_STATES)
        network.adapt(model.element_states(state))
        network(model.element_states(state[:2]), binary[:2])
        super().__init__(
            network.trainable_variables, settings.num_steps, settings.learning_rate, settings.warmup_steps, seed
        )
        own = round(settings.own_paths * settings.batch_size)
        self.panel = tf.Variable(tf.concat([state[:own], binary[:own]], 1), trainable=False)

    @property
    def metric_names(self) -> tuple[str, ...]:
        return ("residual_mean", "residual_max", "own_residual", "drawn_residual", "value_mean", "active_share")

    @property
    def constants(self) -> list[keras.Variable]:
        return self.network.non_trainable_variables

    def training_state(self) -> tf.Variable:
        return self.panel

    def extra(self, state: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        """What the value has beyond the baseline, [...]."""
        return self.model.value_scale * self.network(self.model.element_states(state), binary)

    def loss(self) -> tuple[LossOutput, Moves]:
        model, own = self.model, self.panel.shape[0]
        state, binary = self._states()
        here, flipped = self.network.with_flips(model.element_states(state), binary)
        baseline = model.baseline(state, binary)
        gains = baseline.gains + model.value_scale * (flipped - here[:, None])
        jumps = tf.reduce_sum(baseline.remainder + model.surplus(binary, gains, gains), -1)
        here *= model.value_scale
        known = model.discount_rate * here - jumps
        residuals = [known - self._generator(here, state, binary, stream) for stream in self._streams(state, binary)]
        scale = model.discount_rate * model.value_scale
        output = hjb_loss(residuals[0], residuals[-1], scale)
        size = tf.abs(residuals[0]) / scale
        parts = {"own_residual": _mean(size[:own]), "drawn_residual": _mean(size[own:])}
        parts |= {"value_mean": tf.reduce_mean(here + baseline.value), "active_share": _mean(binary[:own])}
        return LossOutput(output.loss, {**output.metrics, **parts}), Moves(state[:own], binary[:own], gains[:own])

    def _streams(self, state: tf.Tensor, binary: tf.Tensor) -> tuple[int, ...]:
        return (4,) if self.model.own_volatility(state, binary) is None else (4, 5)

    def _generator(self, here: tf.Tensor, state: tf.Tensor, binary: tf.Tensor, stream: int) -> tf.Tensor:
        sign = tf.sign(uniforms(self.step_seed(stream), state.shape, state.dtype) - 0.5)
        return generator(self.model, self.extra, here, state, binary, self.chosen.difference_step, sign)

    def _states(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Own paths, then draws: [B, D] and [B, J]."""
        own = tf.split(self.panel.value(), [-1, self.model.num_binary], 1)
        drawn = self.model.sample(self.step_seed(0), self.chosen.batch_size - self.panel.shape[0])
        return tuple(tf.concat(pair, 0) for pair in zip(own, drawn, strict=True))

    def advance(self, carried: Moves) -> None:
        state, binary, gains = carried
        count = state.shape[0]
        chance = 1 - tf.exp(-self.chosen.span * self.model.intensity(binary, gains))
        flips = tf.cast(uniforms(self.step_seed(1), binary.shape) < chance, binary.dtype)
        moved = self.model.diffuse(state, binary, tf.fill((count,), self.chosen.span), self.step_seed(2))
        moved = tf.concat([moved, binary + flips * (1 - 2 * binary)], 1)
        fresh = tf.concat(self.model.sample(self.step_seed(3), count), 1)
        anew = uniforms(self.step_seed(6), (count, 1)) < self.chosen.reset_probability
        self.panel.assign(tf.where(anew, fresh, moved))

    def broken_state(self) -> str:
        state, binary = self._states()
        return (
            f"states from {float(tf.reduce_min(state)):.6g} to {float(tf.reduce_max(state)):.6g}, "
            f"{float(tf.reduce_mean(binary)):.3g} of the binary states on"
        )

    def settings(self) -> dict[str, Any]:
        return {"method": type(self).__name__, **dataclasses.asdict(self.chosen)}

    def solution(self) -> Solution:
        states = tf.split(self.panel, [-1, self.model.num_binary], 1)[0]
        parts = tf.split(states, len(self.model.state_names), 1)
        bounds = {
            name: (float(tf.reduce_min(part)), float(tf.reduce_max(part)))
            for name, part in zip(self.model.state_names, parts, strict=True)
        }
        training = {"seed": self.seed, "network": type(self.network).__name__, **self.settings()}
        return flip_solution(self.model, self.network, bounds, training)


def _mean(tensor: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tensor) if tensor.shape[0] else tf.constant(0.0, tensor.dtype)
