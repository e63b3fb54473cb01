"""The method as Huang & Yu (2024, section 2.3) print it, to be compared with `solver`; its flaws are kept.

Loss_A + Loss_P along paths of the Brownian shocks from random states, on which nothing flips; the value of one step is
carried into the next. The compensator can be put back and 1 / P_t taken out by the settings. The paper states neither
Delta nor T, and draws binary states at random: errors in the gains of flips then go unseen where the policy leads.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.bsde_loss import analytic_residual, backward_step, paper_loss
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.signatures import flip_solution
from hetkeras.numerics.random_draws import normals
from hetkeras.settings import Batch, Count, NotNegative, Positive, Settings, Steps
from hetkeras.solution import Solution
from hetkeras.training.gradient_solver import GradientSolver
from hetkeras.training.loss_output import LossOutput

MAX_SHOCKS = 6  # 2^M nodes of quadrature
ADAPTATION_STATES = 4096


@dataclasses.dataclass(frozen=True)
class PaperSettings(Settings):
    """As printed by default; what the paper does not state is chosen here."""

    num_steps: Steps = 4000
    learning_rate: Positive = 1e-3
    warmup_steps: int = 100
    batch_size: Batch = 128
    difference_step: Positive = 0.01  # Delta
    path_steps: Count = 1  # T / Delta
    compensated: int = 0  # 1 puts the compensator of the jumps into the backward equation
    normalised: int = 1  # 0 takes 1 / P_t out of the expectation
    weight: NotNegative = 1.0  # of Loss_P

    def violations(self) -> Iterable[str]:
        for name in ("compensated", "normalised"):
            if getattr(self, name) not in (0, 1):
                yield f"{name} is {getattr(self, name)}; expected 0 or 1"
        if not 0 <= self.warmup_steps < self.num_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below num_steps {self.num_steps}"
        if self.batch_size % 2:
            yield f"batch_size is {self.batch_size}; expected an even number"


class HuangYuSolver(GradientSolver):
    """Trains V and sigma^V on both losses.

    Args:
      model: the economics; its baseline is not used.
      network: with a subnet for sigma^V.
      settings: see `PaperSettings`.
      seed: of all draws.

    Raises:
      CalibrationError: if the network has no sigma^V for each shock, or there are more shocks than nodes allow.
    """

    def __init__(
        self, model: JumpDiffusion, network: DenseValue, settings: PaperSettings = PaperSettings(), seed: int = 0
    ) -> None:
        if network.num_shocks != model.num_shocks or not 1 <= model.num_shocks <= MAX_SHOCKS:
            raise CalibrationError(
                f"the network has {network.num_shocks} outputs for sigma^V and the model {model.num_shocks} shocks; "
                f"expected the same number, at most {MAX_SHOCKS} for a quadrature of 2^M nodes"
            )
        self.model, self.network, self.chosen = model, network, settings
        state, binary = model.sample(tf.constant([seed, -1]), ADAPTATION_STATES)
        network.adapt(model.element_states(state))
        network(model.element_states(state[:2]), binary[:2])
        super().__init__(
            network.trainable_variables, settings.num_steps, settings.learning_rate, settings.warmup_steps, seed
        )
        self._signs = np.array([*itertools.product((1.0, -1.0), repeat=model.num_shocks)], np.float32)
        self._visited = tf.Variable(state[: settings.batch_size], trainable=False)

    @property
    def metric_names(self) -> tuple[str, ...]:
        return ("analytic", "probabilistic")

    @property
    def constants(self) -> list[keras.Variable]:
        return self.network.non_trainable_variables

    def training_state(self) -> tf.Variable:
        return self._visited

    def loss(self) -> tuple[LossOutput, tf.Tensor]:
        state, binary = self.model.sample(self.step_seed(0), self.chosen.batch_size)
        step, carried, outputs = self.chosen.difference_step, None, []
        for t in range(self.chosen.path_steps):
            value, volatility = self._value(state, binary)
            flow, jumps, probability, compensator = self._flips(state, binary, value)
            carried = value if carried is None else carried
            shocks = step**0.5 * normals(self.step_seed(1 + t), (state.shape[0], self.model.num_shocks))
            spread = step**0.5 * tf.constant(self._signs)[:, None]
            ahead = self._ahead(state, binary, tf.concat([shocks[None], spread + 0 * shocks], 0))
            known = tf.reduce_mean(ahead[1:], 0), jumps, probability
            analytic = analytic_residual(
                carried, flow, *known, self.model.discount_rate, step, bool(self.chosen.normalised)
            )
            payoff = flow + self.chosen.compensated * compensator
            moved = [
                backward_step(carried, payoff, volatility, each, self.model.discount_rate, step)
                for each in (shocks, *tf.unstack(spread))
            ]
            gaps = tf.stack(moved) - ahead
            outputs.append(paper_loss(analytic, gaps[0], gaps[1:], self.chosen.weight))
            state, carried = self._moved(state, binary, shocks), moved[0]
        loss = tf.add_n([output.loss for output in outputs]) / len(outputs)
        metrics = {name: tf.add_n([o.metrics[name] for o in outputs]) / len(outputs) for name in self.metric_names}
        return LossOutput(loss, metrics), state

    def advance(self, carried: tf.Tensor) -> None:
        self._visited.assign(carried)

    def _value(self, state: tf.Tensor, binary: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        value, volatility = self.network.with_volatility(self.model.element_states(state), binary)
        return self.model.value_scale * value, self.model.value_scale * volatility

    def _flips(
        self, state: tf.Tensor, binary: tf.Tensor, value: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """u, sum p_j J_j, P_t - 1 and sum lambda_j J_j, all [B]; p_j = 1 - exp(-lambda_j Delta) of every arrival.

        Where effort sets a rate without bound, which the paper has not, lambda_j is the rate at the best effort.
        """
        model, step = self.model, self.chosen.difference_step
        flipped = model.value_scale * self.network.with_flips(model.element_states(state), binary)[1]
        gains = flipped - value[:, None]
        surplus = model.jump_payoff(binary, gains, gains)
        rates = tf.where(binary > 0.5, *(tf.constant(row, tf.float32) for row in model.max_hazard.T[::-1]))
        rates = tf.where(tf.math.is_finite(rates), rates, model.intensity(binary, gains))
        chances = 1 - tf.exp(-step * rates)
        jumps = tf.reduce_sum(surplus * tf.where(rates > 0, tf.math.divide_no_nan(chances, rates), step), -1)
        return model.flow(state, binary), jumps, tf.reduce_sum(chances, -1), tf.reduce_sum(surplus, -1)

    def _ahead(self, state: tf.Tensor, binary: tf.Tensor, shocks: tf.Tensor) -> tf.Tensor:
        """V after a step in which nothing flips, for shocks [Q, B, M]: [Q, B]."""
        moved = self._moved(state, binary, shocks)
        spread = tf.broadcast_to(binary, (shocks.shape[0], *binary.shape))
        return self.model.value_scale * self.network(self.model.element_states(moved), spread)

    def _moved(self, state: tf.Tensor, binary: tf.Tensor, shocks: tf.Tensor) -> tf.Tensor:
        drift = self.chosen.difference_step * self.model.drift(state, binary)
        return state + drift + tf.linalg.matvec(self.model.loadings(state, binary), shocks)

    def broken_state(self) -> str:
        state, _ = self.model.sample(self.step_seed(0), self.chosen.batch_size)
        return f"states from {float(tf.reduce_min(state)):.6g} to {float(tf.reduce_max(state)):.6g}"

    def settings(self) -> dict[str, Any]:
        return {"method": type(self).__name__, **dataclasses.asdict(self.chosen)}

    def solution(self) -> Solution:
        training = {"seed": self.seed, "network": type(self.network).__name__, **self.settings()}
        return flip_solution(self.model, self.network, self._visited, training, on_baseline=False)
