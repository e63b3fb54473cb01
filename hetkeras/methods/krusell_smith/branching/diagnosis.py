"""Is this the solution of an economy of firms with branches? Everything is measured on the reloaded SavedModel.

1. Market clearing: every period finds a price, and excess demand is nil, also where it jumps. Goods made are goods
   used: consumption, costs, and what capital grew by beyond the model's depreciation, counted from the distributions.
2. Forecast rules: in each aggregate state a line would foresee nothing more (a fixed point), and forecasts that are
   never corrected stay near (Den Haan), on the path of the solve and on a fresh one. Lines are rough in this economy:
   with rules that have settled Den Haan errors of a price of 3.5 % are published. What is asked of them catches
   solutions that are broken, no more.
3. Bellman equation at the nodes: values are what the best choices make of them, and choices are the best.
4. Off the path: from distributions of firms that no path sees, markets clear, the start is forgotten, values and
   choices hold as on the path.
5. Where a reference solution is given: distance to it on the same shocks, and its business cycle.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.diagnosis.check import Check, at_most, equal
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.krusell_smith.branching.errors_at_nodes import NodeMeasures, branch_errors
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.off_path import off_path_errors
from hetkeras.methods.krusell_smith.branching.sampling_error import sampled_moments
from hetkeras.methods.krusell_smith.branching.simulator import SHARES, BranchingEconomies
from hetkeras.methods.krusell_smith.business_cycle import business_cycle_moments
from hetkeras.methods.krusell_smith.diagnosis import RESOURCE_GAP, SimulationPlan, ends_checks, simulated_economy
from hetkeras.methods.krusell_smith.off_path import OFF_PATH_LIMITS

MICRO = (*SHARES, "adjustment_cost", "hiring", "labor")
COMPARED = ("output", "investment", "labor", "consumption", "mean_capital", "price")
FEWEST = 10  # observations of an aggregate state from which its rule is a regression


def diagnose_branching_firms(
    simulator: BranchingEconomies,
    policy: LoadedBranchPolicy,
    path: np.ndarray,
    burn_in: int,
    smoothing: float = 1600.0,
    reference: Mapping[str, np.ndarray] | None = None,
    num_paths: int = 0,
) -> tuple[Diagnosis, np.ndarray]:
    """Measures a solution on one path of aggregate states and on a fresh one of the same length.

    Args:
      simulator: of the choices.
      policy: choices and values at the nodes.
      path: aggregate states, [T].
      burn_in: first periods that no statistic counts.
      smoothing: lambda of the Hodrick-Prescott filter, 1600 for quarters.
      reference: series [T] of another solution on the same path.
      num_paths: further paths on which the business cycle is measured.

    Returns:
      The diagnosis, and the distribution of firms [E, H, L] at the end of the path.
    """
    model = simulator.model
    plan = SimulationPlan(path, burn_in, smoothing, MICRO, state_names(model), FEWEST)
    economy = simulated_economy(simulator, policy.forecast, model.aggregate_chain, plan, reference)
    measures = NodeMeasures.of(model, policy)
    numbers = economy.numbers | branch_errors(model, policy, economy.mass, measures)
    numbers |= off_path_errors(simulator, policy, economy, measures)
    if reference is not None:
        moments = business_cycle_moments({name: values[plan.used] for name, values in reference.items()}, smoothing)
        numbers |= {f"reference_{name}": moment for name, moment in moments.items()}
    if num_paths:
        numbers |= sampled_moments(simulator, model.aggregate_chain, plan, num_paths)
    capital = economy.table["mean_capital"][burn_in:]
    low, high = model.mean_capital_bounds
    numbers |= {"mean_capital_min": capital.min(), "mean_capital_max": capital.max()}
    numbers["out_of_range"] = float(np.mean((capital < low) | (capital > high)))
    finite = {name: finite_number(number) for name, number in numbers.items()}
    table = economy.table | {"uncertainty": model.aggregate_states[1][path]}
    table |= {f"reference_{name}": reference[name] for name in COMPARED if reference is not None}
    return Diagnosis(finite, _checks(finite), {"branch_simulation": table}), economy.mass


def state_names(model: BranchingFirms) -> tuple[str, ...]:
    """z3_s1_l0 is the third productivity, today's uncertainty high, the last period's low; [A]."""
    return tuple(f"z{z + 1}_s{s}_l{lag}" for z, s, lag in zip(*model.aggregate_states, strict=True))


def _checks(numbers: Mapping[str, float | None]) -> tuple[Check, ...]:
    train, rules = "solve the Bellman equation further", "the forecast rules are not a fixed point; more rounds"
    rough = "lines are rough here, but not that rough: rules or choices are broken"
    limits = {
        "excess_demand_max": (1e-6, "prices do not clear the market"),
        "resource_gap": (RESOURCE_GAP, "goods are lost, or come from nowhere"),
        "out_of_range": (0.0, "mean capital leaves the range in which the economy is solved; widen it"),
        "rules_error": (5e-3, rules),
        "bellman_error_demeaned": (5e-4, train),
        "continuation_error": (2e-4, "values of tomorrow are not those that choices reckon with"),
        "value_lost_firms": (2e-3, "choices are not the best; " + train),
        "value_lost_q99": (0.0885, "some choices are far from the best; " + train),
        "den_haan_price_mean": (1.5e-2, rough),
        "den_haan_price_max": (6e-2, rough),
        "den_haan_mean_capital_mean": (3e-2, rough),
        "den_haan_mean_capital_max": (0.1, rough),
    }
    off_path = f"right on its path, wrong off it: {train}"
    far = OFF_PATH_LIMITS | {
        "off_path_return": (1e-3, "paths do not return from where the usual path never goes"),
        "off_path_value_lost_firms": (2e-3, off_path),
        "off_path_value_lost_q99": (0.0885, off_path),
        "off_path_bellman_error": (5e-4, off_path),
        "off_path_continuation_error": (2e-4, off_path),
    }
    limits |= {name: limit for name, limit in far.items() if name in numbers}  # few where the path broke down
    if "reference_gap_price" in numbers:
        limits |= {"reference_gap_price": (5e-3, train), "reference_gap_mean_capital": (1e-2, train)}
    cleared = equal("cleared", numbers["cleared"], 1.0, "some periods find no price that clears the market")
    return (cleared, *(at_most(name, numbers[name], *limit) for name, limit in limits.items()), *ends_checks(numbers))
