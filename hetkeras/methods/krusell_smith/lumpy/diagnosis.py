"""Is this the solution of an economy of price-taking firms? Everything is measured in simulations of the choices.

1. Market clearing: every period finds a price, and excess demand is nil. Goods made are goods used: consumption, and
   what capital grew by beyond the model's depreciation, counted from the distributions of firms.
2. Forecast rules: what firms expect is what happens, in a line by aggregate state (a fixed point of the rules) and
   along dynamic forecasts (Den Haan), on the path of the solve and on a fresh one.
3. Bellman equation: the value function satisfies it, and the targets maximise what they should.
4. Where a reference solution is given: distance to it on the same shocks.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hetkeras.diagnosis.check import Check, at_most, equal
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.krusell_smith.diagnosis import RESOURCE_GAP, SimulationPlan, simulated_economy
from hetkeras.methods.krusell_smith.lumpy.bellman_error import Value, bellman_errors
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator

MICRO = ("rate_mean", "rate_sd", "inaction", "spikes_up", "spikes_down")


def diagnose_firms(
    simulator: FirmSimulator,
    policy: FirmPolicy,
    value: Value,
    path: np.ndarray,
    burn_in: int,
    reference: Mapping[str, np.ndarray] | None = None,
) -> tuple[Diagnosis, np.ndarray]:
    """Measures a solution on one path of aggregate states and on a fresh one of the same length.

    Args:
      simulator: of the choices.
      policy: the choices, best reloaded from a SavedModel.
      value: of firms at the expected price.
      path: aggregate states, [T].
      burn_in: first periods that no statistic counts.
      reference: mean_capital and price [T] of another solution on the same path.

    Returns:
      The diagnosis, and the distribution of firms [E, H] at the end of the path.
    """
    model = simulator.model
    plan = SimulationPlan(path, burn_in, smoothing=100.0, averages=MICRO)
    economy = simulated_economy(simulator, policy.forecast, model.aggregate_chain, plan, reference)
    numbers = economy.numbers | bellman_errors(model, policy, value)
    finite = {name: finite_number(number) for name, number in numbers.items()}
    return Diagnosis(finite, _checks(finite), {"simulation": economy.table}), economy.mass


def _checks(numbers: Mapping[str, float | None]) -> tuple[Check, ...]:
    train, rules = "train longer, or with wider networks", "the forecast rules are not a fixed point; more rounds"
    checks = [
        equal("cleared", numbers["cleared"], 1.0, "some periods find no price that clears the market"),
        at_most("excess_demand_max", numbers["excess_demand_max"], 1e-4, "prices do not clear the market"),
        at_most("resource_gap", numbers["resource_gap"], RESOURCE_GAP, "goods are lost, or come from nowhere"),
        at_most("rules_error", numbers["rules_error"], 1e-3, rules),
        at_most("bellman_error_demeaned", numbers["bellman_error_demeaned"], 2e-4, train),
        at_most("choice_regret", numbers["choice_regret"], 1e-2, train),
        at_most("den_haan_price_max", numbers["den_haan_price_max"], 2.5e-3, "linear rules do not hold over time"),
        at_most("den_haan_mean_capital_max", numbers["den_haan_mean_capital_max"], 7.5e-3, "as above, for capital"),
    ]
    if "reference_gap_price" in numbers:
        checks.append(at_most("reference_gap_price", numbers["reference_gap_price"], 5e-4, train))
        checks.append(at_most("reference_gap_mean_capital", numbers["reference_gap_mean_capital"], 1.5e-3, train))
    return tuple(checks)
