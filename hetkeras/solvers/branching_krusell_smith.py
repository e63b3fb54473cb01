"""The classical Krusell-Smith method where firms choose capital and labour in branches, all on nodes."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.forecast_rules.base import ForecastRules
from hetkeras.simulation.branching_economies import BranchingEconomies
from hetkeras.simulation.joint_histogram import JointHistogram
from hetkeras.solution import Solution
from hetkeras.solvers.branching_grid import BranchingGrid
from hetkeras.solvers.branching_grid_policy import BranchingGridPolicy
from hetkeras.solvers.branching_settings import BranchingSettings
from hetkeras.solvers.branching_solution import branching_solution
from hetkeras.solvers.classical_krusell_smith import ClassicalKrusellSmith
from hetkeras.solvers.krusell_smith_round import KrusellSmithRound


class BranchingKrusellSmith(ClassicalKrusellSmith):
    """A step is a round: policy iteration, simulation, update of the rules.

    Args:
      model: the economics.
      rules: what firms expect at first; moved by each round.
      settings: see there.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that the regressions leave out.
      fixed_rules: keep the first rules.
    """

    def __init__(
        self,
        model: BranchingFirms,
        rules: ForecastRules,
        settings: BranchingSettings,
        path: np.ndarray,
        burn_in: int,
        fixed_rules: bool = False,
    ) -> None:
        dtype = tf.float64 if settings.precision == 64 else tf.float32
        histogram = JointHistogram.of(model, (settings.finer_capital, settings.finer_labor))
        grid = BranchingGrid(model, rules, settings.num_mean_capital, dtype, histogram)
        self.model, self.policy = model, BranchingGridPolicy(grid)
        simulator = BranchingEconomies(model, self.policy)
        lengths = settings.short_periods, settings.near
        super().__init__(
            grid, rules, settings, KrusellSmithRound(simulator, rules, path, burn_in, fixed_rules, *lengths)
        )

    def prepare(self) -> None:
        self.policy.tabulate()

    def _variables(self) -> list[tf.Variable]:
        return [self.grid.values, self.policy.expected, *self.rules.variables]

    def solution(self) -> Solution:
        self.prepare()  # a run that was over when it was resumed has not simulated
        training = {**self.record(), "periods": len(self.round.path)}
        return branching_solution(self.model, self.policy, self._variables(), training)
