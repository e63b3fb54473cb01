"""Measures reloaded households: diagnosis on finer nodes, and the equilibrium once more on still others."""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.held import with_signatures
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.methods.krusell_smith.households.diagnosis import Reference, diagnose_households
from hetkeras.methods.krusell_smith.households.held import held_functions
from hetkeras.methods.krusell_smith.households.loaded import LoadedHouseholds
from hetkeras.methods.krusell_smith.households.options import FINER
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.methods.krusell_smith.households.stationary_solver import StationarySolver
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase

BETWEEN = 1.7  # times the nodes of the solve, on which a diagnosis looks


def measure_households(loaded: LoadedSolution[PriceTakingHouseholds], with_reference: bool) -> Diagnosis:
    """Diagnoses reloaded households.

    Raises:
      TrainingDiverged: if the reference is not found.
    """
    model, training = loaded.model, loaded.metadata["training"]
    policy = LoadedHouseholds(model, loaded.signatures, training["interest"])
    settings = StationarySettings.from_dict(
        {name: training[name] for name in StationarySettings.fields() if name in training}
    )
    reference = None
    if with_reference:
        with phase(f"solving on {FINER * settings.num_assets:,} nodes, to compare"):
            reference = finer_equilibrium(model, settings, policy.interest)
    with phase("diagnosis"):
        count = round(BETWEEN * settings.num_assets)
        nodes = asset_nodes(model.borrowing_limit, model.greatest_assets, count, settings.pivot)
        diagnosis = diagnose_households(policy, nodes, reference)
        return with_signatures(diagnosis, loaded, held_functions(policy))


def finer_equilibrium(model: PriceTakingHouseholds, settings: StationarySettings, first: float) -> Reference:
    """Solves on more nodes, from a rate that may be near.

    Raises:
      TrainingDiverged: if that fails.
    """
    solver = StationarySolver(model, dataclasses.replace(settings, num_assets=FINER * settings.num_assets), first)
    solver.train(tf.constant(settings.num_steps))
    return Reference(float(solver.interest), solver.nodes, solver.consumption.numpy())
