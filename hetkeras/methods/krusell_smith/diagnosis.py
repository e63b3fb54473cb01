"""What simulations of an economy of firms tell, whatever the firms: markets, forecasts, the business cycle.

Everything is measured on one path of aggregate states after its burn-in; forecasts also on fresh shocks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.diagnosis.check import Check, at_most
from hetkeras.methods.krusell_smith.business_cycle import business_cycle_moments
from hetkeras.methods.krusell_smith.forecast_accuracy import DynamicForecast, dynamic_forecast, forecast_accuracy
from hetkeras.methods.krusell_smith.simulator import EconomySimulator, FirmPaths, Forecast
from hetkeras.numerics.markov_chain import MarkovChain

AVERAGED = ("mean_capital", "price", "evaluations")
FRESH_SEED = 7_919
RESOURCE_GAP = 1e-6  # share of consumption; prices are found to 1e-9
FIRMS_AT_ENDS = 1e-3  # share of firms at an end of the nodes of capital, mean over periods


@dataclasses.dataclass(frozen=True)
class SimulationPlan:
    """On what an economy is measured.

    Args:
      path: aggregate states, [T].
      burn_in: first periods that no statistic counts.
      smoothing: lambda of the Hodrick-Prescott filter; 100 for years, 1600 for quarters.
      averages: series of which the mean over periods is taken, beside AVERAGED.
      states: what each aggregate state is called, [A]; z1, z2, ... if empty.
      fewest: observations of a state from which its rule is a regression.
    """

    path: np.ndarray
    burn_in: int
    smoothing: float
    averages: Sequence[str] = ()
    states: Sequence[str] = ()
    fewest: int = 3

    @property
    def used(self) -> slice:
        """Periods that count: their successor is known."""
        return slice(self.burn_in, len(self.path) - 1)


class SimulatedEconomy(NamedTuple):
    """numbers: by name; table: series by name [T]; mass: distribution of firms at the end of the path.

    usual: mean distribution of the path; logs: of mean capital in the periods that count.
    """

    numbers: dict[str, float]
    table: dict[str, np.ndarray]
    mass: np.ndarray
    usual: np.ndarray
    logs: np.ndarray

    @property
    def broken(self) -> bool:
        """Whether the path lost its firms or its numbers."""
        return not (np.isfinite(self.logs).all() and np.isfinite(self.usual).all() and self.usual.sum() > 0)


def simulated_economy(
    simulator: EconomySimulator,
    forecast: Forecast,
    chain: MarkovChain,
    plan: SimulationPlan,
    reference: Mapping[str, np.ndarray] | None = None,
) -> SimulatedEconomy:
    """Simulates, and compares what happens with what firms expect.

    Args:
      simulator: of the choices.
      forecast: what firms expect.
      chain: of aggregate states, for fresh ones.
      plan: see there.
      reference: mean_capital and prices [T] of another solution on the same path.
    """
    path, used = plan.path, plan.used
    prices = simulator.model.price_names
    rules = dynamic_forecast(forecast, prices)
    paths = simulator.run(path[:, None])
    series = _with_forecasts(forecast, path, prices, {name: values[:, 0] for name, values in paths.series.items()})
    dynamic = _dynamic(rules, path, series["mean_capital"], plan.burn_in)
    kept = _cut(series, used)
    numbers: dict[str, float] = {"periods": len(path) - plan.burn_in, **_clearing(series)}
    numbers["resource_gap"] = np.abs(series["resource_gap"]).max()
    numbers |= _at_ends(simulator, paths, plan)
    numbers |= _accuracy(plan, path, kept, _cut(dynamic, used), chain.num_states)
    numbers |= _fresh(simulator, forecast, rules, chain, plan)
    numbers |= business_cycle_moments(kept, plan.smoothing)
    numbers |= {name: kept[name].mean() for name in (*plan.averages, *AVERAGED, *prices) if name in kept}
    if reference is not None:
        numbers |= reference_gaps(kept, _cut(reference, used), ("mean_capital", *prices))
    table = {"period": np.arange(len(path)), "aggregate_index": path, **series}
    table |= {f"dynamic_{name}": values for name, values in dynamic.items()}
    return SimulatedEconomy(numbers, table, paths.mass[0], paths.usual[0], np.log(kept["mean_capital"]))


def _clearing(series: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Whether markets cleared, where prices were looked for."""
    return {"cleared": series["cleared"].min(), **excess_demands(series)} if "cleared" in series else {}


def excess_demands(series: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The largest that is left: of goods times their price, and of labor, where it has a market, as a share of it."""
    found = {"excess_demand_max": np.abs(series["excess_demand"] * series["price"]).max()}
    if "excess_labor_demand" in series:
        found["excess_labor_demand_max"] = np.abs(series["excess_labor_demand"]).max()
    return found


def _with_forecasts(
    forecast: Forecast, path: np.ndarray, prices: Sequence[str], series: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The series, with what was expected in each period unless the simulation told."""
    names = [f"forecast_{name}" for name in ("mean_capital_next", *prices)]
    if names[-1] in series:
        return series
    expected = forecast(tf.constant(path, tf.int32), tf.constant(series["mean_capital"]))
    return {**series, **{name: each.numpy() for name, each in zip(names, expected, strict=True)}}


def ends_checks(numbers: Mapping[str, float | None]) -> list[Check]:
    """Few firms may be where they would have less or more capital than there are nodes for."""
    advice = {"least": "begin the nodes of capital lower", "greatest": "let the nodes of capital reach further"}
    names = {f"firms_at_{end}_capital": f"firms are held at the {end} capital; {what}" for end, what in advice.items()}
    return [at_most(name, numbers[name], FIRMS_AT_ENDS, what) for name, what in names.items()]


def _at_ends(simulator: EconomySimulator, paths: FirmPaths, plan: SimulationPlan) -> dict[str, float]:
    """Shares of firms at the first and the last node of capital, mean over periods after the burn-in."""
    early = simulator.run(plan.path[:, None], periods=plan.burn_in).usual[0] if plan.burn_in else 0.0
    usual = (len(plan.path) * paths.usual[0] - plan.burn_in * early) / (len(plan.path) - plan.burn_in)
    shares = np.maximum(simulator.capital_shares(usual), 0.0)  # a difference of what rounds
    return dict(zip(simulator.ends, shares[[0, -1]], strict=True))


def reference_gaps(
    series: Mapping[str, np.ndarray],
    reference: Mapping[str, np.ndarray],
    names: Sequence[str] = ("mean_capital", "price"),
) -> dict[str, float]:
    """Mean absolute log distance of mean capital and prices to another solution on the same shocks."""
    return {f"reference_gap_{name}": np.abs(np.log(series[name] / reference[name])).mean() for name in names}


def _dynamic(rules: DynamicForecast, path: np.ndarray, capital: np.ndarray, burn_in: int) -> dict[str, np.ndarray]:
    after = rules(path[burn_in:], capital[burn_in])
    unknown = np.full(burn_in, np.nan)
    return {name: np.concatenate([unknown, values]) for name, values in after.items()}


def _fresh(
    simulator: EconomySimulator, forecast: Forecast, rules: DynamicForecast, chain: MarkovChain, plan: SimulationPlan
) -> dict[str, float]:
    """Den Haan statistics on shocks that no regression has seen, as many periods again."""
    uniforms = np.random.default_rng(FRESH_SEED).uniform(size=len(plan.path))
    path, used = chain.paths(chain.num_states // 2, uniforms), plan.used
    told = {name: values[:, 0] for name, values in simulator.run(path[:, None]).series.items()}
    series = _with_forecasts(forecast, path, simulator.model.price_names, told)
    dynamic = _dynamic(rules, path, series["mean_capital"], plan.burn_in)
    found = _accuracy(plan, path, _cut(series, used), _cut(dynamic, used), chain.num_states)
    return {f"fresh_{name}": number for name, number in found.items() if name.startswith("den_haan")}


def _accuracy(
    plan: SimulationPlan,
    path: np.ndarray,
    kept: Mapping[str, np.ndarray],
    dynamic: Mapping[str, np.ndarray],
    num_states: int,
) -> dict[str, float]:
    names = plan.states or [f"z{state + 1}" for state in range(num_states)]
    prices = [name for name in dynamic if name != "mean_capital"]
    return forecast_accuracy(path[plan.used], kept, dynamic, names, plan.fewest, prices)


def _cut(series: Mapping[str, np.ndarray], used: slice) -> dict[str, np.ndarray]:
    return {name: values[used] for name, values in series.items()}
