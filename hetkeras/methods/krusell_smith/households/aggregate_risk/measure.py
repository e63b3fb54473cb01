"""Measures reloaded households: diagnosis, and the economy once more on twice the nodes and the same shocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.held import with_signatures
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path
from hetkeras.methods.krusell_smith.diagnosis import SimulationPlan
from hetkeras.methods.krusell_smith.households.aggregate_risk.classical import ClassicalHouseholds, first_rules
from hetkeras.methods.krusell_smith.households.aggregate_risk.diagnosis import Reference, diagnose_aggregate_risk
from hetkeras.methods.krusell_smith.households.aggregate_risk.held import held_functions
from hetkeras.methods.krusell_smith.households.aggregate_risk.lives import Consume, lives, own_states
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import LoadedAggregateRisk
from hetkeras.methods.krusell_smith.households.aggregate_risk.settings import AggregateRiskSettings
from hetkeras.methods.krusell_smith.households.aggregate_risk.simulator import HouseholdSimulator
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase

PERIODS = 10_000  # after the burn-in, that are simulated
FINER = 2  # times the nodes, of the reference
SINGLE = 20  # households whose lives are compared
SIMULATED = "num_mean_capital", "histogram_nodes", "histogram_pivot"  # settings that both methods have
QUARTERS = 1600.0  # lambda of the Hodrick-Prescott filter


class MeasuringPlan(NamedTuple):
    """shocks: file with a path of aggregate states; periods: drawn without it; with_reference: whether to compare."""

    shocks: str | None = None
    periods: int = PERIODS
    with_reference: bool = True


def shocks(model: AggregateRiskHouseholds, file: str | None, periods: int) -> np.ndarray:
    """The path of aggregate states, [T]: the burn-in and what is measured.

    Raises:
      CalibrationError: see `aggregate_path`.
    """
    return aggregate_path(model, file, BURN_IN + periods)


def measure_aggregate_risk(
    loaded: LoadedSolution[AggregateRiskHouseholds],
    plan: MeasuringPlan,
    compiled: HouseholdSimulator | None = None,
) -> Diagnosis:
    """Diagnoses reloaded households on the path of their solve and on fresh shocks.

    Args:
      loaded: the solution.
      plan: what to measure.
      compiled: see `exported_economy`.

    Raises:
      TrainingDiverged: if the reference is not found.
    """
    model, training = loaded.model, loaded.metadata["training"]
    policy, path = LoadedAggregateRisk(model, loaded.signatures), shocks(model, plan.shocks, plan.periods)
    simulator = exported_economy(policy, training, compiled)
    finer = consumption = None
    if plan.with_reference:
        own = own_states(model, path, SINGLE)
        with phase("solving on twice the nodes, to compare") as told:
            finer = finer_economy(model, _settings(training), path, own, told)
        series = simulator.run(path[:, None]).series
        consumption = lives(consume_of(policy.signatures["policy"]), model, path, series["mean_capital"][:, 0], own)[
            "consumption"
        ]
    with phase("diagnosis"):
        measured = SimulationPlan(path, BURN_IN, QUARTERS)
        diagnosis = diagnose_aggregate_risk(policy, simulator, measured, consumption, finer)
        diagnosis = with_signatures(diagnosis, loaded, held_functions(policy))
    if finer is None:
        return diagnosis
    compared = {"reference_mean_capital": finer.series["mean_capital"]}
    table = {**diagnosis.tables["economy"], **compared}
    return dataclasses.replace(diagnosis, tables={**diagnosis.tables, "economy": table})


def exported_economy(
    policy: LoadedAggregateRisk, training: Mapping[str, Any], compiled: HouseholdSimulator | None = None
) -> HouseholdSimulator:
    """A simulation of the exported policy on the nodes of its solve.

    Args:
      policy: the reloaded one.
      training: how it was found.
      compiled: a simulation whose program serves again where its nodes are these; it then reads the exported policy.
    """
    settings, model = _settings(training), policy.model
    limits = model.borrowing_limit, model.greatest_assets
    nodes = asset_nodes(*limits, settings.histogram_nodes, settings.histogram_pivot)
    table = policy.table(nodes, settings.num_mean_capital)
    if compiled is None or compiled.model != model or not compiled.policy.like(table):
        return HouseholdSimulator(model, table)
    compiled.policy.assets_next.assign(table.assets_next)
    return compiled


def _settings(training: Mapping[str, Any]) -> AggregateRiskSettings:
    """Of the classical solution; beside a network, the usual ones with the network's nodes of the simulation."""
    names = SIMULATED if training["method"] == "neural" else AggregateRiskSettings.fields()
    known = {name: training[name] for name in names if name in training}
    return AggregateRiskSettings.from_dict(known)


def finer_economy(
    model: AggregateRiskHouseholds,
    settings: AggregateRiskSettings,
    path: np.ndarray,
    own: np.ndarray,
    told: Callable[[str], None] = lambda round_: None,
) -> Reference:
    """Solves on more nodes, and lets households with states [T, N] of their own live there.

    Args:
      model, settings, path, own: the economics, of its first solve, aggregate and own states.
      told: called with each round, in words.

    Raises:
      TrainingDiverged: if that fails.
    """
    more = {name: FINER * getattr(settings, name) for name in ("num_assets", "num_mean_capital", "histogram_nodes")}
    solver = ClassicalHouseholds(model, first_rules(model), dataclasses.replace(settings, **more), path, BURN_IN)
    while int(solver.step) < solver.num_steps and not solver.finished:
        told(f"round {int(solver.step) + 1}")
        solver.train(tf.constant(1))
        solver.refresh()
    series, solution = solver.round.series, solver.solution()
    function = solution.signatures["policy"].function
    found = lives(consume_of(function), model, path, series["mean_capital"], own)
    return Reference(series, found["consumption"])


def consume_of(function: Callable[..., Mapping[str, tf.Tensor]]) -> Consume:
    """A function with the names of the export as one that lives are made of."""

    def consume(
        own: tf.Tensor, assets: tf.Tensor, aggregate: tf.Tensor, mean_capital: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        found = function(idiosyncratic=own, assets=assets, aggregate=aggregate, mean_capital=mean_capital)
        return found["consumption"], found["assets_next"]

    return consume
