"""Is this the solution of an economy of price-taking firms? Everything is measured in simulations of the choices.

1. Market clearing: every period finds a price, and excess demand is nil.
2. Forecast rules: what firms expect is what happens, in a line by aggregate state (a fixed point of the rules) and
   along dynamic forecasts (Den Haan), on the path of the solve and on a fresh one.
3. Bellman equation: the value function satisfies it, and the targets maximise what they should.
4. Where a reference solution is given: distance to it on the same shocks.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.diagnostics.bellman_error import Value, bellman_errors
from hetkeras.diagnostics.business_cycle import business_cycle_moments
from hetkeras.diagnostics.checks import Check, at_most, equal
from hetkeras.diagnostics.diagnosis import Diagnosis, finite_number
from hetkeras.diagnostics.forecast_accuracy import dynamic_forecast, forecast_accuracy
from hetkeras.simulation.firm_policy import FirmPolicy
from hetkeras.simulation.firms import FirmSimulator
from hetkeras.simulation.histogram import Histogram

MICRO = ("rate_mean", "rate_sd", "inaction", "spikes_up", "spikes_down")
FRESH_SEED = 7_919


def diagnose_firms(
    model: PriceTakingFirms,
    policy: FirmPolicy,
    value: Value,
    path: np.ndarray,
    burn_in: int,
    histogram: Histogram,
    reference: Mapping[str, np.ndarray] | None = None,
) -> tuple[Diagnosis, FirmSimulator, np.ndarray]:
    """Measures a solution on one path of aggregate states and on a fresh one of the same length.

    Args:
      model: the economics.
      policy: choices, best reloaded from a SavedModel.
      value: of firms at the expected price.
      path: aggregate states, [T].
      burn_in: first periods that no statistic counts.
      histogram: nodes of the simulation.
      reference: mean_capital and price [T] of another solution on the same path.

    Returns:
      The diagnosis, the simulator, and the distribution of firms [E, H] at the end of the path.
    """
    simulator = FirmSimulator(model, policy, histogram)
    paths = simulator.run(path[:, None])
    series = {name: values[:, 0] for name, values in paths.series.items()}
    dynamic = _dynamic(policy, path, series["mean_capital"], burn_in)
    used = slice(burn_in, len(path) - 1)
    kept = {name: values[used] for name, values in series.items()}
    numbers: dict[str, float] = {"periods": len(path) - burn_in, "cleared": series["cleared"].min()}
    numbers["excess_demand_max"] = np.abs(series["excess_demand"] * series["price"]).max()
    numbers |= forecast_accuracy(path[used], kept, _cut(dynamic, used), model.aggregate_chain.num_states)
    numbers |= _fresh(model, policy, simulator, len(path), burn_in)
    numbers |= bellman_errors(model, policy, value)
    numbers |= business_cycle_moments(kept)
    numbers |= {name: kept[name].mean() for name in (*MICRO, "mean_capital", "price", "evaluations")}
    if reference is not None:
        numbers |= reference_gaps(kept, _cut(reference, used))
    finite = {name: finite_number(number) for name, number in numbers.items()}
    table = {"period": np.arange(len(path)), "aggregate": path, **series}
    table |= {f"dynamic_{name}": values for name, values in dynamic.items()}
    return Diagnosis(finite, _checks(finite), {"simulation": table}), simulator, paths.mass[0]


def reference_gaps(series: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Mean absolute log distance of mean capital and price to another solution on the same shocks."""
    names = ("mean_capital", "price")
    return {f"reference_gap_{name}": np.abs(np.log(series[name] / reference[name])).mean() for name in names}


def _dynamic(policy: FirmPolicy, path: np.ndarray, capital: np.ndarray, burn_in: int) -> dict[str, np.ndarray]:
    def rules(aggregate: np.ndarray, mean_capital: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = forecast(tf.constant(aggregate, tf.int32), tf.constant(mean_capital, tf.float64))
        return tuple(tensor.numpy() for tensor in found)

    forecast = tf.function(policy.forecast)
    after = dynamic_forecast(rules, path[burn_in:], capital[burn_in])
    unknown = np.full(burn_in, np.nan)
    return {name: np.concatenate([unknown, values]) for name, values in after.items()}


def _fresh(
    model: PriceTakingFirms, policy: FirmPolicy, simulator: FirmSimulator, periods: int, burn_in: int
) -> dict[str, float]:
    """Den Haan statistics on shocks that no regression has seen."""
    chain = model.aggregate_chain
    path = chain.paths(chain.num_states // 2, np.random.default_rng(FRESH_SEED).uniform(size=periods))
    series = {name: values[:, 0] for name, values in simulator.run(path[:, None]).series.items()}
    dynamic, used = _dynamic(policy, path, series["mean_capital"], burn_in), slice(burn_in, periods - 1)
    found = forecast_accuracy(path[used], _cut(series, used), _cut(dynamic, used), chain.num_states)
    return {f"fresh_{name}": number for name, number in found.items() if name.startswith("den_haan")}


def _cut(series: Mapping[str, np.ndarray], used: slice) -> dict[str, np.ndarray]:
    return {name: values[used] for name, values in series.items()}


def _checks(numbers: Mapping[str, float | None]) -> tuple[Check, ...]:
    train, rules = "train longer, or with wider networks", "the forecast rules are not a fixed point; more rounds"
    checks = [
        equal("cleared", numbers["cleared"], 1.0, "some periods find no price that clears the market"),
        at_most("excess_demand_max", numbers["excess_demand_max"], 1e-4, "prices do not clear the market"),
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
