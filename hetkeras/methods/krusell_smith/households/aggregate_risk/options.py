"""Options of a solve of households under aggregate shocks."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from annotated_types import Interval

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.method import Options
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
from hetkeras.methods.krusell_smith.households.aggregate_risk.classical import ClassicalHouseholds, first_rules
from hetkeras.methods.krusell_smith.households.aggregate_risk.consumption_network import ConsumptionNetwork
from hetkeras.methods.krusell_smith.households.aggregate_risk.measure import FINER, PERIODS, MeasuringPlan, shocks
from hetkeras.methods.krusell_smith.households.aggregate_risk.neural import NeuralHouseholds
from hetkeras.methods.krusell_smith.households.aggregate_risk.neural_settings import NeuralHouseholdSettings
from hetkeras.methods.krusell_smith.households.aggregate_risk.settings import AggregateRiskSettings
from hetkeras.methods.krusell_smith.rules.implied_price import DAMPING
from hetkeras.training.memory import Need

COPIES = 12  # of what is known at all nodes, in an iteration
INPUTS = 8  # of a network, and its biases
COARSE = AggregateRiskSettings(
    num_assets=120, num_mean_capital=5, histogram_nodes=400, policy_tolerance=1e-6, tolerance=1e-4
)
"""Settings of the classical solve from which networks start."""

HouseholdSolver = ClassicalHouseholds | NeuralHouseholds


@dataclasses.dataclass(frozen=True)
class AggregateRiskOptions(Options):
    """As `Options`, the outer loop over forecast rules, and what is measured."""

    method: Annotated[Literal["classical", "neural"], "Endogenous grid points, or a network on Euler equations."] = (
        "classical"
    )
    shocks: Annotated[str | None, "CSV with a column 'aggregate' of state indices; default: drawn."] = None
    periods: Annotated[int, Interval(ge=1_000, le=1_000_000), "Periods after the burn-in, where they are drawn."] = (
        PERIODS
    )
    damping: Annotated[float, Interval(ge=0.01, le=1), "Share of the way to the regression that the rules go."] = (
        DAMPING
    )
    memory: Annotated[int, Interval(ge=0, le=100), "Rounds that Anderson acceleration combines; 0: damping."] = 3
    reference: Annotated[bool, "Solve once more on twice the nodes and the same shocks, to compare with."] = True

    @property
    def chunk_steps(self) -> int:
        """Rounds on grids are long; steps of networks are not."""
        return 1 if self.method == "classical" else 4

    @property
    def plan(self) -> MeasuringPlan:
        return MeasuringPlan(self.shocks, self.periods, self.reference)


def make_settings(options: AggregateRiskOptions) -> AggregateRiskSettings | NeuralHouseholdSettings:
    """The settings asked for; both presets are alike."""
    kind = AggregateRiskSettings if options.method == "classical" else NeuralHouseholdSettings
    return kind.chosen({}, options.solver)


def make_solver(model: AggregateRiskHouseholds, options: AggregateRiskOptions) -> HouseholdSolver:
    """Builds the solver on a path of aggregate states.

    Raises:
      CalibrationError: if there is no such path.
    """
    path, settings = shocks(model, options.shocks, options.periods), make_settings(options)
    rules = first_rules(model, options.damping, options.memory)
    if isinstance(settings, AggregateRiskSettings):
        return ClassicalHouseholds(model, rules, settings, path, BURN_IN)
    coarse = ClassicalHouseholds(model, first_rules(model), COARSE, path, BURN_IN)
    network = ConsumptionNetwork(model, (settings.width, settings.width))
    return NeuralHouseholds(network, rules, settings, path, BURN_IN, coarse, options.seed)


def need(model: AggregateRiskHouseholds, options: AggregateRiskOptions) -> Need:
    """Memory of consumption and of the distribution at all nodes."""
    settings, states = make_settings(options), model.idiosyncratic_chain.num_states * model.aggregate_chain.num_states
    if isinstance(settings, NeuralHouseholdSettings):
        weights = settings.width * (INPUTS + settings.width + states)
        size = 8.0 * COPIES * settings.households * weights
        return Need(size, f"{settings.households} households and about {weights} weights", "choose fewer of them")
    finer = FINER if options.reference else 1
    assets = max(model.aggregate_chain.num_states * settings.num_assets, settings.histogram_nodes)
    return Need(
        8.0 * COPIES * states * settings.num_mean_capital * assets * finer**2,
        f"{states} states, {settings.num_mean_capital} nodes of mean capital, {settings.num_assets} nodes of assets",
        "use fewer nodes (--solver=num_assets=...) or no reference (--reference=false)",
    )
