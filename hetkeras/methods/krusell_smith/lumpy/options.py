"""Options of a solve of firms that make one choice, and the solver that they make."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
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
from hetkeras.methods.krusell_smith.rules.network import NetworkRules

PAIRS = {"quick": 200, "paper": 2000}
LONGER = {"first_steps": 4000, "round_steps": 2000, "tolerance": 2e-4}
"""Settings of preset=paper."""

PAPER = {
    "first_steps": 6000,
    "round_steps": 1000,
    "first_rate": 1e-3,
    "mean_capital_batch": 16,
    "capital_batch": 1,
    "max_rounds": 6,
}
"""Settings of networks=paper, whose steps are dearer."""


@dataclasses.dataclass(frozen=True)
class LumpyOptions(KrusellSmithOptions):
    """As `KrusellSmithOptions`, and the networks, the simulation and what is measured."""

    networks: Annotated[
        Literal["tables", "paper"], "Outputs by shock state on closed-form baselines; or as in the paper."
    ] = "tables"
    rules: Annotated[Literal["log_linear", "network"], "What firms forecast with."] = "log_linear"
    width: Annotated[
        Annotated[int, Ge(1)] | None, "Nodes in each of the two hidden layers; default 64 (networks=paper: 128)."
    ] = None
    histogram_nodes: Annotated[int, Ge(2), "Nodes of capital in the simulation."] = HISTOGRAM_NODES
    pairs: Annotated[
        Annotated[int, Ge(0)] | None, "Pairs of economies in the impulse response; default 200 (preset=paper: 2,000)."
    ] = None
    reference: Annotated[bool, "Solve on refined grids too and measure the distance."] = True

    @property
    def num_pairs(self) -> int:
        return PAIRS[self.preset] if self.pairs is None else self.pairs


def make_rules(model: PriceTakingFirms, options: LumpyOptions) -> ForecastRules:
    """Builds the forecast rules."""
    lines = log_linear_rules(model, options)
    return NetworkRules(lines, model.mean_capital_bounds, options.damping) if options.rules == "network" else lines


def make_solver(model: PriceTakingFirms, path: np.ndarray, options: LumpyOptions) -> GridKrusellSmith | NeuralLumpy:
    """Builds the solver on a path of aggregate states [T]: preset, then what fits the networks, then settings."""
    histogram, rules = Histogram(*model.capital_bounds, options.histogram_nodes), make_rules(model, options)
    if options.method == "grid":
        grid = GridSettings(**{**options.last, **GridSettings.parse(options.solver, "--solver")})
        return GridKrusellSmith(model, rules, grid, path, BURN_IN, histogram, options.fixed_rules)
    base = PAPER if options.networks == "paper" else LONGER if options.preset == "paper" else {}
    chosen = KrusellSmithSettings.parse(options.solver, "--solver")
    settings = KrusellSmithSettings(**{**base, **options.last, **chosen})
    networks = PointwiseFirms if options.networks == "paper" else TabulatedFirms
    width = options.width or (128 if options.networks == "paper" else 64)
    firms = networks(model, rules, (width, width), settings.price_noise)
    return NeuralLumpy(firms, settings, path, BURN_IN, histogram, options.seed, options.fixed_rules)
