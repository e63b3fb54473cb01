"""Are value and policy of a symmetric economy the solution? Tests that need no known answer, and one that uses it.

1. Own paths stay where the economics allows, and the aggregate responds by less than 1/sqrt(beta) to itself.
2. Bellman residual and first-order condition, on own paths and off them, for agents of the industry and for some who
   differ from all others (`residuals`); no deviation for a period gains.
3. Solved forward, without the value: what agents are paid along own paths must return v, and one more unit of the
   action must return what it takes (`own_paths`).
4. Distance of policy and value to the exact ones, where they are known.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.check import Check, at_most, equal
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.euler_residual.bellman.own_paths import follow, followed_agents, periods_that_count
from hetkeras.methods.euler_residual.bellman.residuals import bellman_residuals
from hetkeras.methods.euler_residual.diagnosis import (
    aggregate_slopes,
    antithetic_paths,
    distance_to,
    path_table,
    share_bounded,
)
from hetkeras.methods.euler_residual.off_path import off_path_states

PATHS, HORIZON = 32, 64
STANDARD_ERRORS = 4.0  # of a mean over paths, which are allowed for
NOISE = 5e-3  # of these errors, above which they would hide what is to be seen
EVERY, SOME = 8, 8  # residuals are taken at every eighth period of the first eight paths


def diagnose_value(
    model: SymmetricEconomy, value: Policy, policy: Policy, industry_policy: Policy, seed: int = 7_919
) -> Diagnosis:
    """Measures value and policy on fresh paths.

    Args:
      model: the economics.
      value: v, (agent [..., I, D], industry [..., N, D]) -> [..., I]; best one reloaded from a SavedModel.
      policy: u of any agent, the same axes.
      industry_policy: (agent [..., K, D], industry [..., N, D]) -> [..., K], by which industries move.
      seed: of the fresh paths; training uses others.
    """
    states = antithetic_paths(model, industry_policy, seed, PATHS, HORIZON + periods_that_count(model))
    head = states[:HORIZON]
    numbers: dict[str, float] = {"num_agents": model.num_agents, "paths_bounded": share_bounded(model, states)}
    limit = model.discount_factor**-0.5
    slopes = aggregate_slopes(model, industry_policy, head[::EVERY])
    numbers |= {"aggregate_slope_q99": np.quantile(np.abs(slopes), 0.99), "aggregate_slope_limit": limit}
    functions = (value, policy, industry_policy)
    residuals = bellman_residuals(model, *functions, head[::EVERY, :SOME], seed)
    numbers |= _sizes(residuals)
    numbers |= _forward_gaps(model, value, policy, states, seed)
    off_path = off_path_states(model, head[0], states[-1])
    numbers |= {
        f"off_path_{name}": size for name, size in _sizes(bellman_residuals(model, *functions, off_path, seed)).items()
    }
    gap, reference = distance_to(model.reference(), model, industry_policy, head)
    numbers |= {"has_reference": int(reference is not None), **gap}
    numbers |= value_error(model, value, head[::EVERY])
    finite = {name: finite_number(number) for name, number in numbers.items()}
    shown = {"residual": bellman_residuals(model, *functions, head[:, :2], seed)["first_order"]}
    return Diagnosis(
        finite, _checks(finite, limit), {"paths": path_table(shown, model, industry_policy, head, reference)}
    )


def value_error(model: SymmetricEconomy, value: Policy, states: np.ndarray) -> dict[str, float]:
    """Distance to the exact value at states [T, B, N, D], over its mean size; empty where it is not known."""
    exact = model.closed_form_value()
    if exact is None:
        return {}
    state = tf.constant(states.reshape(-1, *states.shape[2:]))
    agent = followed_agents(state)[1]
    target = exact(tf.cast(agent, tf.float64), tf.cast(state, tf.float64)).numpy()
    gap = np.abs(value(agent, state).numpy() - target) / np.mean(np.abs(target))
    return {"value_error_mean": np.mean(gap), "value_error_max": np.max(gap)}


def _sizes(residuals: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {
        "bellman_residual_rms": np.sqrt(np.mean(np.square(residuals["bellman"]))),
        "first_order_residual_rms": np.sqrt(np.mean(np.square(residuals["first_order"]))),
        "deviation_gain_max": np.max(residuals["gain"]),
    }


def _forward_gaps(
    model: SymmetricEconomy, value: Policy, policy: Policy, states: np.ndarray, seed: int
) -> dict[str, float]:
    """What agents are paid along paths less v, and the margin, each as far as it is not noise."""
    own = follow(model, policy, states, seed)
    at = graph(value)
    found = np.stack([at(tf.constant(x), tf.constant(y)) for x, y in zip(own.agent[:HORIZON], states, strict=False)])
    paid, margin, cost = (part[:HORIZON] for part in (own.value, own.margin, own.cost))
    gaps = {"value_gap": (paid - found) / np.mean(np.abs(found)), "margin_gap": margin / np.mean(cost)}
    return {name: number for gap, parts in gaps.items() for name, number in _beyond_noise(gap, parts).items()}


def _beyond_noise(name: str, gaps: np.ndarray) -> dict[str, float]:
    """The worst agent's mean over dates and paths of [T, B, I], and what is left of it without four standard errors."""
    by_path = gaps.mean(0)
    pairs = (by_path[: PATHS // 2] + by_path[PATHS // 2 :]) / 2  # a path and its mirror image
    means, errors = np.abs(pairs.mean(0)), pairs.std(0, ddof=1) / np.sqrt(len(pairs))
    beyond = np.max(np.maximum(means - STANDARD_ERRORS * errors, 0.0))
    return {name: np.max(means), f"{name}_standard_error": np.max(errors), f"{name}_beyond_noise": beyond}


def _checks(numbers: Mapping[str, float | None], limit: float) -> tuple[Check, ...]:
    """The verdict's tests in order of gravity; errors are relative."""
    train = "train longer, or with a wider network"
    off_path = f"right on its path, wrong off it: {train}"
    noisy = "varies so much between paths that it proves nothing: the model's shocks are too large for this proof"
    limits = {
        "bellman_residual_rms": (2e-3, train),
        "first_order_residual_rms": (2e-3, train),
        "deviation_gain_max": (1e-4, "the action is not the best one"),
        "value_gap_beyond_noise": (1e-3, "values are not what the policy is paid"),
        "value_gap_standard_error": (NOISE, f"what agents are paid {noisy}"),
        "margin_gap_standard_error": (NOISE, f"what one more unit returns {noisy}"),
        "margin_gap_beyond_noise": (2e-3, "one more unit of the action does not return what it takes"),
        "policy_error_mean": (1e-3, train),
        "value_error_mean": (1e-3, train),
        "off_path_bellman_residual_rms": (1e-2, off_path),
        "off_path_first_order_residual_rms": (1e-2, off_path),
        "off_path_deviation_gain_max": (1e-3, off_path),
    }
    return (
        equal("paths_bounded", numbers["paths_bounded"], 1.0, "own paths explode or leave the domain; no stable root"),
        at_most("aggregate_slope_q99", numbers["aggregate_slope_q99"], limit, "the explosive root", strict=True),
        *(at_most(name, numbers[name], *about) for name, about in limits.items() if name in numbers),
    )
