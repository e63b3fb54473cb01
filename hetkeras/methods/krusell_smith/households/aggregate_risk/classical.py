"""The classical method for households: endogenous grid points, a distribution that moves, rules by regression."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.classical_rounds import ClassicalRounds
from hetkeras.methods.krusell_smith.households.aggregate_risk.consumption_grid import ConsumptionGrid
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import payoff
from hetkeras.methods.krusell_smith.households.aggregate_risk.saving_table import SavingTable
from hetkeras.methods.krusell_smith.households.aggregate_risk.settings import AggregateRiskSettings
from hetkeras.methods.krusell_smith.households.aggregate_risk.signatures import aggregate_risk_solution
from hetkeras.methods.krusell_smith.households.aggregate_risk.simulator import HouseholdSimulator
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.methods.krusell_smith.rules.implied_price import DAMPING, ImpliedPriceRules
from hetkeras.solution import Solution

ROUGH, CLOSER = 1e-5, 1e-3  # tolerance of consumption in the first round; in later ones, over the change of the rules


def first_rules(model: AggregateRiskHouseholds, damping: float = DAMPING, memory: int = 3) -> ImpliedPriceRules:
    """Rules through the rest points of the economy without risk."""
    return ImpliedPriceRules.at_rest(model, partial(payoff, model), damping, memory)


class ClassicalHouseholds(ClassicalRounds[AggregateRiskSettings, HouseholdSimulator]):
    """A step is a round: consumption at the present rules, simulation, update of the rules.

    Args:
      model: the economics.
      rules: what households expect at first; moved by each round.
      settings: see there.
      path: aggregate states of the simulation, [T].
      burn_in: first periods that the regressions leave out.
      fixed_rules: keep the first rules.
    """

    def __init__(
        self,
        model: AggregateRiskHouseholds,
        rules: ImpliedPriceRules,
        settings: AggregateRiskSettings,
        path: np.ndarray,
        burn_in: int,
        fixed_rules: bool = False,
    ) -> None:
        self.model = model
        limits = model.borrowing_limit, model.greatest_assets
        nodes = asset_nodes(*limits, settings.num_assets, settings.pivot)
        self.grid = ConsumptionGrid(model, nodes, settings.num_mean_capital, rules)
        places = asset_nodes(*limits, settings.histogram_nodes, settings.histogram_pivot)
        self.table = SavingTable(model, places, settings.num_mean_capital)
        self._tabulated = graph(self.grid.assets_next)
        simulator = HouseholdSimulator(model, self.table)
        rounds = OuterLoop(simulator, rules, path, burn_in, fixed_rules, settings.short_periods, settings.near)
        super().__init__(rules, settings, rounds)

    def improve(self, most: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Iterates on consumption.

        Raises:
          TrainingDiverged: if it does not converge.
        """
        tolerance = tf.constant(self._tolerance, tf.float64)
        change, count = self.grid.iterate(tf.constant(self.chosen.max_iterations if most else 0), tolerance)
        if most and not change <= tolerance:
            raise TrainingDiverged(
                f"consumption at the rules of round {int(self.step) + 1} still changes by {float(change):.3g} after "
                f"{int(count)} iterations; expected at most {float(tolerance):.3g}. Allow more "
                "(--solver=max_iterations=...)"
            )
        return change, count

    @property
    def _tolerance(self) -> float:
        """While the rules are far from settled consumption need not be exact."""
        rough = min(ROUGH, CLOSER * float(self.round.distance))
        return max(self.chosen.policy_tolerance, rough)

    def prepare(self) -> None:
        """Tabulates where households go."""
        self.table.assets_next.assign(self._tabulated(tf.constant(self.table.nodes)))

    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        """Assets [H] and consumption [E, H] in the last aggregate state, with mean capital in the middle."""
        consumption = self.grid.consumption
        return self.grid.nodes, consumption[-1, :, consumption.shape[2] // 2].numpy()

    def _variables(self) -> list[tf.Variable]:
        return [self.grid.consumption, *self.rules.variables]

    def tracked(self) -> dict[str, Any]:
        return {"consumption": self.grid.consumption, **super().tracked()}

    def solution(self) -> Solution:
        return aggregate_risk_solution(self.model, self.grid.policy, self.rules, self._variables(), self.record())
