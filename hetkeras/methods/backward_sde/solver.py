"""Values with a horizon by the backward equation along simulated paths.

One network gives the value at all times, its derivative the loading z. Training makes the value at each point of a path
what follows from there to the horizon (`backward_equation`), so that no error is handed on from date to date.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.methods.backward_sde.backward_equation import backward_loss, path_values
from hetkeras.methods.backward_sde.increments import fitting_increments
from hetkeras.methods.backward_sde.network import TerminalValueNetwork
from hetkeras.methods.backward_sde.paths import Paths, antithetic_shocks, simulate, start_of, starts_beside
from hetkeras.methods.backward_sde.settings import BackwardSettings
from hetkeras.methods.backward_sde.signatures import terminal_solution, value_and_gradient
from hetkeras.solution import Solution
from hetkeras.training.gradient_solver import GradientSolver
from hetkeras.training.loss_output import LossOutput

ADAPTATION_PATHS = 1024


class BackwardSDE(GradientSolver):
    """Trains a value on the backward equation.

    Args:
      model: the economics.
      network: of the value.
      settings: see `BackwardSettings`.
      seed: of all draws.
    """

    def __init__(
        self,
        model: TerminalValueDiffusion,
        network: TerminalValueNetwork,
        settings: BackwardSettings = BackwardSettings(),
        seed: int = 0,
    ) -> None:
        if settings.increments == "fitting":
            settings = dataclasses.replace(settings, increments=fitting_increments(model, settings.time_steps))
        self.model, self.network, self.chosen = model, network, settings
        shocks = antithetic_shocks(
            tf.constant([seed, -1]), (settings.time_steps, ADAPTATION_PATHS, model.num_states), "normal"
        )
        state = simulate(model, start_of(model, ADAPTATION_PATHS), 0.0, shocks).state
        network.adapt(state, model.terminal_value(state))
        network(tf.zeros(2), state[0, :2], tf.zeros(2))
        super().__init__(
            network.trainable_variables, settings.num_steps, settings.learning_rate, settings.warmup_steps, seed
        )
        visited = tf.stack([tf.reduce_min(state), tf.reduce_max(state)])
        self.visited = tf.Variable(visited, trainable=False)  # lowest and highest state on paths

    @property
    def metric_names(self) -> tuple[str, ...]:
        return ("value_at_start", "distance_rms")

    @property
    def constants(self) -> list[keras.Variable]:
        return self.network.non_trainable_variables

    def training_state(self) -> tf.Variable:
        return self.visited

    def loss(self) -> tuple[LossOutput, tf.Tensor]:
        paths = self._paths()
        value, following = path_values(self.model, self.value, paths)
        passed = tf.cast(self.step, tf.float32) / (self.chosen.through_share * self.num_steps)
        scale, through = self.network.value_scaling.deviation[0], tf.nn.relu(1 - passed)
        return backward_loss(value, following, scale, through, self._at_start()), paths.state

    def value(self, time: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The value and its gradient, [B] and [B, D], at times [B] and states [B, D]."""
        return value_and_gradient(self.model, self.network, time, state)

    def _paths(self) -> Paths:
        """Antithetic pairs, the first of them from the initial state, the others from beside it."""
        chosen = self.chosen
        shape = chosen.time_steps, chosen.batch_size, self.model.num_states
        shocks = antithetic_shocks(self.step_seed(0), shape, chosen.increments)
        beside = starts_beside(self.model, self.step_seed(1), chosen.batch_size // 2 - chosen.pairs_at_start)
        start = tf.concat([start_of(self.model, chosen.pairs_at_start), beside], 0)
        return simulate(self.model, tf.concat([start, start], 0), 0.0, shocks)

    def _at_start(self) -> tf.Tensor:
        """The weight of each path in the value at the initial state, [B]."""
        half, own = self.chosen.batch_size // 2, self.chosen.pairs_at_start
        weight = self.chosen.start_weight * half / own
        return tf.constant(2 * (own * [weight] + (half - own) * [0.0]), tf.float32)

    def advance(self, carried: tf.Tensor) -> None:
        lowest, highest = tf.unstack(self.visited)
        reached = tf.minimum(lowest, tf.reduce_min(carried)), tf.maximum(highest, tf.reduce_max(carried))
        self.visited.assign(tf.stack(reached))

    def broken_state(self) -> str:
        state = self._paths().state
        return f"states from {float(tf.reduce_min(state)):.6g} to {float(tf.reduce_max(state)):.6g}"

    def settings(self) -> dict[str, Any]:
        return {"method": type(self).__name__, **dataclasses.asdict(self.chosen)}

    def solution(self) -> Solution:
        training = {"seed": self.seed, "network": type(self.network).__name__, **self.settings()}
        lowest, highest = (float(end) for end in self.visited.numpy())
        return terminal_solution(self.model, self.network, (lowest, highest), training)
