"""The classical Krusell-Smith method where firms choose capital and labor in branches, all on nodes."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.branching.grid_policy import BranchingGridPolicy
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.branching.grid_value import BranchingGrid
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.signatures import branching_solution
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.classical import ClassicalKrusellSmith
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.solution import Solution


class BranchingKrusellSmith(ClassicalKrusellSmith[BranchingGrid, BranchingEconomies]):
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
        super().__init__(grid, rules, settings, OuterLoop(simulator, rules, path, burn_in, fixed_rules, *lengths))

    def prepare(self) -> None:
        self.policy.tabulate()

    def _variables(self) -> list[tf.Variable]:
        return [self.grid.values, self.policy.expected, *self.rules.variables]

    def solution(self) -> Solution:
        self.prepare()  # a run that was over when it was resumed has not simulated
        training = {**self.record(), "periods": len(self.round.path)}
        return branching_solution(self.model, self.policy, self._variables(), training)
