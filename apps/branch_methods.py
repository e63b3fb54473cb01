"""Builds rules, networks and solvers of economies of firms with branches from flags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from absl import flags

from apps.firm_methods import read_rules
from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching
from hetkeras.methods.krusell_smith.branching.neural_settings import NeuralBranchingSettings
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules

PERIODS = {"quick": 2000, "paper": 5000}
"""Simulated quarters by preset, the burn-in among them."""

QUICK = {"first_steps": 2500, "round_steps": 600, "max_rounds": 8, "short_periods": 800}
"""Settings of the networks with --preset=quick."""


def first_branch_rules(model: BranchingFirms, damping: float = 1.0, memory: int = 3) -> LogLinearRules:
    """Log-linear rules through the rest points of the economy."""
    points = [model.rest_point(float(level)) for level in model.aggregate_chain.values]
    return LogLinearRules.around(points, damping=damping, memory=memory)


def make_branch_solver(
    model: BranchingFirms, path: np.ndarray, chosen: flags.FlagValues
) -> BranchingKrusellSmith | NeuralBranching:
    """Builds the solver: preset, then --solver."""
    if chosen.first_rules is not None:
        rules = LogLinearRules(*read_rules(Path(chosen.first_rules), model), chosen.damping, chosen.memory)
    else:
        rules = first_branch_rules(model, chosen.damping, chosen.memory)
    last = {"max_rounds": 1} if chosen.fixed_rules else {}
    if chosen.method == "grid":
        settings = BranchingSettings(**{**last, **BranchingSettings.parse(chosen.solver)})
        return BranchingKrusellSmith(model, rules, settings, path, BURN_IN, chosen.fixed_rules)
    base = QUICK if chosen.preset == "quick" else {}
    settings = NeuralBranchingSettings(**{**base, **last, **NeuralBranchingSettings.parse(chosen.solver)})
    widths = ((width,) * chosen.depth for width in (chosen.width, chosen.policy_width))
    networks = BranchNetworks(model, rules, *widths, settings.price_noise, chosen.waves)
    return NeuralBranching(networks, settings, path, BURN_IN, chosen.seed, chosen.fixed_rules)
