"""The classical Krusell-Smith method on grids (Yokomoto 2026, Algorithms 1 to 3): the yardstick of the neural one."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, Generic, Protocol, TypeVar

import tensorflow as tf

from hetkeras.methods.krusell_smith.classical_settings import ClassicalSettings
from hetkeras.methods.krusell_smith.lumpy.compiled_economy import CompiledEconomy
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop, SimulatorT
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.training.solver import Solver


class ValueGrid(Protocol):
    """A value function on grids that knows its Bellman operator."""

    values: tf.Variable

    def iterate(self, sweeps: tf.Tensor, evaluations: tf.Tensor, tolerance: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Policy iteration from the present values; returns the residual and the number of improvements."""


GridT = TypeVar("GridT", bound=ValueGrid)


class ClassicalKrusellSmith(Solver, abc.ABC, Generic[GridT, SimulatorT]):
    """A step is a round: policy iteration, simulation, update of the rules.

    Args:
      grid: the value function.
      rules: what firms expect at first; moved by each round.
      settings: see there.
      simulation: the path that is simulated in each round.
    """

    def __init__(
        self,
        grid: GridT,
        rules: ForecastRules,
        settings: ClassicalSettings,
        simulation: OuterLoop[SimulatorT],
    ) -> None:
        super().__init__(settings.max_rounds, seed=0)
        self.grid, self.rules, self.chosen, self.round = grid, rules, settings, simulation

    @abc.abstractmethod
    def prepare(self) -> None:
        """Does what choices need after the value function changed."""

    @abc.abstractmethod
    def _variables(self) -> list[tf.Variable]:
        """What an export holds."""

    @property
    def economy(self) -> CompiledEconomy[SimulatorT]:
        """The compiled simulator, to measure the export with."""
        return CompiledEconomy(self.round.simulator, self._variables())

    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Solves the Bellman equation at the present rules; more than one step waits for `refresh`."""
        sweeps = self.chosen.max_improvements if int(num_steps) else 0
        tolerance = tf.constant(self.chosen.bellman_tolerance, self.grid.values.dtype)
        residual, improvements = self.grid.iterate(tf.constant(sweeps), tf.constant(self.chosen.evaluations), tolerance)
        if not num_steps:
            return tf.constant(True), {}
        self.step.assign_add(1)
        metrics = {"loss": residual, "improvements": improvements}
        return tf.math.is_finite(residual), metrics

    def refresh(self) -> dict[str, float]:
        """Simulates and updates the rules.

        Raises:
          TrainingDiverged: see `OuterLoop.run`.
        """
        self.prepare()
        self.round.run()
        return self.round.summary()

    @property
    def finished(self) -> bool:
        return self.round.settled(self.chosen.tolerance)

    def tracked(self) -> dict[str, Any]:
        return {"values": self.grid.values, "rules": self.rules, "rounds": self.round.tracked}

    def broken_state(self) -> str:
        return f"round {int(self.step)} of the classical method"

    def settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.chosen)

    def record(self) -> dict[str, Any]:
        """What an export tells of how the solution was found."""
        return {"method": "grid", **self.round.record(), **self.settings()}
