"""Measures a reloaded economy of firms: diagnosis, solution on refined grids, impulse responses, choices of firms."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.held import with_signatures
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path
from hetkeras.methods.krusell_smith.compiled_economy import CompiledEconomy
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.diagnosis import diagnose_firms
from hetkeras.methods.krusell_smith.lumpy.firm_slices import firm_distributions, firm_slices, usual_economy
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.held import held_functions
from hetkeras.methods.krusell_smith.lumpy.impulse_response import impulse_response
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.off_path import ReferenceEconomy
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.lumpy.rebuilt_firms import rebuilt_firms
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest
from hetkeras.methods.krusell_smith.rules.network import NetworkRules
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase

REFINED = GridSettings(num_capital=60, num_mean_capital=30, tolerance=2e-5)
HISTOGRAM_NODES = 50


class DiagnosisOptions(NamedTuple):
    """What a measurement includes, for time is not always there.

    shocks: file with a path of aggregate states, None for the default; pairs: of impulse responses, 0 for none;
    with_reference: whether to solve the economy on refined grids for comparison.
    """

    shocks: str | None = None
    pairs: int = 200
    with_reference: bool = True


def measure_firms(
    loaded: LoadedSolution[PriceTakingFirms],
    plan: DiagnosisOptions = DiagnosisOptions(),
    economy: CompiledEconomy[FirmSimulator] | None = None,
) -> Diagnosis:
    """Diagnoses a reloaded economy on the path of its solve and on fresh shocks.

    Args:
      loaded: the solution.
      plan: what to measure.
      economy: of the solver that exported it, where it is at hand: nothing is compiled for it again.
    """
    model = loaded.model
    policy, path = LoadedFirmPolicy(model, loaded.signatures), aggregate_path(model, plan.shocks)
    nodes = loaded.metadata["training"].get("histogram_nodes", HISTOGRAM_NODES)
    histogram = Histogram(*model.capital_bounds, nodes)
    if economy is None:
        economy = rebuilt_firms(model, loaded.metadata["training"], loaded.weights, path, BURN_IN, histogram)
    simulator = FirmSimulator(model, policy, histogram)
    if economy is not None and (economy.simulator.model, economy.simulator.histogram) == (model, histogram):
        same = economy.says_the_same(loaded.weights, policy, answers(model))
        simulator = economy.simulator if same else simulator
    network = loaded.metadata["training"].get("rules") == NetworkRules.__name__
    reference = None
    if plan.with_reference:
        with phase("solving on refined grids, to compare") as told:
            reference = reference_economy(model, path, histogram, network, told)
    with phase("diagnosis"):
        diagnosis, mass = diagnose_firms(simulator, policy, policy.value, path, BURN_IN, reference)
        held = held_functions(policy, diagnosis.tables["simulation"], BURN_IN)
        diagnosis = with_signatures(diagnosis, loaded, held)
    tables = dict(diagnosis.tables)
    if reference is not None:
        compared = {f"reference_{name}": series for name, series in reference.series.items()}
        tables["simulation"] = {**tables["simulation"], **compared}
    if plan.pairs:
        with phase(f"impulse response, {plan.pairs:,} pairs"):
            tables["impulse_response"] = impulse_response(simulator, mass, model.aggregate_innovation, plan.pairs)
    usual = usual_economy(model.aggregate_chain.num_states, diagnosis.tables["simulation"], BURN_IN)
    with phase("choices of firms, by capital and by price"):
        tables |= firm_slices(policy, usual, reference)
        tables |= firm_distributions(policy, diagnosis.tables["simulation"])
    return dataclasses.replace(diagnosis, tables=tables)


def answers(model: PriceTakingFirms) -> Callable[[FirmPolicy], list[tf.Tensor]]:
    """Asks a policy for expectations, targets and continuation values in all aggregate states, also off the range."""
    (low, high), states = model.mean_capital_bounds, model.aggregate_chain.num_states
    means = np.linspace(0.9 * low, 1.1 * high, 7, dtype=np.float32).astype(float)  # which an export takes as they are
    index = tf.constant(np.repeat(np.arange(states, dtype=np.int32), len(means)))
    mean = tf.constant(np.tile(means, states))
    capital = tf.constant(np.tile(np.geomspace(*model.capital_bounds, 50), (states * len(means), 1)))
    prices = model.frictionless_steady_state(1.0)[1] * np.resize([0.97, 1.0, 1.02], states * len(means))

    def ask(policy: FirmPolicy) -> list[tf.Tensor]:
        expected, outlook = policy.forecast(index, mean), policy.outlook(index, mean)
        rounded = [tf.cast(each, tf.float32) for each in expected]
        return [*rounded, policy.target(outlook, tf.constant(prices)), policy.continuation(outlook, capital)]

    return ask


def reference_economy(
    model: PriceTakingFirms,
    path: np.ndarray,
    histogram: Histogram,
    network: bool = False,
    told: Callable[[str], None] = lambda round_: None,
) -> ReferenceEconomy:
    """The economy solved on refined grids: mean capital, price and output [T] on the same shocks, and its choices.

    Args:
      model, path, histogram: those of the solution that is measured.
      network: whether firms forecast with a network there; else log-linearly.
      told: called with each round, in words.

    Raises:
      TrainingDiverged: if the classical method breaks down.
    """
    rules = NetworkRules(rules_at_rest(model), model.mean_capital_bounds) if network else rules_at_rest(model)
    solver = GridKrusellSmith(model, rules, REFINED, path, BURN_IN, histogram)
    while int(solver.step) < solver.num_steps and not solver.finished:
        told(f"round {int(solver.step) + 1}")
        solver.train(tf.constant(1))
        solver.refresh()
    series = {name: solver.round.series[name] for name in ("mean_capital", *model.price_names, "output")}
    return ReferenceEconomy(series, solver.round.simulator, graph(solver.grid.value))
