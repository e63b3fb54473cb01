"""Checks of the references themselves, and of what a SavedModel says of its own errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.record import record_checks
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, DATA, aggregate_path
from hetkeras.methods.krusell_smith.business_cycle import business_cycle_moments
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.measure import HISTOGRAM_NODES
from hetkeras.methods.krusell_smith.rules.files import read_rules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.models.investment import Investment
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.references.export_entry.coupled_entry import CoupledEntry
from hetkeras.references.export_entry.exchangeable_entry import ExchangeableEntry
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.linked_markets import LinkedMarkets
from hetkeras.references.export_entry.separable_entry import SeparableEntry, closed_form
from hetkeras.references.investment.mean_variance import MeanVarianceReference

PUBLISHED_MOMENTS = {
    "sd_output": 2.6299,
    "sd_investment": 10.3433,
    "sd_labor": 1.7981,
    "sd_consumption": 1.0163,
    "correlation_investment": 0.9765,
    "correlation_labor": 0.9645,
    "correlation_consumption": 0.8850,
}
"""Yokomoto (2026), Table 3, KS; HP filter with lambda = 100."""


def investment_references() -> list[Check]:
    """The closed form must solve the Euler equation; the collocation too, and it must return the closed form."""
    linear = Investment()
    rng = np.random.default_rng(0)
    mean, variance = rng.uniform(0.6, 1.0, 500), rng.uniform(0.0, 0.004, 500)
    collocations = {nu: _collocation(Investment(demand_curvature=nu)) for nu in (1.0, 1.5)}
    q0, q1, _ = (q / linear.adjustment_cost for q in linear.affine_roots()[0])
    against_closed_form = np.abs(collocations[1.0](mean, variance) - (q0 + q1 * mean))
    residual = np.abs(collocations[1.5].euler_residual(mean, variance))
    advice = "the reference is wrong; do not trust errors measured against it"
    return [
        at_most("closed form: Euler residual", closed_form_residual(linear), 1e-12, advice),
        at_most("collocation at nu = 1: distance to closed form", float(against_closed_form.max()), 1e-10, advice),
        at_most("collocation at nu = 1.5: Euler residual off its points", float(residual.max()), 1e-9, advice),
    ]


def khan_thomas_references() -> list[Check]:
    """The classical method at Terry's (2017) rules and shocks must return the business cycle published for them."""
    model, path = KhanThomas(), aggregate_path(KhanThomas())
    rules = LogLinearRules(*read_rules(DATA / "terry_2017_rules.csv", model.aggregate_chain.num_states))
    histogram = Histogram(*model.capital_bounds, HISTOGRAM_NODES)
    solver = GridKrusellSmith(model, rules, GridSettings(), path, BURN_IN, histogram, fixed_rules=True)
    solver.train(tf.constant(1))
    solver.refresh()
    moments = business_cycle_moments({name: series[BURN_IN:-1] for name, series in solver.round.series.items()})
    advice = "the classical method does not return what is published; do not trust distances to it"
    return [
        at_most(f"published {name}: relative distance", abs(moments[name] / value - 1), 2e-3, advice)
        for name, value in PUBLISHED_MOMENTS.items()
    ]


def export_entry_references() -> list[Check]:
    """Finite differences must return the closed form, and each larger reference the smaller one that it contains."""
    market = ExportMarket()
    exact, grid, costs = closed_form(market), SeparableEntry(market), np.linspace(0.3, 1.3, 101)
    gap = max(np.abs(grid.value(y, costs) - exact.value(y, costs)).max() for y in np.eye(2, dtype=int)[:, 0])
    one = ExchangeableEntry(market, 1, 0.0, 1601)
    single = abs(float(one.value(0, 0.8) - grid.value(0, 0.8)))
    loadings = np.array([[0.15, 0.10], [0.15, 0.10]])
    pair = np.array([[0.0, 0.02], [0.02, 0.0]])
    markets = LinkedMarkets(market, np.ones(2), np.full(2, 0.8), np.full(2, 0.8), loadings, pair)
    two = CoupledEntry(markets, 161).value(np.array([1, 0]), np.zeros(2))
    alike = ExchangeableEntry(market, 2, 0.02, 1601).value(1, market.mean_cost)
    advice = "the reference is wrong; do not trust errors measured against it"
    return [
        at_most("separable: distance of the grid to the closed form", float(gap), 1e-5, advice),
        at_most("exchangeable, J = 1: distance to separable", single, 1e-5, advice),
        at_most("coupled, J = 2 alike: distance to exchangeable", abs(float(two - alike)), 1e-3, advice),
    ]


def closed_form_residual(model: Investment) -> float | None:
    """Largest Euler residual of the closed form on draws of X_0, in float64; None without a closed form."""
    policy = model.closed_form()
    if policy is None:
        return None
    state = model.initial_state(tf.constant([0, 0]), 16, tf.float64)
    agent = model.deciding_agents(state)
    action = policy(agent, state)
    shocks, weights = model.shocks.quadrature(tf.constant([0, 1]), 16, model.num_agents, 5, 2, tf.float64)
    expected = model.expected_integrand(policy, state, action, shocks, weights)
    return float(tf.reduce_max(tf.abs(model.euler_residual(agent, state, action, expected))))


def agrees_with_record(diagnosis: Diagnosis, metadata: Mapping[str, Any]) -> list[Check]:
    """All numbers that the metadata state must be those measured now, see `hetkeras.diagnosis.record`.

    A SavedModel that was exported without being measured states none, and there is nothing to hold it to.
    """
    recorded, options = metadata["measured"], metadata.get("measured_with", {})
    return record_checks(recorded, diagnosis.numbers, options.get("shocks") is None) if recorded else []


def _collocation(model: Investment) -> MeanVarianceReference:
    return MeanVarianceReference(model.reduced_economy(), (0.5, 1.1), (0.0, 0.006))
