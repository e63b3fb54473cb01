"""Moments of a symmetric economy out of a reloaded solution: levels, cross-section, and how the aggregate moves."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.methods.euler_residual.paths import simulate

FORGOTTEN = 100  # first periods, in which a path forgets where it began


def economy_moments(model: SymmetricEconomy, policy: Policy, periods: int, agents: int, seed: int) -> dict[str, float]:
    """Moments of one path by name, of the first state and the action.

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K].
      periods: T, after those in which the start is forgotten.
      agents: of whom the cross-section is taken, the first of the N; the aggregate is of all.
      seed: of all draws.
    """
    states = simulate(model, policy, seed, 1, FORGOTTEN + periods)[FORGOTTEN:, 0]  # [T, N, D]
    actions = policy(model.deciding_agents(states), states)
    first, action = model.state_names[0], model.action_name
    levels = states[..., 0].numpy().astype(float)
    acted = tf.broadcast_to(actions, levels.shape).numpy().astype(float)
    return {**_aggregate(levels.mean(1), acted.mean(1), first, action), **_across(levels[:, :agents], first)}


def _aggregate(level: np.ndarray, action: np.ndarray, first: str, acted: str) -> dict[str, float]:
    """Of means over agents, [T] each."""
    return {
        f"mean_{first}": float(level.mean()),
        f"mean_{acted}": float(action.mean()),
        f"sd_aggregate_{first}": float(level.std()),
        f"sd_aggregate_{acted}": float(action.std()),
        f"serial_correlation_aggregate_{first}": _correlation(level[1:], level[:-1]),
    }


def _across(levels: np.ndarray, first: str) -> dict[str, float]:
    """Of agents beside their mean, [T, N]."""
    away = levels - levels.mean(1, keepdims=True)
    return {
        f"sd_across_{first}": float(np.sqrt(np.mean(away**2))),
        f"serial_correlation_{first}": _correlation(away[1:], away[:-1]),
    }


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
