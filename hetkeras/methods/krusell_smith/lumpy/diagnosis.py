"""Is this the solution of an economy of price-taking firms? Everything is measured in simulations of the choices.

1. Market clearing: every period finds its prices, and excess demands are nil. Goods made are goods used: consumption,
   and what capital grew by beyond the model's depreciation, counted from the distributions of firms.
2. Forecast rules: what firms expect is what happens, in a line by aggregate state (a fixed point of the rules) and
   along dynamic forecasts (Den Haan), on the path of the solve and on a fresh one.
3. Bellman equation: the value function satisfies it, and the targets maximise what they should.
4. Off the path: from distributions of firms that no path sees, markets clear, choices are the best, the Bellman
   equation holds, and the start is forgotten.
5. Where a reference solution is given: distance to it on the same shocks, on the path and off it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hetkeras.diagnosis.check import Check, at_most, equal
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.krusell_smith.diagnosis import RESOURCE_GAP, SimulationPlan, ends_checks, simulated_economy
from hetkeras.methods.krusell_smith.lumpy.bellman_error import Value, bellman_errors
from hetkeras.methods.krusell_smith.lumpy.off_path import ReferenceEconomy, off_path_errors
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.off_path import OFF_PATH_LIMITS

LABOR = 1e-6  # share of labor that may be in excess demand
MICRO = ("rate_mean", "rate_sd", "inaction", "spikes_up", "spikes_down")


def diagnose_firms(
    simulator: FirmSimulator,
    policy: FirmPolicy,
    value: Value,
    path: np.ndarray,
    burn_in: int,
    reference: ReferenceEconomy | None = None,
) -> tuple[Diagnosis, np.ndarray]:
    """Measures a solution on one path of aggregate states and on a fresh one of the same length.

    Args:
      simulator: of the choices.
      policy: the choices, best reloaded from a SavedModel.
      value: of firms at the expected price.
      path: aggregate states, [T].
      burn_in: first periods that no statistic counts.
      reference: another solution, whose series are on the same path.

    Returns:
      The diagnosis, and the distribution of firms [E, H] at the end of the path.
    """
    model = simulator.model
    plan = SimulationPlan(path, burn_in, smoothing=100.0, averages=MICRO)
    series = None if reference is None else reference.series
    economy = simulated_economy(simulator, policy.forecast, model.aggregate_chain, plan, series)
    numbers = economy.numbers | bellman_errors(model, policy, value)
    numbers |= off_path_errors(simulator, policy, value, economy, reference)
    finite = {name: finite_number(number) for name, number in numbers.items()}
    return Diagnosis(finite, _checks(finite), {"simulation": economy.table}), economy.mass


def _checks(numbers: Mapping[str, float | None]) -> tuple[Check, ...]:
    train, rules = "train longer, or with wider networks", "the forecast rules are not a fixed point; more rounds"
    off_path = f"right on its path, wrong off it: {train}"
    checks = [
        equal("cleared", numbers["cleared"], 1.0, "some periods find no price that clears the market"),
        at_most("excess_demand_max", numbers["excess_demand_max"], 1e-4, "prices do not clear the market"),
        at_most("resource_gap", numbers["resource_gap"], RESOURCE_GAP, "goods are lost, or come from nowhere"),
        *ends_checks(numbers),
        at_most("rules_error", numbers["rules_error"], 1e-3, rules),
        at_most("bellman_error_demeaned", numbers["bellman_error_demeaned"], 2e-4, train),
        at_most("choice_regret", numbers["choice_regret"], 1e-2, train),
        at_most("den_haan_price_max", numbers["den_haan_price_max"], 2.5e-3, "linear rules do not hold over time"),
        at_most("den_haan_mean_capital_max", numbers["den_haan_mean_capital_max"], 7.5e-3, "as above, for capital"),
    ]
    limits = {
        "excess_labor_demand_max": (LABOR, "wages do not clear the labor market"),
        "den_haan_wage_max": (2.5e-3, "as above, for the wage"),
        "reference_gap_wage": (5e-4, train),
        "reference_gap_price": (5e-4, train),
        "reference_gap_mean_capital": (1.5e-3, train),
        **OFF_PATH_LIMITS,
        "off_path_excess_labor_demand_max": (LABOR, "wages do not clear the labor market off the path"),
        "off_path_gap_wage": (5e-4, off_path),
        "off_path_regret": (1e-2, off_path),
        "off_path_bellman_error": (2e-4, off_path),
        "off_path_gap_price": (5e-4, off_path),
        "off_path_gap_mean_capital": (1.5e-3, off_path),
        "off_path_gap_value": (2e-3, off_path),
    }
    measured = {name: limit for name, limit in limits.items() if name in numbers}
    return (*checks, *(at_most(name, numbers[name], *limit) for name, limit in measured.items()))
