"""Values of jump-diffusion problems by the residual of their HJB equation (Huang & Yu 2024, sections 1.4 and 2.3).

The network gives what is missing to a value in closed form, whose flow cancels in the equation. Half of each batch
lives on own paths with realized jumps: on states drawn at random alone, errors in the gains of flips inflate the sum
of their maxima at states that the greedy policy goes to but training never sees, and a small loss then goes with a
value that is far off. The other half are pairs of states one flip apart: what their residuals differ by is the residual
of the equation of that flip's gain.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion, flip
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.generator import generator
from hetkeras.methods.jump_diffusion.hjb_loss import hjb_equations, hjb_loss, pair_equations, pair_loss
from hetkeras.methods.jump_diffusion.networks.base import FlipValue
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.signatures import flip_solution
from hetkeras.numerics.random_draws import uniforms
from hetkeras.solution import Solution
from hetkeras.training.least_squares_solver import LeastSquaresSolver, Samples
from hetkeras.training.loss_output import LossOutput

ADAPTATION_STATES = 4096


class Moves(NamedTuple):
    """state [B, D], binary [B, J], rate of flips there [B, S] and which elements those are, [S] or None for all."""

    state: tf.Tensor
    binary: tf.Tensor
    rate: tf.Tensor
    which: tf.Tensor | None


class FlipResiduals(NamedTuple):
    """residual and the same with other random directions or flips, [B]; value [B]; rate of flips [B, S]."""

    residual: tf.Tensor
    other: tf.Tensor
    value: tf.Tensor
    rate: tf.Tensor


class JumpDiffusionSolver(LeastSquaresSolver):
    """Trains a value on the HJB equation.

    Args:
      model: the economics.
      network: what is added to the model's baseline, in units of its scale.
      settings: see `JumpSettings`.
      seed: of all draws.

    Raises:
      CalibrationError: if a subset of flips is more than all.
    """

    def __init__(
        self, model: JumpDiffusion, network: FlipValue, settings: JumpSettings = JumpSettings(), seed: int = 0
    ) -> None:
        if settings.flip_draws > model.num_binary:
            raise CalibrationError(
                f"flip_draws is {settings.flip_draws} with {model.num_binary} elements; expected at most as many, or 0 "
                "for all flips"
            )
        self.model, self.network, self.chosen = model, network, settings
        state, binary = model.sample(tf.constant([seed, -1]), ADAPTATION_STATES)
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

    def samples(self) -> Samples:
        state, binary = self._states()
        streams = (4,) if self.model.idiosyncratic_volatility(state, binary) is None else (4, 5)
        signs = [tf.sign(uniforms(self.step_seed(stream), state.shape, state.dtype) - 0.5) for stream in streams]
        return Samples((state, binary, *signs), self._flips())

    def found_at(self, samples: Samples) -> FlipResiduals:
        model, which = self.model, samples.shared
        state, binary, *signs = samples.rows
        here, flipped = self.network.with_flips(model.element_states(state), binary, which)
        baseline = model.baseline(state, binary)
        known, at = baseline.gains, binary
        if which is not None:
            known, at = (tf.gather(part, which, axis=-1) for part in (known, at))
        gains = known + model.value_scale * (flipped - here[:, None])
        jumps = self._jumps(model.jump_payoff(at, gains, gains, which), tf.reduce_sum(baseline.remainder, -1))
        here *= model.value_scale
        step = self.chosen.difference_step
        drifts = [generator(model, self.extra, here, state, binary, step, sign) for sign in signs]
        residual, other = (
            model.discount_rate * here - jump - drift
            for jump, drift in zip(jumps, (drifts[0], drifts[-1]), strict=True)
        )
        return FlipResiduals(residual, other, here + baseline.value, model.intensity(at, gains, which))

    def judged(self, samples: Samples, found: FlipResiduals) -> tuple[LossOutput, Moves]:
        own, (state, binary, *_), which = self.panel.shape[0], samples.rows, samples.shared
        scale = self.model.discount_rate * self.model.value_scale
        output = hjb_loss(found.residual, found.other, scale)
        size = tf.abs(found.residual) / scale
        parts = {"own_residual": _mean(size[:own]), "drawn_residual": _mean(size[own:])}
        parts |= {"value_mean": tf.reduce_mean(found.value), "active_share": _mean(binary[:own])}
        rate = found.rate[:own]
        if which is not None:  # own paths follow the first subset
            rate, which = rate[:, : self.chosen.flip_draws], which[: self.chosen.flip_draws]
        moves = Moves(state[:own], binary[:own], rate, which)
        loss = output.loss + self._pair_loss(found.residual, found.other)
        return LossOutput(loss, {**output.metrics, **parts}), moves

    def equations(self, part: tf.Tensor, found: FlipResiduals) -> tf.Tensor:
        scale = self.model.discount_rate * self.model.value_scale
        here = hjb_equations(part, scale)
        if not self._pairs:
            return here
        apart = pair_equations(part[self.panel.shape[0] :], scale / self.model.num_binary)
        return tf.concat([here, self.chosen.pair_weight**0.5 * apart], 0)

    def level(self, found: FlipResiduals) -> tf.Tensor:
        """In units of the value's scale. A value that is c too high has the residual rho c everywhere."""
        scale = self.model.discount_rate * self.model.value_scale
        return _mean(found.residual[: self.panel.shape[0]]) / scale

    def lower(self, level: tf.Tensor) -> None:
        self.network.lift(-level)

    def _pair_loss(self, residual: tf.Tensor, other: tf.Tensor) -> tf.Tensor | float:
        if not self._pairs:
            return 0.0
        one, two = (each[self.panel.shape[0] :] for each in (residual, other))
        scale = self.model.discount_rate * self.model.value_scale / self.model.num_binary
        return self.chosen.pair_weight * pair_loss(one, two, scale)

    @property
    def _pairs(self) -> bool:
        return self.chosen.pair_weight > 0 and self.chosen.batch_size > self.panel.shape[0]

    def _flips(self) -> tf.Tensor | None:
        """Elements of this step's two subsets, drawn apart, [2 S]; None for all elements."""
        if not self.chosen.flip_draws:
            return None
        orders = tf.argsort(uniforms(self.step_seed(7), (2, self.model.num_binary)), -1)
        return tf.reshape(orders[:, : self.chosen.flip_draws], (-1,))

    def _jumps(self, surplus: tf.Tensor, remainder: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Two unbiased estimates [B] of what flips are worth, the same one twice if all flips are known."""
        halves = tf.split(surplus, 2, -1) if self.chosen.flip_draws else [surplus]
        factor = self.model.num_binary / halves[0].shape[-1]
        found = [remainder + factor * tf.reduce_sum(half, -1) for half in halves]
        return found[0], found[-1]

    def _states(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Own paths, then draws, then the draws after a flip of each: [B, D] and [B, J]."""
        own = tf.split(self.panel.value(), [-1, self.model.num_binary], 1)
        count = (self.chosen.batch_size - self.panel.shape[0]) // 2
        state, binary = self.model.sample(self.step_seed(0), count)
        which = tf.cast(uniforms(self.step_seed(8), (count,)) * self.model.num_binary, tf.int32)
        drawn = tf.concat([state, state], 0), tf.concat([binary, flip(binary, which)], 0)
        return tuple(tf.concat(pair, 0) for pair in zip(own, drawn, strict=True))

    def advance(self, carried: Moves) -> None:
        state, binary, rate, which = carried
        count, thinned = state.shape[0], binary.shape[1] / rate.shape[1]
        chance = 1 - tf.exp(-self.chosen.span * thinned * rate)
        flips = tf.cast(uniforms(self.step_seed(1), rate.shape) < chance, binary.dtype)
        if which is not None:
            flips = tf.linalg.matmul(flips, tf.one_hot(which, binary.shape[1], dtype=binary.dtype))
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
        return {"method": type(self).__name__, **self.chosen.in_use()}

    def solution(self) -> Solution:
        visited = tf.split(self.panel, [-1, self.model.num_binary], 1)[0]
        training = {"seed": self.seed, "network": type(self.network).__name__, **self.settings()}
        return flip_solution(self.model, self.network, visited, training)


def _mean(tensor: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tensor) if tensor.shape[0] else tf.constant(0.0, tensor.dtype)
