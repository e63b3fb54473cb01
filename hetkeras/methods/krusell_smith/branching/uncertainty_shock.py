"""Impulse response to uncertainty: many economies in which it is high in one period (Bloom et al. 2018).

Economies start alike and draw their own shocks; in the period of the shock all of them are in the regime of high
uncertainty, before and after it regimes move as they do. Productivity of the economies is not touched.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies

RESPONDING = ("output", "investment", "labor", "consumption", "mean_capital", "price")
COPIES = 100  # tensors of the size of a batch of distributions that a period holds at once


class ShockPlan(NamedTuple):
    """num_economies: 2,500 in the paper; periods: in all; shock_period: counted from 0; seed: of the draws; at_once:
    economies that are simulated together.
    """

    num_economies: int = 2500
    periods: int = 100
    shock_period: int = 45
    seed: int = 0
    at_once: int = 4  # on a CPU more leave its cache and wait for the slowest price; a GPU takes hundreds


def uncertainty_response(simulator: BranchingEconomies, mass: np.ndarray, plan: ShockPlan) -> dict[str, np.ndarray]:
    """Simulates and averages over economies.

    Args:
      simulator: of a solved economy.
      mass: distribution of firms at the start, [E, H, L].
      plan: see there.

    Returns:
      "period" counted from the shock, "economies"; for each aggregate the deviation of its mean from the period before
      the shock, per cent, and its standard error; in per cent, economies in which uncertainty is high, firms that do
      nothing, and economies that found a price.
    """
    paths = shocked_paths(simulator.model, plan)
    series = _simulated(simulator, mass, paths, plan.at_once)
    before, table = plan.shock_period - 1, {"period": np.arange(plan.periods) - plan.shock_period}
    table["economies"] = np.full(plan.periods, plan.num_economies)
    productivity = simulator.model.aggregate_chain.values[paths]
    for name, values in {"productivity": productivity, **{name: series[name] for name in RESPONDING}}.items():
        means, logs = np.log(values.mean(1)), np.log(values)
        table[name] = 100 * (means - means[before])
        table[f"{name}_se"] = 100 * (logs - logs[before]).std(1) / np.sqrt(values.shape[1])
    high = simulator.model.aggregate_states[1][paths] == simulator.model.aggregate_states[1].max()
    for name, values in (("uncertainty", high), ("inaction", series["inaction"]), ("cleared", series["cleared"])):
        table[name] = 100 * values.mean(1)
        table[f"{name}_se"] = 100 * values.std(1) / np.sqrt(values.shape[1])
    return table


def shocked_paths(model: BranchingFirms, plan: ShockPlan) -> np.ndarray:
    """Draws aggregate states [T, economies], from middle productivity and low uncertainty.

    Productivity and regime are drawn apart, so that the shock changes the first no more than it must.

    Raises:
      CalibrationError: if the plan has no economy, or no period before or after the shock.
    """
    if plan.num_economies < 1 or not 0 < plan.shock_period < plan.periods:
        raise CalibrationError(
            f"{plan.num_economies} economies over {plan.periods} periods with a shock in period {plan.shock_period}; "
            "expected at least 1 economy, and the shock after the first period and within all"
        )
    productivity, regime, lagged = model.aggregate_states
    sizes = productivity.max() + 1, regime.max() + 1
    index = np.empty((sizes[0], sizes[1], sizes[1]), np.int32)
    index[productivity, regime, lagged] = np.arange(len(regime))
    joint = np.zeros((len(regime), *sizes))  # [A, z', s']
    np.add.at(joint, (np.arange(len(regime))[:, None], productivity, regime), model.aggregate_chain.transition)
    marginal = joint.sum(2)
    conditional = joint / np.where(marginal > 0, marginal, 1)[..., None]
    uniforms = np.random.default_rng(plan.seed).uniform(size=(2, plan.periods, plan.num_economies))
    states = np.empty((plan.periods, plan.num_economies), np.int32)
    states[0] = index[sizes[0] // 2, 0, 0]
    for t in range(1, plan.periods):
        now = states[t - 1]
        z = _drawn(marginal[now], uniforms[0, t])
        s = _drawn(conditional[now, z], uniforms[1, t])
        states[t] = index[z, sizes[1] - 1 if t == plan.shock_period else s, regime[now]]
    return states


def batch_bytes(model: BranchingFirms, at_once: int) -> int:
    """Memory that the simulation of so many economies takes, roughly."""
    nodes = len(model.capital_nodes) * len(model.labor_nodes) * model.idiosyncratic_chain.num_states
    return 8 * nodes * at_once * COPIES


def _simulated(
    simulator: BranchingEconomies, mass: np.ndarray, paths: np.ndarray, at_once: int
) -> dict[str, np.ndarray]:
    """Series [T, economies], in batches of one size; the last is filled up with economies that are dropped again."""
    count, size = paths.shape[1], min(at_once, paths.shape[1])
    start = np.broadcast_to(mass, (size, *mass.shape))
    parts = []
    for first in tqdm(range(0, count, size), "uncertainty shock", unit="batch", leave=False, disable=None):
        columns = np.arange(first, first + size) % count
        series = simulator.run(paths[:, columns], start).series
        parts.append(series)
    return {name: np.concatenate([part[name] for part in parts], 1)[:, :count] for name in parts[0]}


def _drawn(chances: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """Draws by inversion: rows [N, S], uniforms [N] -> [N]."""
    return (uniforms[:, None] > np.cumsum(chances, 1)[:, :-1]).sum(1)
