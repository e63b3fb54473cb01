"""Options of a solve of firms with branches, and the solver that they make."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.branching.measure import BranchPlan
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching
from hetkeras.methods.krusell_smith.branching.neural_settings import NeuralBranchingSettings
from hetkeras.methods.krusell_smith.branching.uncertainty_shock import ShockPlan
from hetkeras.methods.krusell_smith.options import KrusellSmithOptions, log_linear_rules

PERIODS = {"quick": 2000, "paper": 5000}
"""Simulated periods by preset, the burn-in among them."""

QUICK = {"first_steps": 2500, "round_steps": 600, "max_rounds": 8, "short_periods": 800}
"""Settings of the networks with preset=quick."""


@dataclasses.dataclass(frozen=True)
class BranchingOptions(KrusellSmithOptions):
    """As `KrusellSmithOptions`, and the networks and what is measured."""

    preset: Annotated[
        Literal["quick", "paper"],
        "quick: a first look, many minutes; paper: 5,000 periods, trained until it settles, several times as long.",
    ] = "quick"
    width: Annotated[int, Ge(1), "Nodes in each hidden layer of the value."] = 128
    policy_width: Annotated[int, Ge(1), "Nodes in each hidden layer of either policy."] = 96
    waves: Annotated[
        int, Ge(0), "Cosines of capital, and of labor, that networks see: choices bend where firms begin to move."
    ] = 8
    depth: Annotated[int, Ge(1), "Hidden layers of each network."] = 2
    economies: Annotated[
        int, Ge(0), "Economies in the response to an uncertainty shock; the paper's: 2,500; 0 for none."
    ] = 0
    at_once: Annotated[int, Ge(1), "Economies simulated together; hundreds on a GPU."] = ShockPlan().at_once
    reference: Annotated[
        Literal["none", "nodes", "refined"] | None,
        "Exact choices of firms that expect the same, to compare networks with: on the model's nodes (default with "
        "preset=paper), or on nodes twice as fine in capital and four times in labor (half an hour on one core).",
    ] = None
    paths: Annotated[
        int, Ge(0), "Further paths of shocks, to see how far moments of one are from another's; 0, or 2 and more."
    ] = 0
    checkpoint_seconds: Annotated[float, Ge(0), "Least time between two checkpoints."] = 30.0

    def violations(self) -> Iterable[str]:
        if self.paths == 1:
            yield "paths is 1; expected 0, or at least 2 to compare"

    @property
    def plan(self) -> BranchPlan:
        """What to measure."""
        reference = self.reference or ("nodes" if self.preset == "paper" else "none")
        return BranchPlan(self.shocks, self.economies, self.at_once, reference, self.paths)


def make_solver(
    model: BranchingFirms, path: np.ndarray, options: BranchingOptions
) -> BranchingKrusellSmith | NeuralBranching:
    """Builds the solver on a path of aggregate states [T]: preset, then settings."""
    rules = log_linear_rules(model, options)
    if options.method == "grid":
        grid = BranchingSettings(**{**options.last, **BranchingSettings.parse(options.solver, "--solver")})
        return BranchingKrusellSmith(model, rules, grid, path, BURN_IN, options.fixed_rules)
    base = QUICK if options.preset == "quick" else {}
    chosen = NeuralBranchingSettings.parse(options.solver, "--solver")
    settings = NeuralBranchingSettings(**{**base, **options.last, **chosen})
    hidden, policy_hidden = ((width,) * options.depth for width in (options.width, options.policy_width))
    networks = BranchNetworks(model, rules, hidden, policy_hidden, settings.price_noise, options.waves)
    return NeuralBranching(networks, settings, path, BURN_IN, options.seed, options.fixed_rules)
