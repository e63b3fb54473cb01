"""The classical Krusell-Smith method on grids (Yokomoto 2026, Algorithms 1 to 3): the yardstick of the neural one."""

from __future__ import annotations

import abc
from typing import Any, Generic, Protocol, TypeVar

import tensorflow as tf

from hetkeras.methods.krusell_smith.classical_rounds import ClassicalRounds
from hetkeras.methods.krusell_smith.classical_settings import ClassicalSettings
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop, SimulatorT
from hetkeras.methods.krusell_smith.rules.base import ForecastRules


class ValueGrid(Protocol):
    """A value function on grids that knows its Bellman operator."""

    values: tf.Variable

    def iterate(self, sweeps: tf.Tensor, evaluations: tf.Tensor, tolerance: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Policy iteration from the present values; returns the residual and the number of improvements."""


GridT = TypeVar("GridT", bound=ValueGrid)


class ClassicalKrusellSmith(ClassicalRounds[ClassicalSettings, SimulatorT], abc.ABC, Generic[GridT, SimulatorT]):
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
        super().__init__(rules, settings, simulation)
        self.grid = grid

    def improve(self, most: bool) -> tuple[tf.Tensor, tf.Tensor]:
        sweeps = self.chosen.max_improvements if most else 0
        tolerance = tf.constant(self.chosen.bellman_tolerance, self.grid.values.dtype)
        return self.grid.iterate(tf.constant(sweeps), tf.constant(self.chosen.evaluations), tolerance)

    def tracked(self) -> dict[str, Any]:
        return {"values": self.grid.values, **super().tracked()}
