"""Measures a reloaded economy of firms with branches: diagnosis, exact choices, slices, response to uncertainty."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.held import with_signatures
from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path
from hetkeras.methods.krusell_smith.branching.classification import classification
from hetkeras.methods.krusell_smith.branching.diagnosis import diagnose_branching_firms
from hetkeras.methods.krusell_smith.branching.distributions import branch_distributions
from hetkeras.methods.krusell_smith.branching.grid_policy import BranchingGridPolicy
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.branching.grid_value import BranchingGrid
from hetkeras.methods.krusell_smith.branching.held import held_functions
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.policy_slices import branch_slices
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.branching.uncertainty_shock import ShockPlan, uncertainty_response
from hetkeras.methods.krusell_smith.simulator import Forecast
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase

REFERENCES: dict[str, tuple[int, int] | None] = {"none": None, "nodes": (1, 1), "refined": (2, 4)}
"""Parts in which steps between nodes of capital and of labor are cut for the exact solution to compare with."""
EXACT = BranchingSettings()


class BranchPlan(NamedTuple):
    """What a measurement includes, for time is not always there.

    shocks: file with a path of aggregate states, None for the default; economies: of the response to a shock;
    at_once: economies that are simulated together; reference: one of REFERENCES; paths: further ones on which the
    business cycle is measured.
    """

    shocks: str | None = None
    economies: int = 0
    at_once: int = ShockPlan().at_once
    reference: str = "none"
    paths: int = 0


def measure_branches(loaded: LoadedSolution[BranchingFirms], plan: BranchPlan = BranchPlan()) -> Diagnosis:
    """Diagnoses a reloaded economy on the path of its solve and on fresh shocks.

    The exported functions themselves are simulated. Where firms bunch at nodes a difference in the last digit grows,
    and what a solve records must be what is measured later.

    Raises:
      TrainingDiverged: if the exact solution to compare with is not found.
    """
    model = loaded.model
    training = loaded.metadata["training"]
    finer = training.get("finer_capital", 1), training.get("finer_labor", 1)
    policy = LoadedBranchPolicy(model, loaded.signatures, finer)
    path = aggregate_path(model, plan.shocks, training["periods"])
    numbers: dict[str, float] = {}
    series = None
    wanted = REFERENCES[plan.reference]
    if wanted and training["method"] != "grid":
        with phase("exact choices on the same nodes"):
            choices = exact_policy(model, policy.forecast, finer)
            numbers = classification(model, choices, policy)
            series = _series(model, choices, path) if wanted == finer else None
    if wanted and wanted != finer:  # a grid's choices on its own nodes are exact already
        with phase("exact choices on finer nodes"):
            series = _series(model, exact_policy(model, policy.forecast, wanted), path)
    simulator = BranchingEconomies(model, policy)
    with phase("diagnosis"):
        diagnosis, mass = diagnose_branching_firms(
            simulator, policy, path, BURN_IN, reference=series, num_paths=plan.paths
        )
        simulation = diagnosis.tables["branch_simulation"]
        diagnosis = with_signatures(diagnosis, loaded, held_functions(policy, simulation, BURN_IN))
    capital = simulation["mean_capital"][BURN_IN:].mean()
    with phase("choices of firms, by capital and by price"):
        slices = branch_slices(model, policy, float(capital))
        tables = {**diagnosis.tables, **slices, **branch_distributions(model, policy, mass)}
    if plan.economies:
        shock = ShockPlan(plan.economies, at_once=plan.at_once)
        with phase(f"uncertainty shock, {plan.economies:,} economies", ticking=False):
            tables["uncertainty_shock"] = uncertainty_response(simulator, mass, shock)
    return dataclasses.replace(diagnosis, numbers={**diagnosis.numbers, **numbers}, tables=tables)


def exact_policy(model: BranchingFirms, forecast: Forecast, finer: tuple[int, int]) -> BranchingGridPolicy:
    """Solves the Bellman equation of firms that expect this, on the model's nodes or finer ones.

    Args:
      model: the economics.
      forecast: what firms expect, also where a solution other than on grids was found.
      finer: parts in which steps between nodes of capital and of labor are cut.

    Raises:
      TrainingDiverged: if the Bellman equation is not solved.
    """
    grid = BranchingGrid(model, forecast, EXACT.num_mean_capital, histogram=JointHistogram.of(model, finer))
    sweeps = tf.constant(EXACT.max_improvements), tf.constant(EXACT.evaluations)
    residual, _ = grid.iterate(*sweeps, tf.constant(EXACT.bellman_tolerance, tf.float64))
    if not residual <= EXACT.bellman_tolerance:
        raise TrainingDiverged(
            f"the exact solution to compare with has a Bellman residual of {float(residual):.3g}; expected at most "
            f"{EXACT.bellman_tolerance:.3g}. Measure without it (--reference=none) and look at the forecast rules"
        )
    policy = BranchingGridPolicy(grid)
    policy.tabulate()
    return policy


def _series(model: BranchingFirms, policy: BranchingGridPolicy, path: np.ndarray) -> dict[str, np.ndarray]:
    """Simulated series [T] of exact choices."""
    found = BranchingEconomies(model, policy).run(path[:, None])
    return {name: values[:, 0] for name, values in found.series.items()}
