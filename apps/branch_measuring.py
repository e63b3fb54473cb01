"""Measures a reloaded economy of firms with branches: diagnosis, slices, response to an uncertainty shock."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from apps.branch_slices import branch_slices
from apps.shocks import BURN_IN, aggregate_path
from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.diagnostics.branching_firms import diagnose_branching_firms
from hetkeras.diagnostics.diagnosis import Diagnosis
from hetkeras.diagnostics.uncertainty_shock import ShockPlan, uncertainty_response
from hetkeras.saved_model import LoadedSolution
from hetkeras.simulation.loaded_branch_policy import LoadedBranchPolicy


class BranchPlan(NamedTuple):
    """shocks: file with a path of aggregate states, None for the default; economies: of the response to a shock."""

    shocks: str | None = None
    economies: int = 0


def measure_branches(loaded: LoadedSolution, plan: BranchPlan = BranchPlan()) -> Diagnosis:
    """Diagnoses a reloaded economy on the path of its solve and on fresh shocks."""
    model: BranchingFirms = loaded.model
    policy = LoadedBranchPolicy(model, loaded.signatures)
    path = aggregate_path(model, plan.shocks, loaded.metadata["training"]["periods"])
    diagnosis, simulator, mass = diagnose_branching_firms(model, policy, path, BURN_IN)
    capital = diagnosis.tables["branch_simulation"]["mean_capital"][BURN_IN:].mean()
    tables = {**diagnosis.tables, **branch_slices(model, policy, float(capital))}
    if plan.economies:
        tables["uncertainty_shock"] = uncertainty_response(simulator, mass, ShockPlan(plan.economies))
    return dataclasses.replace(diagnosis, tables=tables)
