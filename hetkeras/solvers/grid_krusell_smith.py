"""The classical Krusell-Smith method on grids (Yokomoto 2026, Algorithms 1 to 3): the yardstick of the neural one."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.forecast_rules.base import ForecastRules
from hetkeras.simulation.firms import FirmSimulator
from hetkeras.simulation.histogram import Histogram
from hetkeras.solution import Solution
from hetkeras.solvers.base import Solver
from hetkeras.solvers.firm_solution import firm_solution
from hetkeras.solvers.grid_policy import GridPolicy
from hetkeras.solvers.grid_settings import GridSettings
from hetkeras.solvers.grid_value import GridValue
from hetkeras.solvers.interpolated_policy import InterpolatedPolicy
from hetkeras.solvers.krusell_smith_round import KrusellSmithRound


class GridKrusellSmith(Solver):
    """A step is a round: policy iteration, simulation, update of the rules.

    Args:
      model: the economics.
      rules: what firms expect at first; moved by each round.
      settings: see there.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that the regressions leave out.
      histogram: nodes of the simulation.
      fixed_rules: keep the first rules.
    """

    def __init__(
        self,
        model: PriceTakingFirms,
        rules: ForecastRules,
        settings: GridSettings,
        path: np.ndarray,
        burn_in: int,
        histogram: Histogram,
        fixed_rules: bool = False,
    ) -> None:
        super().__init__(settings.max_rounds, seed=0)
        self.model, self.rules, self.chosen = model, rules, settings
        self.grid = GridValue(model, rules, settings.num_capital, settings.num_mean_capital)
        self.policy = (InterpolatedPolicy if settings.interpolated else GridPolicy)(self.grid)
        self.round = KrusellSmithRound(FirmSimulator(model, self.policy, histogram), rules, path, burn_in, fixed_rules)

    def train(self, num_steps: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Solves the Bellman equation at the present rules; more than one step waits for `refresh`."""
        sweeps = self.chosen.max_improvements if int(num_steps) else 0
        limits = tf.constant(self.chosen.evaluations), tf.constant(self.chosen.bellman_tolerance, tf.float64)
        residual, improvements = self.grid.iterate(tf.constant(sweeps), *limits)
        if not num_steps:
            return tf.constant(True), {}
        self.step.assign_add(1)
        metrics = {"loss": residual, "improvements": improvements}
        return tf.math.is_finite(residual), metrics

    def refresh(self) -> dict[str, float]:
        """Simulates and updates the rules.

        Raises:
          TrainingDiverged: see `KrusellSmithRound.run`.
        """
        if isinstance(self.policy, InterpolatedPolicy):
            self.policy.tabulate()
        self.round.run()
        return self.round.summary()

    @property
    def finished(self) -> bool:
        return float(self.round.distance) <= self.chosen.tolerance

    def tracked(self) -> dict[str, Any]:
        state = {"values": self.grid.values, "targets": self.grid.targets, "rules": self.rules}
        return {**state, "rounds": [self.round.count, self.round.distance]}

    def broken_state(self) -> str:
        return f"round {int(self.step)} of the classical method"

    def settings(self) -> dict[str, Any]:
        return dataclasses.asdict(self.chosen)

    def solution(self) -> Solution:
        training = {
            "method": "grid",
            **self.round.record(),
            "histogram_nodes": self.round.simulator.histogram.num_nodes,
            **self.settings(),
        }
        variables = [self.grid.values, *self.rules.variables]
        if isinstance(self.policy, InterpolatedPolicy):
            variables.append(self.policy.table)
        return firm_solution(self.model, self.policy, self.grid.value, variables, training)
