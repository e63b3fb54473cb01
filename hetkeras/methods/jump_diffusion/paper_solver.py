"""What the method of Huang & Yu (2024), as they print it, does whatever flips: Loss_A + Loss_P along paths.

Paths are of the Brownian shocks, from random states, and nothing flips on them; the value of one step is carried into
the next. The compensator can be put back and 1 / P_t taken out by the settings. The paper states neither Delta nor T,
and draws binary states at random: errors in the gains of flips then go unseen where the policy leads.
"""

from __future__ import annotations

import abc
import dataclasses
import itertools
from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import keras
import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.bsde_loss import analytic_residual, backward_step, paper_loss
from hetkeras.numerics.random_draws import normals
from hetkeras.settings import Batch, Count, NotNegative, Positive, Settings, Steps
from hetkeras.training.gradient_solver import GradientSolver
from hetkeras.training.loss_output import LossOutput

MAX_SHOCKS = 6  # 2^M nodes of quadrature
ADAPTATION_STATES = 4096

Still = tuple[tf.Tensor, ...]
"""What stays along a path: binary states [B, J], and regimes [B] where there are any."""
ModelT = TypeVar("ModelT", bound=JumpDiffusion)
NetworkT = TypeVar("NetworkT", bound=keras.Model)


class Jumps(NamedTuple):
    """flow u; over all that may jump, sums of chance times gain, of chances, and of payoffs per unit of time, [B]."""

    flow: tf.Tensor
    expected: tf.Tensor
    chances: tf.Tensor
    compensator: tf.Tensor


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


class PaperSolver(GradientSolver, Generic[ModelT, NetworkT]):
    """Trains V and sigma^V on both losses.

    Args:
      model: the economics; its baseline is not used.
      network: with outputs for sigma^V.
      settings: see `PaperSettings`.
      seed: of all draws.

    Raises:
      CalibrationError: if the network has no sigma^V for each shock, or there are more shocks than nodes allow.
    """

    def __init__(self, model: ModelT, network: NetworkT, settings: PaperSettings, seed: int) -> None:
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

    @abc.abstractmethod
    def start(self) -> tuple[tf.Tensor, Still]:
        """Random states [B, D], and what stays."""

    @abc.abstractmethod
    def value(self, state: tf.Tensor, still: Still) -> tuple[tf.Tensor, tf.Tensor]:
        """V [B] and sigma^V [B, M] of states [B, D]."""

    @abc.abstractmethod
    def value_at(self, nodes: tf.Tensor, still: Still) -> tf.Tensor:
        """V [Q, B] of states [Q, B, D], all else as it is."""

    @abc.abstractmethod
    def jumps(self, state: tf.Tensor, still: Still) -> Jumps:
        """The flow, and what all jumps within a step are worth; chances are p_j = 1 - exp(-lambda_j Delta)."""

    @property
    def metric_names(self) -> tuple[str, ...]:
        return ("analytic", "probabilistic")

    @property
    def constants(self) -> list[keras.Variable]:
        return self.network.non_trainable_variables

    def training_state(self) -> tf.Variable:
        return self._visited

    def loss(self) -> tuple[LossOutput, tf.Tensor]:
        state, still = self.start()
        model, step, carried, outputs = self.model, self.chosen.difference_step, None, []
        for t in range(self.chosen.path_steps):
            value, volatility = self.value(state, still)
            flow, jumps, chances, compensator = self.jumps(state, still)
            carried = value if carried is None else carried
            shocks = step**0.5 * normals(self.step_seed(1 + t), (state.shape[0], model.num_shocks))
            spread = step**0.5 * tf.constant(self._signs)[:, None]
            moved = self._moved(state, still[0], tf.concat([shocks[None], spread + 0 * shocks], 0))
            ahead = self.value_at(moved, still)
            known = tf.reduce_mean(ahead[1:], 0), jumps, chances
            analytic = analytic_residual(carried, flow, *known, model.discount_rate, step, bool(self.chosen.normalised))
            payoff = flow + self.chosen.compensated * compensator
            told = [
                backward_step(carried, payoff, volatility, each, model.discount_rate, step)
                for each in (shocks, *tf.unstack(spread))
            ]
            gaps = tf.stack(told) - ahead
            outputs.append(paper_loss(analytic, gaps[0], gaps[1:], self.chosen.weight))
            state, carried = moved[0], told[0]
        loss = tf.add_n([output.loss for output in outputs]) / len(outputs)
        metrics = {name: tf.add_n([o.metrics[name] for o in outputs]) / len(outputs) for name in self.metric_names}
        return LossOutput(loss, metrics), state

    def advance(self, carried: tf.Tensor) -> None:
        self._visited.assign(carried)

    def chances(self, on: tf.Tensor, bounds: tf.Tensor, reached: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Chance that a flip may come within a step, and the step itself as its payoff rate counts, both as `on`.

        Where effort sets a rate without bound, which the paper has not, lambda_j is the rate at the best effort.

        Args:
          on: binary states; bounds: rates that cannot be exceeded, [..., 2] for flips from 0 and from 1.
          reached: rates under the best decision, as `on`.
        """
        rates = tf.where(on > 0.5, bounds[..., 1], bounds[..., 0])
        rates = tf.where(tf.math.is_finite(rates), rates, reached)
        step = self.chosen.difference_step
        chances = 1 - tf.exp(-step * rates)
        return chances, tf.where(rates > 0, tf.math.divide_no_nan(chances, rates), step)

    def _moved(self, state: tf.Tensor, binary: tf.Tensor, shocks: tf.Tensor) -> tf.Tensor:
        """States after a step in which nothing flips, for shocks [Q, B, M]: [Q, B, D]."""
        drift = self.chosen.difference_step * self.model.drift(state, binary)
        return state + drift + tf.linalg.matvec(self.model.loadings(state, binary), shocks)

    def broken_state(self) -> str:
        state, _ = self.start()
        return f"states from {float(tf.reduce_min(state)):.6g} to {float(tf.reduce_max(state)):.6g}"

    def settings(self) -> dict[str, Any]:
        return {"method": type(self).__name__, **dataclasses.asdict(self.chosen)}

    @property
    def training(self) -> dict[str, Any]:
        """How it was found, for the metadata."""
        return {"seed": self.seed, "network": type(self.network).__name__, **self.settings()}
