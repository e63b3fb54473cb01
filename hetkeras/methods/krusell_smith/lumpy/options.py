"""Options of a solve of firms that make one choice, and the solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Interval

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
from hetkeras.methods.krusell_smith.coarse_solve import CoarseSolve
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.measure import HISTOGRAM_NODES
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.pointwise_networks import PointwiseFirms
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from hetkeras.methods.krusell_smith.options import KrusellSmithOptions, log_linear_rules
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest
from hetkeras.methods.krusell_smith.rules.network import NetworkRules
from hetkeras.settings import Many, Nodes
from hetkeras.training.memory import Need

COARSE = GridSettings(bellman_tolerance=1e-6, tolerance=1e-4)
"""Settings of the classical solve whose rules networks start from."""

COPIES = 12  # tensors of the largest size that are held at once
HistogramNodes = Annotated[int, Interval(ge=2, le=1_000_000)]
PAIRS = {"quick": 200, "paper": 2000}
LONGER: dict[str, Any] = {"first_steps": 4000, "round_steps": 2000, "tolerance": 2e-4}
"""Settings of preset=paper."""
FIXED: dict[str, Any] = {"first_steps": 2000}
"""Settings of fixed rules, which no rounds follow."""

PAPER: dict[str, Any] = {
    "first_steps": 6000,
    "round_steps": 1000,
    "rough_rounds": 0,
    "policy_steps": 1,
    "value_optimizer": "adam",
    "first_rate": 1e-3,
    "warmup_steps": 100,
    "mean_capital_batch": 16,
    "capital_batch": 1,
    "max_rounds": 6,
}
"""Settings of networks=paper, whose steps are dearer."""
SHARP: dict[str, Any] = {
    "first_steps": 2000,
    "round_steps": 800,
    "rough_rounds": 0,
    "policy_steps": 1,
    "value_optimizer": "adam",
    "first_rate": 2e-3,
    "warmup_steps": 100,
}
"""Settings of rules=network: rules several times sharper ask for policies that are, also off the path."""


@dataclasses.dataclass(frozen=True)
class LumpyOptions(KrusellSmithOptions):
    """As `KrusellSmithOptions`, and the networks, the simulation and what is measured."""

    networks: Annotated[
        Literal["tables", "paper"], "Outputs by shock state on closed-form baselines; or as in the paper."
    ] = "tables"
    rules: Annotated[Literal["log_linear", "network"], "What firms forecast with."] = "log_linear"
    width: Annotated[Nodes | None, "Nodes in each of the two hidden layers; default 64 (networks=paper: 128)."] = None
    histogram_nodes: Annotated[HistogramNodes, "Nodes of capital in the simulation."] = HISTOGRAM_NODES
    pairs: Annotated[
        Many | None,
        "Pairs of economies in the impulse response; default 200 (preset=paper: 2,000).",
    ] = None
    reference: Annotated[bool, "Solve on refined grids too and measure the distance."] = True

    @property
    def from_coarse_solve(self) -> bool:
        usual = self.networks == "tables" and self.rules == "log_linear"
        return super().from_coarse_solve and (usual or self.start is not None)

    @property
    def nodes(self) -> int:
        """In each hidden layer."""
        return self.width or (128 if self.networks == "paper" else 64)

    @property
    def num_pairs(self) -> int:
        return PAIRS[self.preset] if self.pairs is None else self.pairs


def make_settings(options: LumpyOptions) -> GridSettings | KrusellSmithSettings:
    """Preset, then what fits the networks, then settings."""
    if options.method == "grid":
        return GridSettings.chosen(options.last, options.solver)
    usual = LONGER if options.preset == "paper" else FIXED if options.fixed_rules else {}
    if options.networks == "paper":
        usual = PAPER
    elif options.rules == "network":
        usual = {**SHARP, **usual}
    return KrusellSmithSettings.chosen({**usual, **options.last}, options.solver)


def need(model: PriceTakingFirms, options: LumpyOptions) -> Need:
    """Memory of a training step or of an improvement on grids, or of the economies that are simulated together."""
    settings, shocks = make_settings(options), model.idiosyncratic_chain.num_states * model.aggregate_chain.num_states
    if isinstance(settings, GridSettings):
        solved = shocks * settings.num_mean_capital * settings.num_capital**2
        sizes = f"{settings.num_capital} x {settings.num_mean_capital} knots"
    else:
        solved = shocks * settings.mean_capital_batch * settings.capital_batch * options.nodes
        sizes = f"{settings.mean_capital_batch} x {settings.capital_batch} states with width {options.nodes}"
    trained = Need(8.0 * COPIES * solved, sizes, "choose fewer of them")
    return max(trained, simulation_need(model, options.num_pairs, options.histogram_nodes))


def simulation_need(model: PriceTakingFirms, num_pairs: int, nodes: int) -> Need:
    """Memory of the economies that are simulated together."""
    entries = 2 * max(1, num_pairs) * model.idiosyncratic_chain.num_states * nodes
    what = f"{num_pairs} pairs of economies with {nodes} nodes of the histogram"
    return Need(8.0 * COPIES * entries, what, "choose fewer, with --pairs or --histogram_nodes")


def make_rules(model: PriceTakingFirms, options: LumpyOptions) -> ForecastRules:
    """Builds the forecast rules."""
    lines = log_linear_rules(model, options)
    return NetworkRules(lines, model.mean_capital_bounds, options.damping) if options.rules == "network" else lines


def make_solver(model: PriceTakingFirms, path: np.ndarray, options: LumpyOptions) -> GridKrusellSmith | NeuralLumpy:
    """Builds the solver on a path of aggregate states [T]."""
    histogram, rules = Histogram(*model.capital_bounds, options.histogram_nodes), make_rules(model, options)
    settings = make_settings(options)
    if isinstance(settings, GridSettings):
        return GridKrusellSmith(model, rules, settings, path, BURN_IN, histogram, options.fixed_rules)
    networks = PointwiseFirms if options.networks == "paper" else TabulatedFirms
    firms = networks(model, rules, (options.nodes, options.nodes), settings.price_noise)
    start = coarse_solve(model, path, histogram) if options.from_coarse_solve else None
    return NeuralLumpy(firms, settings, path, BURN_IN, histogram, options.seed, options.fixed_rules, start)


def coarse_solve(model: PriceTakingFirms, path: np.ndarray, histogram: Histogram) -> CoarseSolve:
    """A classical solve whose rules networks start from, on a path of aggregate states [T]."""
    return CoarseSolve(GridKrusellSmith(model, rules_at_rest(model), COARSE, path, BURN_IN, histogram))
