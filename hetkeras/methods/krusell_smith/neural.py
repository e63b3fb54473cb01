"""Neural Krusell-Smith (Yokomoto 2026, Algorithm 4): value and price-conditioned policy by gradient steps, simulation
by forward passes, forecast rules by regression on what was simulated, until the rules no longer move.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import keras
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.methods.krusell_smith.coarse_solve import CoarseSolve
from hetkeras.methods.krusell_smith.compiled_economy import CompiledEconomy
from hetkeras.methods.krusell_smith.networks import KrusellSmithNetworks
from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop, SimulatorT
from hetkeras.methods.krusell_smith.round_decay import PlanVariables, RoundDecay, RoundPlan
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from hetkeras.training.compiled_steps import run_steps
from hetkeras.training.divisible_solver import DividedUpdate, DivisibleSolver
from hetkeras.training.loss_output import LossOutput
from hetkeras.training.slopes import Slopes, loss_slopes

MUON = functools.partial(keras.optimizers.Muon, weight_decay=None, adam_weight_decay=None, ns_steps=4)
VALUE, POLICY = 0, 1  # places of their optimizers
SPREAD = 0.01  # of drawn mean capital around simulated values, in logs


NetworksT = TypeVar("NetworksT", bound=KrusellSmithNetworks)
SettingsT = TypeVar("SettingsT", bound=NeuralSettings)


class NeuralKrusellSmith(DivisibleSolver, abc.ABC, Generic[NetworksT, SettingsT, SimulatorT]):
    """Alternates value and policy steps; after each round simulates and moves the rules.

    Args:
      networks: over a model and forecast rules.
      settings: see there.
      simulation: the path that is simulated in each round.
      seed: of the draws of states.
      start: whose rules a run begins with; None for those that the networks have.
    """

    undivided = ""

    def __init__(
        self,
        networks: NetworksT,
        settings: SettingsT,
        simulation: OuterLoop[SimulatorT],
        seed: int,
        start: CoarseSolve | None = None,
    ) -> None:
        super().__init__(settings.num_steps, seed)
        self.networks, self.chosen, self.round, self.start = networks, settings, simulation, start
        self._start = tf.Variable(0, trainable=False)
        self._thorough = tf.Variable(False, trainable=False)  # whether the first round that is not rough has begun
        self._reused = tf.Variable(0.0, trainable=False)  # steps on targets of a sample, in the last round
        self._plan = PlanVariables(*(tf.Variable(x, dtype=tf.float32, trainable=False) for x in self._next_round()))
        value = MUON if settings.value_optimizer == "muon" else keras.optimizers.Adam
        self._optimizers = [self._optimizer(value, networks.value_weights)]
        self._optimizers += [self._optimizer(keras.optimizers.Adam, networks.policy_weights)]

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

    def begin(self) -> float:
        return 0.0 if self.start is None else self.start.give(self.networks.rules)

    # --- training --------------------------------------------------------------------------------------------
    @compiled
    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return run_steps(self._update, num_steps, self.told)

    @property
    def told(self) -> tuple[str, ...]:
        return ("loss", *self.networks.value_metrics, *self.networks.policy_metrics)

    def _update(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Steps of the value, the policy held fixed, then of the policy, the value held fixed."""
        sample, networks = self._sample(), self.networks
        names = ("loss", *networks.value_metrics)
        samples = tf.maximum(1, self.chosen.value_steps // tf.cast(self._plan.reuse, tf.int32))
        value_fine, value = run_steps(self._update_value, samples, names)
        fit = functools.partial(networks.policy_fit, targets=networks.policy_targets(sample))
        step = functools.partial(self._gradient_step, POLICY, networks.policy_weights, fit, sample)
        count = tf.where(value_fine, self.chosen.policy_steps, 0)
        policy_fine, policy = run_steps(step, count, networks.policy_metrics)
        return self._moved_on(value_fine & policy_fine), {**value, **policy}

    def _update_value(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Steps of the value on the targets of a new sample; the target network follows after them."""
        sample, networks = self._sample(), self.networks
        fit = functools.partial(networks.value_fit, targets=networks.value_targets(sample))
        step = functools.partial(self._gradient_step, VALUE, networks.value_weights, fit, sample)
        count = tf.cast(self._plan.reuse, tf.int32)
        finite, metrics = run_steps(step, count, ("loss", *networks.value_metrics))

        def move_on() -> tf.Tensor:
            networks.follow(metrics)
            return finite

        return tf.cond(finite, move_on, lambda: finite), metrics

    def step_seed(self, stream: int) -> tf.Tensor:
        """Returns the [2] seed of a stream of draws at the current step of the value."""
        return tf.stack([self.first_stream + stream, tf.cast(self._optimizers[0].iterations, tf.int32)])

    def _gradient_step(
        self, which: int, weights: list[keras.Variable], loss: Callable[[Any], LossOutput], sample: Any
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        slopes = loss_slopes(weights, lambda: (loss(sample), ()))
        return self._applied(which, slopes, tf.constant(True)), slopes.metrics

    def _applied(self, which: int, slopes: Slopes, wanted: tf.Tensor) -> tf.Tensor:
        """Takes a step of an optimizer if it is wanted and finite; returns whether it is both."""
        finite = wanted & slopes.finite

        def apply() -> tf.Tensor:
            self._optimizers[which].apply(slopes.gradients)
            return finite

        return tf.cond(finite, apply, lambda: finite)

    def _optimizer(
        self, kind: Callable[..., keras.optimizers.Optimizer], weights: list[keras.Variable]
    ) -> keras.optimizers.Optimizer:
        optimizer = kind(RoundDecay(self.step, self._start, self._plan, self.chosen.warmup_steps))
        optimizer.build(weights)
        return optimizer

    # --- steps on a share of each batch ----------------------------------------------------------------------
    def _own(self, sample: Any) -> Any:
        """Own part of a sample."""
        return self.share.of(sample)

    @property
    def plan(self) -> int:
        """Steps of the value on the targets of a sample."""
        return int(self._plan.reuse)

    def divided_update(self, plan: int) -> DividedUpdate:
        fine, told = tf.constant(True), []
        for _ in range(max(1, self.chosen.value_steps // plan)):
            sample, targets = self._divided_sample(VALUE)
            value_fine, value = yield from self._divided_steps(VALUE, plan, sample, targets, fine)
            fine = self._followed(value, value_fine)
            told.append(value)
        sample, targets = self._divided_sample(POLICY)
        fine, policy = yield from self._divided_steps(POLICY, self.chosen.policy_steps, sample, targets, fine)
        self._moved_on(fine)
        return fine, {**_means(told), **{name: policy[name] for name in self.networks.policy_metrics}}

    def _divided_steps(self, which: int, count: int, sample: Any, targets: Any, fine: tf.Tensor) -> DividedUpdate:
        told = []
        for _ in range(count):
            total = yield self._divided_slopes(which, sample, targets)
            fine = self._divided_applied(which, total, fine)
            told.append(total.metrics)
        return fine, _means(told)

    @compiled
    def _divided_sample(self, which: int) -> tuple[Any, Any]:
        """Own part of a sample, and its targets."""
        sample, networks = self._own(self._sample()), self.networks
        return sample, networks.value_targets(sample) if which == VALUE else networks.policy_targets(sample)

    @compiled
    def _divided_slopes(self, which: int, sample: Any, targets: Any) -> Slopes:
        networks = self.networks
        fit, weights = (
            (networks.value_fit, networks.value_weights)
            if which == VALUE
            else (networks.policy_fit, networks.policy_weights)
        )
        return loss_slopes(weights, lambda: (fit(sample, targets), ())).part_of(self.share)

    @compiled
    def _divided_applied(self, which: int, total: Slopes, wanted: tf.Tensor) -> tf.Tensor:
        return self._applied(which, total, wanted)

    @compiled
    def _followed(self, metrics: dict[str, tf.Tensor], finite: tf.Tensor) -> tf.Tensor:
        def follow() -> tf.Tensor:
            self.networks.follow(metrics)
            return finite

        return tf.cond(finite, follow, lambda: finite)

    def _moved_on(self, finite: tf.Tensor) -> tf.Tensor:
        def move_on() -> tf.Tensor:
            self.step.assign_add(1)
            return finite

        return tf.cond(finite, move_on, lambda: finite)

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
        self._reused.assign(self._plan.reuse)
        for variable, value in zip(self._plan, self._next_round(), strict=True):
            variable.assign(value)
        return {"economics/round": float(self.round.count), **self.round.summary()}

    def _next_round(self) -> RoundPlan:
        """While the rules are far from settled networks need not be exact; then once a long round."""
        chosen = self.chosen
        if not self.round.near and int(self.round.count) < min(chosen.rough_rounds, chosen.max_rounds // 2):
            return RoundPlan(chosen.round_steps, chosen.first_rate, chosen.reuse)
        if not bool(self._thorough):
            self._thorough.assign(True)
            return RoundPlan(chosen.first_steps, chosen.first_rate, 1)
        return RoundPlan(chosen.round_steps, chosen.round_rate, 1)

    @property
    def finished(self) -> bool:
        return self.round.settled(self.chosen.tolerance) and float(self._reused) == 1

    @property
    def outcome(self) -> str:
        return self.round.outcome(self.chosen.max_rounds, self.finished)

    # --- what the Trainer and the rest ask -------------------------------------------------------------------
    def tracked(self) -> dict[str, Any]:
        return {
            "networks": [variable.value for variable in self.networks.weights],
            "optimizers": self._optimizers,
            "rules": self.networks.rules,
            "rounds": [*self.round.tracked, *self.schedule, *self._remembered],
        }

    @property
    def schedule(self) -> list[tf.Variable]:
        """Where in its rounds the training is."""
        return [self._start, *self._plan, self._thorough, self._reused]

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


def _means(rows: list[dict[str, tf.Tensor]]) -> dict[str, tf.Tensor]:
    return {name: tf.add_n([row[name] for row in rows]) / len(rows) for name in rows[0]}
