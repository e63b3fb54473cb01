"""Neural Krusell-Smith (Yokomoto 2026, Algorithm 4): value and price-conditioned policy by gradient steps, simulation
by forward passes, forecast rules by regression on what was simulated, until the rules no longer move.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import keras
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.methods.krusell_smith.lumpy.compiled_economy import CompiledEconomy
from hetkeras.methods.krusell_smith.networks import KrusellSmithNetworks
from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop, SimulatorT
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from hetkeras.training.compiled_steps import run_steps
from hetkeras.training.loss_output import LossOutput
from hetkeras.training.solver import Solver

SPREAD = 0.01  # of drawn mean capital around simulated values, in logs


class RoundPlan(NamedTuple):
    """steps: of the optimizers in a round; rate: at which they start, the peak of their learning rate."""

    steps: float
    rate: float


class _PlanVariables(NamedTuple):
    """A plan that compiled steps read."""

    steps: tf.Variable
    rate: tf.Variable


NetworksT = TypeVar("NetworksT", bound=KrusellSmithNetworks)
SettingsT = TypeVar("SettingsT", bound=NeuralSettings)


class NeuralKrusellSmith(Solver, abc.ABC, Generic[NetworksT, SettingsT, SimulatorT]):
    """Alternates value and policy steps; after each round simulates and moves the rules.

    Args:
      networks: over a model and forecast rules.
      settings: see there.
      simulation: the path that is simulated in each round.
      seed: of the draws of states.
    """

    def __init__(self, networks: NetworksT, settings: SettingsT, simulation: OuterLoop[SimulatorT], seed: int) -> None:
        super().__init__(settings.num_steps, seed)
        self.networks, self.chosen, self.round = networks, settings, simulation
        self._start = tf.Variable(0, trainable=False)
        self._plan = _PlanVariables(*(tf.Variable(x, dtype=tf.float32, trainable=False) for x in self._next_round()))
        self._optimizers = [self._adam(weights) for weights in (networks.value_weights, networks.policy_weights)]

    @abc.abstractmethod
    def _sample(self) -> Any:
        """States for a step: some evenly over the domain, the others where the last simulation went."""

    @abc.abstractmethod
    def _record_simulation(self, paths: FirmPaths) -> None:
        """Takes note of where the simulation went."""

    @property
    @abc.abstractmethod
    def _remembered(self) -> list[tf.Variable]:
        """What `_record_simulation` changes."""

    # --- training --------------------------------------------------------------------------------------------
    @compiled
    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        names = ("loss", *self.networks.value_metrics, *self.networks.policy_metrics)
        return run_steps(self._update, num_steps, names)

    def _update(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Steps of the value, the policy held fixed, then one of the policy, the value held fixed."""
        sample, networks = self._sample(), self.networks
        names = ("loss", *networks.value_metrics)
        value_fine, value = run_steps(self._update_value, tf.constant(self.chosen.value_steps), names)
        policy_fine, policy = self._gradient_step(1, networks.policy_weights, networks.policy_loss, sample)
        finite = value_fine & policy_fine

        def move_on() -> tf.Tensor:
            self.step.assign_add(1)
            return finite

        return tf.cond(finite, move_on, lambda: finite), {**value, **policy.metrics}

    def _update_value(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        networks = self.networks
        finite, output = self._gradient_step(0, networks.value_weights, networks.value_loss, self._sample())

        def move_on() -> tf.Tensor:
            networks.follow(output.metrics)
            return finite

        return tf.cond(finite, move_on, lambda: finite), {"loss": output.loss, **output.metrics}

    def step_seed(self, stream: int) -> tf.Tensor:
        """Returns the [2] seed of a stream of draws at the current step of the value."""
        return tf.stack([tf.constant(self.seed * 1009 + stream), tf.cast(self._optimizers[0].iterations, tf.int32)])

    def _gradient_step(
        self, which: int, weights: list[keras.Variable], loss: Callable[[Any], LossOutput], sample: Any
    ) -> tuple[tf.Tensor, LossOutput]:
        values = [weight.value for weight in weights]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            output = loss(sample)
        gradients = tape.gradient(output.loss, values)
        finite = tf.math.is_finite(output.loss) & tf.math.is_finite(tf.linalg.global_norm(gradients))

        def apply() -> tf.Tensor:
            self._optimizers[which].apply(gradients)
            return finite

        return tf.cond(finite, apply, lambda: finite), output

    def _adam(self, weights: list[keras.Variable]) -> keras.optimizers.Adam:
        optimizer = keras.optimizers.Adam(_RoundDecay(self.step, self._start, self._plan, self.chosen.warmup_steps))
        optimizer.build(weights)
        return optimizer

    # --- rounds ----------------------------------------------------------------------------------------------
    def refresh(self) -> dict[str, float]:
        """At the end of a round: simulate, update the rules, train next where the simulation went.

        Raises:
          TrainingDiverged: if a period finds no price that clears its market, or the rules diverge.
        """
        if int(self.step) < int(self._start) + int(self._plan.steps):
            return {}
        self._record_simulation(self.round.run())
        self._start.assign(self.step)
        for variable, value in zip(self._plan, self._next_round(), strict=True):
            variable.assign(value)
        return {"economics/round": float(self.round.count), **self.round.summary()}

    def _next_round(self) -> RoundPlan:
        """How the round that begins now is trained."""
        if int(self.round.count) == 0:
            return RoundPlan(self.chosen.first_steps, self.chosen.first_rate)
        return RoundPlan(self.chosen.round_steps, self.chosen.round_rate)

    @property
    def finished(self) -> bool:
        return self.round.settled(self.chosen.tolerance)

    # --- what the Trainer and the rest ask -------------------------------------------------------------------
    def tracked(self) -> dict[str, Any]:
        return {
            "networks": [variable.value for variable in self.networks.weights],
            "optimizers": self._optimizers,
            "rules": self.networks.rules,
            "rounds": [*self.round.tracked, self._start, *self._plan, *self._remembered],
        }

    def broken_state(self) -> str:
        parts = (
            f"{name.replace('_', ' ')} from {float(tf.reduce_min(x)):.4g} to {float(tf.reduce_max(x)):.4g}"
            for name, x in self._sample()._asdict().items()
        )
        return f"round {int(self.round.count) + 1}, " + ", ".join(parts)

    def settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.chosen)

    def record(self) -> dict[str, Any]:
        """What an export tells of how the solution was found."""
        training = {"method": "neural", "parametrisation": type(self.networks).__name__, "seed": self.seed}
        return {**training, "steps": int(self.step), **self.round.record(), **self.settings()}

    @property
    def economy(self) -> CompiledEconomy[SimulatorT]:
        """The compiled simulator, to measure the export with."""
        return CompiledEconomy(self.round.simulator, self._variables())

    def _variables(self) -> list[tf.Variable]:
        """What an export holds."""
        return [*(variable.value for variable in self.networks.weights), *self.networks.rules.variables]


class _RoundDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A cosine from the peak to zero in the steps of each round; the first has a warm-up."""

    def __init__(self, step: tf.Variable, start: tf.Variable, plan: _PlanVariables, warmup_steps: int) -> None:
        super().__init__()
        self._step, self._start, self._plan, self._warmup = step, start, plan, warmup_steps

    def __call__(self, _: tf.Tensor) -> tf.Tensor:
        done = tf.cast(self._step.value() - self._start.value(), tf.float32)
        warm = tf.minimum(1.0, (done + 1) / max(self._warmup, 1))
        peak = self._plan.rate * tf.where(self._start.value() == 0, warm, 1.0)
        return peak * 0.5 * (1 + tf.cos(math.pi * tf.clip_by_value(done / self._plan.steps, 0.0, 1.0)))

    def get_config(self) -> dict[str, Any]:
        return {"warmup_steps": self._warmup}
