"""Options of a solve of firms with branches, and the solver that they make."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Interval

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN
from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.branching.measure import REFERENCES, BranchPlan
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching
from hetkeras.methods.krusell_smith.branching.neural_settings import NeuralBranchingSettings
from hetkeras.methods.krusell_smith.branching.uncertainty_shock import ShockPlan, batch_bytes
from hetkeras.methods.krusell_smith.coarse_solve import CoarseSolve
from hetkeras.methods.krusell_smith.options import KrusellSmithOptions, log_linear_rules
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest
from hetkeras.settings import Count, Layers, Nodes
from hetkeras.training.memory import Need

COARSE = BranchingSettings(
    num_mean_capital=7,
    precision=32,
    evaluations=20,
    bellman_tolerance=3e-5,
    short_periods=1000,
    near=1.2e-2,
    tolerance=1.2e-2,
)
"""Settings of the classical solve whose rules networks start from."""

COPIES = 12  # tensors of the largest size that are held at once
PERIODS = {"quick": 2000, "paper": 5000}
"""Simulated periods by preset, the burn-in among them."""

NEAR = {"rough_rounds": 0, "short_periods": 100_000}
"""Settings of networks that start near: all periods, for rules of fewer would be worse than those that they have."""
QUICK = {"first_steps": 2500, "round_steps": 600, "max_rounds": 8, "short_periods": 800}
"""Settings of the networks with preset=quick."""


@dataclasses.dataclass(frozen=True)
class BranchingOptions(KrusellSmithOptions):
    """As `KrusellSmithOptions`, and the networks and what is measured."""

    preset: Annotated[
        Literal["quick", "paper"],
        "quick: a first look, many minutes; paper: 5,000 periods, trained until it settles, several times as long.",
    ] = "quick"
    width: Annotated[Nodes, "Nodes in each hidden layer of the value."] = 128
    policy_width: Annotated[Nodes, "Nodes in each hidden layer of either policy."] = 96
    waves: Annotated[
        int,
        Interval(ge=0, le=1024),
        "Cosines of capital, and of labor, that networks see: choices bend where firms begin to move.",
    ] = 8
    depth: Annotated[Layers, "Hidden layers of each network."] = 2
    economies: Annotated[
        int,
        Interval(ge=0, le=1_000_000),
        "Economies in the response to an uncertainty shock; the paper's: 2,500; 0 for none.",
    ] = 0
    at_once: Annotated[Count, "Economies simulated together; hundreds on a GPU."] = ShockPlan().at_once
    reference: Annotated[
        Literal["none", "nodes", "refined"] | None,
        "Exact choices of firms that expect the same, to compare networks with: on the model's nodes (default with "
        "preset=paper), or on nodes twice as fine in capital and four times in labor (half an hour on one core).",
    ] = None
    paths: Annotated[
        int,
        Interval(ge=0, le=10_000),
        "Further paths of shocks, to see how far moments of one are from another's; 0, or 2 and more.",
    ] = 0
    checkpoint_seconds: Annotated[float, Ge(0), "Least time between two checkpoints."] = 30.0

    def violations(self) -> Iterable[str]:
        yield from super().violations()
        if self.paths == 1:
            yield "paths is 1; expected 0, or at least 2 to compare"

    @property
    def from_coarse_solve(self) -> bool:
        return super().from_coarse_solve and self.start is not None  # slopes of rules can run away after it

    @property
    def plan(self) -> BranchPlan:
        """What to measure."""
        reference = self.reference or ("nodes" if self.preset == "paper" else "none")
        return BranchPlan(self.shocks, self.economies, self.at_once, reference, self.paths)


def make_settings(options: BranchingOptions) -> BranchingSettings | NeuralBranchingSettings:
    """Preset, then settings."""
    if options.method == "grid":
        return BranchingSettings.chosen(options.last, options.solver)
    start = NEAR if options.from_coarse_solve else {}
    base = QUICK if options.preset == "quick" else {}
    return NeuralBranchingSettings.chosen({**base, **start, **options.last}, options.solver)


def need(model: BranchingFirms, options: BranchingOptions) -> Need:
    """Memory of a training step or of an improvement on nodes, or of the economies that are simulated together."""
    settings, plan = make_settings(options), options.plan
    finer = int(np.prod(REFERENCES[plan.reference] or (1, 1)))
    if isinstance(settings, BranchingSettings):
        finer = max(finer, settings.finer_capital * settings.finer_labor)
        return max(_grid_need(model, settings, finer, "choose smaller ones"), simulation_need(model, plan, finer))
    widest = options.depth * max(options.width, options.policy_width) + 2 * options.waves
    states = model.idiosyncratic_chain.num_states * model.aggregate_chain.num_states
    sizes = f"{settings.batch_size} states with width {options.width}"
    solved = [Need(4.0 * COPIES * settings.batch_size * states * widest, sizes, "choose smaller ones")]
    if options.from_coarse_solve:
        solved.append(_grid_need(model, COARSE, 1, "begin with --start=rest"))
    return max(*solved, simulation_need(model, plan, finer))


def _grid_need(model: BranchingFirms, settings: BranchingSettings, finer: int, remedy: str) -> Need:
    nodes = len(model.capital_nodes) * len(model.labor_nodes) * finer
    states = model.idiosyncratic_chain.num_states * model.aggregate_chain.num_states
    sizes = f"{nodes} nodes of firms with {settings.num_mean_capital} of mean capital"
    return Need(settings.precision / 8 * COPIES * states * settings.num_mean_capital * nodes, sizes, remedy)


def simulation_need(model: BranchingFirms, plan: BranchPlan, finer: int = 1) -> Need:
    """Memory of the economies that are simulated together, on nodes that are finer than the model's."""
    at_once = plan.at_once if plan.economies else 1
    what = f"{at_once} economies at once"
    return Need(finer * batch_bytes(model, at_once), what, "choose fewer with --at_once")


def make_solver(
    model: BranchingFirms, path: np.ndarray, options: BranchingOptions
) -> BranchingKrusellSmith | NeuralBranching:
    """Builds the solver on a path of aggregate states [T]."""
    rules, settings = log_linear_rules(model, options), make_settings(options)
    if isinstance(settings, BranchingSettings):
        return BranchingKrusellSmith(model, rules, settings, path, BURN_IN, options.fixed_rules)
    hidden, policy_hidden = ((width,) * options.depth for width in (options.width, options.policy_width))
    networks = BranchNetworks(model, rules, hidden, policy_hidden, settings.price_noise, options.waves)
    start = coarse_solve(model, path) if options.from_coarse_solve else None
    return NeuralBranching(networks, settings, path, BURN_IN, options.seed, options.fixed_rules, start)


def coarse_solve(model: BranchingFirms, path: np.ndarray) -> CoarseSolve:
    """A classical solve whose rules networks start from, on a path of aggregate states [T]."""
    return CoarseSolve(BranchingKrusellSmith(model, rules_at_rest(model), COARSE, path, BURN_IN))
