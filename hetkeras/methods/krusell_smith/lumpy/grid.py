"""The classical Krusell-Smith method where firms make one choice, with splines in their capital."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.classical import ClassicalKrusellSmith
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid_policy import GridPolicy
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.grid_value import GridValue
from hetkeras.methods.krusell_smith.lumpy.interpolated_policy import InterpolatedPolicy
from hetkeras.methods.krusell_smith.lumpy.signatures import firm_solution
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.solution import Solution


class GridKrusellSmith(ClassicalKrusellSmith[GridValue, FirmSimulator]):
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
        grid = GridValue(model, rules, settings.num_capital, settings.num_mean_capital)
        self.model = model
        self.policy = (InterpolatedPolicy if settings.interpolated else GridPolicy)(grid)
        simulator = FirmSimulator(model, self.policy, histogram)
        super().__init__(grid, rules, settings, OuterLoop(simulator, rules, path, burn_in, fixed_rules))

    def prepare(self) -> None:
        if isinstance(self.policy, InterpolatedPolicy):
            self.policy.tabulate()

    def tracked(self) -> dict[str, Any]:
        return {**super().tracked(), "targets": self.grid.targets}

    def _variables(self) -> list[tf.Variable]:
        table = [self.policy.table] if isinstance(self.policy, InterpolatedPolicy) else []
        return [self.grid.values, *self.rules.variables, *table]

    def solution(self) -> Solution:
        training = {**self.record(), "histogram_nodes": self.round.simulator.histogram.num_nodes}
        return firm_solution(self.model, self.policy, self.grid.value, self._variables(), training)
