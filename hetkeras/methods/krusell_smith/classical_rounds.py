"""Rounds of the classical Krusell-Smith method: solve at the present forecast rules, simulate, move the rules."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, Generic, Protocol, TypeVar

import tensorflow as tf

from hetkeras.methods.krusell_smith.compiled_economy import CompiledEconomy
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop, SimulatorT
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.training.solver import Solver


class RoundSettings(Protocol):
    """max_rounds: at most; tolerance: largest change of the forecast rules, in logs, at which the method ends."""

    @property
    def max_rounds(self) -> int: ...
    @property
    def tolerance(self) -> float: ...


SettingsT = TypeVar("SettingsT", bound=RoundSettings)


class ClassicalRounds(Solver, abc.ABC, Generic[SettingsT, SimulatorT]):
    """A step is a round.

    Args:
      rules: what agents expect at first; moved by each round.
      settings: see there.
      simulation: the path that is simulated in each round.
    """

    def __init__(self, rules: ForecastRules, settings: SettingsT, simulation: OuterLoop[SimulatorT]) -> None:
        super().__init__(settings.max_rounds, seed=0)
        self.rules, self.chosen, self.round = rules, settings, simulation

    @abc.abstractmethod
    def improve(self, most: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Solves at the present rules, or only looks; returns the residual and the number of improvements."""

    @abc.abstractmethod
    def prepare(self) -> None:
        """Does what choices need after they changed."""

    @abc.abstractmethod
    def _variables(self) -> list[tf.Variable]:
        """What an export holds."""

    @property
    def economy(self) -> CompiledEconomy[SimulatorT]:
        """The compiled simulator, to measure the export with."""
        return CompiledEconomy(self.round.simulator, self._variables())

    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Solves at the present rules; more than one step waits for `refresh`."""
        residual, improvements = self.improve(bool(num_steps))
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

    @property
    def outcome(self) -> str:
        return self.round.outcome(self.chosen.max_rounds, self.finished)

    def tracked(self) -> dict[str, Any]:
        return {"rules": self.rules, "rounds": self.round.tracked}

    def broken_state(self) -> str:
        return f"round {int(self.step)} of the classical method"

    def settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.chosen)  # type: ignore[call-overload]

    def record(self) -> dict[str, Any]:
        """What an export tells of how the solution was found."""
        return {"method": "grid", **self.round.record(), **self.settings()}
