"""Is this the solution of an economy of households under aggregate shocks? All is measured on the reloaded SavedModel.

1. Households: each spends what it has and no more, none is below its limit, and consumption is what the Euler equation
   asks for, on the path, where the limit binds, and off the path.
2. The economy: goods made are goods used; nobody at the greatest assets. It has not collapsed: assets are spread over
   households, capital moves and is near what a household without risk would hold.
3. Forecast rules: what households expect is what happens, in a line by aggregate state and along dynamic forecasts
   (Den Haan), on the path of the solve and on a fresh one.
4. Where a reference solution is given: distance to it on the same shocks, of mean capital and of single households.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.diagnosis.check import Check, at_least, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.krusell_smith.diagnosis import (
    RESOURCE_GAP,
    SimulatedEconomy,
    SimulationPlan,
    simulated_economy,
)
from hetkeras.methods.krusell_smith.households.aggregate_risk.euler_errors import euler_errors, situations
from hetkeras.methods.krusell_smith.households.aggregate_risk.factor_terms import terms_at
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import LoadedAggregateRisk
from hetkeras.methods.krusell_smith.households.aggregate_risk.simulator import HouseholdSimulator
from hetkeras.methods.krusell_smith.households.wealth import wealth_moments

SEEN = 1e-12  # share of households above which a place counts as visited
PLACES, STATES = 24, 4  # periods of the path, and mean capital off it, at which Euler errors are taken
MARGIN = 0.2  # of the range of mean capital, to either side, that the places off the path leave out
TAIL = 0.99
STEP = 7  # nodes of the distribution from one place to the next, off the path


class Reference(NamedTuple):
    """Another solution on the same shocks: series by name [T], consumption of single households [T, N]."""

    series: Mapping[str, np.ndarray]
    consumption: np.ndarray


def diagnose_aggregate_risk(
    policy: LoadedAggregateRisk,
    simulator: HouseholdSimulator,
    plan: SimulationPlan,
    consumption: np.ndarray | None = None,
    reference: Reference | None = None,
) -> Diagnosis:
    """Measures a solution.

    Args:
      policy: the reloaded one.
      simulator: of its table.
      plan: on what.
      consumption: of single households, [T, N], to compare with those of the reference.
      reference: another solution to compare with.
    """
    chain = policy.model.aggregate_chain
    economy = simulated_economy(simulator, policy.forecast, chain, plan)
    capital = economy.table["mean_capital"][plan.used]
    numbers = (
        economy.numbers
        | wealth_moments(simulator.policy.nodes, economy.usual)
        | {
            "sd_mean_capital": capital.std(),
            "sd_log_mean_capital": economy.logs.std(),
            "capital_to_rest": capital.mean() / _rest(policy),
            "households_at_top": economy.numbers["households_at_top"],
            "households_at_limit": economy.numbers["households_at_limit"],
            **_households(policy, simulator.policy.nodes, economy, plan),
        }
    )
    if reference is not None and consumption is not None:
        numbers |= _distance(economy, plan, consumption, reference)
    finite = {name: finite_number(float(number)) for name, number in numbers.items()}
    households = _table(policy, simulator.policy.nodes, economy, float(capital.mean()))
    return Diagnosis(finite, _checks(finite), {"economy": economy.table, "households": households})


def _table(
    policy: LoadedAggregateRisk, nodes: np.ndarray, economy: SimulatedEconomy, capital: float
) -> dict[str, np.ndarray]:
    """What households do at usual mean capital in the last aggregate state, and how many they are on the path."""
    last = policy.model.aggregate_chain.num_states - 1
    choice = policy.choose(situations(policy, np.array([last]), np.array([capital]), nodes))
    columns = {"assets": nodes, "share_below": np.cumsum(economy.usual.sum(0))}
    for own, mass in enumerate(economy.usual):
        kinds = {"consumption": choice.consumption[0, own], "assets_next": choice.assets_next[0, own], "share": mass}
        columns |= {f"{kind}_{own + 1}": values for kind, values in kinds.items()}
    return columns


def _rest(policy: LoadedAggregateRisk) -> float:
    """Mean capital where households without risk rest, mean over aggregate states."""
    chain = policy.model.aggregate_chain
    rests = [policy.model.frictionless_steady_state(float(z))[0] for z in chain.values]
    return float(chain.stationary() @ rests)


def _households(
    policy: LoadedAggregateRisk, nodes: np.ndarray, economy: SimulatedEconomy, plan: SimulationPlan
) -> dict[str, float]:
    """Budgets and Euler errors, at periods of the path and off it."""
    periods = np.linspace(plan.burn_in, len(plan.path) - 2, PLACES).astype(int)
    here = situations(policy, plan.path[periods], economy.table["mean_capital"][periods], nodes)
    choice = policy.choose(here)
    given = terms_at(policy.model, tf.constant(plan.path[periods], tf.int32), tf.constant(here.mean_capital[:, 0, 0]))
    owned = given.payoff.numpy()[:, None, None] * nodes + given.income.numpy()[:, :, None]
    errors = euler_errors(policy, here, choice)
    mass = np.broadcast_to(np.maximum(economy.usual, 0), errors.shape) / PLACES
    seen, held = mass > SEEN, choice.assets_next <= policy.model.borrowing_limit
    order = np.argsort(errors, axis=None)
    tail = order[np.searchsorted(np.cumsum(mass.ravel()[order]), TAIL * mass.sum())]
    away, missing = _off_path(policy, nodes)
    return {
        "budget_gap": max(np.max(np.abs(choice.consumption + choice.assets_next - owned) / choice.income), 0.0),
        "interest_gap": np.max(np.abs(choice.interest + 1 - given.payoff.numpy()[:, None, None])),
        "limit_gap": max(0.0, policy.model.borrowing_limit - choice.assets_next.min()),
        "least_consumption": choice.consumption.min(),
        "euler_error_mean": np.sum(mass * errors),
        "euler_error_tail": errors.ravel()[tail],
        "euler_error_max": np.max(np.where(seen, errors, 0.0)),
        "euler_error_at_limit_max": np.max(np.where(held, errors, 0.0)),
        "off_path_euler_error_max": away,
        "off_path_limit_gap": missing,
    }


def _off_path(policy: LoadedAggregateRisk, nodes: np.ndarray) -> tuple[float, float]:
    """Largest Euler error, and distance below the limit, with any assets at mean capital that no path sees."""
    low, high = policy.model.mean_capital_bounds
    capital = np.linspace(low + MARGIN * (high - low), high - MARGIN * (high - low), STATES)
    states = np.arange(policy.model.aggregate_chain.num_states)
    state, mean = (each.ravel() for each in np.meshgrid(states, capital, indexing="ij"))
    here = situations(policy, state, mean, nodes[::STEP])
    choice = policy.choose(here)
    below = max(0.0, policy.model.borrowing_limit - choice.assets_next.min())
    return float(np.max(euler_errors(policy, here, choice))), below


def _distance(
    economy: SimulatedEconomy, plan: SimulationPlan, consumption: np.ndarray, reference: Reference
) -> dict[str, float]:
    """Relative distances on the same shocks."""
    mean = economy.table["mean_capital"][plan.used] / reference.series["mean_capital"][plan.used]
    single = consumption[plan.used] / reference.consumption[plan.used]
    gaps = {"mean_capital": np.abs(np.log(mean)), "consumption": np.abs(single - 1)}
    return {
        f"reference_gap_{name}_{kind}": float(function(gap))
        for name, gap in gaps.items()
        for kind, function in (("mean", np.mean), ("max", np.max))
    }


def _checks(numbers: Mapping[str, float | None]) -> tuple[Check, ...]:
    solve, rules = "solve on more nodes (--solver=num_assets=...)", "the forecast rules are not a fixed point"
    collapsed = "the economy has collapsed"
    limits = {
        "budget_gap": (1e-9, "households spend more or less than they have"),
        "interest_gap": (1e-9, "the interest that ships is not what firms pay"),
        "limit_gap": (0.0, "households go below their borrowing limit"),
        "off_path_limit_gap": (0.0, "households go below their borrowing limit where no path leads"),
        "resource_gap": (RESOURCE_GAP, "goods are lost, or come from nowhere"),
        "households_at_top": (1e-6, "households want more than the greatest assets; raise the model's greatest_assets"),
        "households_at_limit": (0.9, f"{collapsed}: hardly anyone saves"),
        "euler_error_mean": (1e-4, f"consumption is not what households want; {solve}"),
        "euler_error_tail": (2e-3, f"consumption is not what a hundredth of households want; {solve}"),
        "euler_error_max": (1e-2, f"consumption is not what some households want; {solve}"),
        "off_path_euler_error_max": (1e-2, f"right where households are, wrong elsewhere; {solve}"),
        "rules_error": (1e-3, f"{rules}; more rounds"),
        "den_haan_mean_capital_max": (5e-3, "linear rules do not hold over time"),
        "fresh_den_haan_mean_capital_max": (5e-3, "as above, on fresh shocks"),
        "reference_gap_mean_capital_mean": (1e-4, f"mean capital is not that of finer nodes; {solve}"),
        "reference_gap_mean_capital_max": (5e-4, f"as above, in some period; {solve}"),
        "reference_gap_consumption_mean": (1e-3, f"single households consume otherwise than on finer nodes; {solve}"),
        "reference_gap_consumption_max": (1e-2, f"as above, some household in some period; {solve}"),
    }
    least = {
        "capital_to_rest": (0.5, f"{collapsed}: households hold little capital beside what one without risk holds"),
        "sd_log_mean_capital": (1e-5, f"{collapsed}: mean capital does not move with the shocks"),
        "assets_sd": (1e-2, f"{collapsed}: all households hold the same"),
    }
    most = [at_most(name, numbers[name], *limit) for name, limit in limits.items() if name in numbers]
    return (*most, *(at_least(name, numbers[name], *limit) for name, limit in least.items()))
