"""Is a policy of a symmetric economy the solution? Five tests that need no known answer, and one that uses it.

1. Own paths: the Euler residual on fresh paths that the policy itself generates.
2. Boundedness: those paths, prolonged, stay where the economics allows.
3. Stability: the response of tomorrow's aggregate to today's is below 1/sqrt(beta), which separates the two roots,
   on own paths and within five per cent of them.
4. Present value: the Euler equation solved forward. Along own paths what a unit pays out must return the
   marginal cost; on an explosive root the residual is zero but the present value is not (`present_value`).
5. Reference: the distance to the closed form or the collocation, where there is one.
6. Off the path: residual and distance to the reference in distributions that no path passes (`off_path`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.check import Check, at_most, equal
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.euler_residual.off_path import off_path_states
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.methods.euler_residual.present_value import present_value_gap, present_value_horizon

SECANTS = (-0.05, -0.005, 0.005, 0.05)
"""Steps of the stability test, as shares of the steady state: the near neighbourhood of own paths counts too."""

MEASURED_NODES = 7, 2
"""Of the aggregate shock, and draws of the idiosyncratic ones, behind each expectation."""

AT_ONCE = 32
"""Paths whose residuals are taken together."""

EVALUATIONS = 6_000_000
"""Agents visited when residuals are taken: bounds the cost of a diagnosis whatever N is."""


def diagnose(
    model: SymmetricEconomy, policy: Policy, seed: int = 7_919, horizon: int = 64, evaluations: int = EVALUATIONS
) -> Diagnosis:
    """Measures a policy on fresh paths of T = horizon periods from new draws of X_0.

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K]; best one reloaded from a SavedModel.
      seed: of the fresh paths; training uses others.
      horizon: T, periods on which residuals and errors are taken.
      evaluations: agents visited when residuals are taken.
    """
    states_ahead = model.shocks.num_nodes(*MEASURED_NODES)
    num_paths = int(np.clip(evaluations // (model.num_agents * horizon * (states_ahead + 1)), 1, 16)) * 2
    tail = present_value_horizon(model)
    states = antithetic_paths(model, policy, seed, num_paths, horizon + tail)
    bounded = share_bounded(model, states)
    numbers: dict[str, float] = {"num_agents": model.num_agents, "paths_bounded": bounded}
    head = states[:horizon]
    slopes, limit = aggregate_slopes(model, policy, head), model.discount_factor**-0.5
    numbers |= {
        "aggregate_slope_median": np.median(slopes),
        "aggregate_slope_q99": np.quantile(np.abs(slopes), 0.99),
        "aggregate_slope_limit": limit,
    }
    residuals = euler_residuals(model, policy, head, seed, *MEASURED_NODES)
    numbers |= _quantiles(np.abs(residuals["relative"]))
    numbers["euler_mse"] = np.mean(np.square(residuals["residual"]))
    numbers |= present_value_gap(model, policy, states, horizon)
    numbers |= {"mean_at_start": np.mean(head[0, ..., 0]), "mean_at_end": np.mean(states[-1, ..., 0])}
    exact = model.reference()
    gap, reference = distance_to(exact, model, policy, head)
    numbers |= {"has_reference": int(reference is not None), **gap}
    numbers |= _off_path(model, policy, off_path_states(model, head[0], states[-1]), seed, exact)
    finite = {name: finite_number(value) for name, value in numbers.items()}
    tables = {"paths": path_table(residuals, model, policy, head, reference)}
    return Diagnosis(finite, _checks(finite, limit), tables)


def with_trajectories(
    diagnosis: Diagnosis, model: SymmetricEconomy, policy: Policy, count: int, seed: int = 7_919, horizon: int = 64
) -> Diagnosis:
    """A diagnosis whose table of paths is of so many fresh ones, an even number; what decides stays as it was."""
    states = antithetic_paths(model, policy, seed, count, horizon)
    parts = [states[:, part : part + AT_ONCE] for part in range(0, count, AT_ONCE)]
    found = [euler_residuals(model, policy, part, seed + place, *MEASURED_NODES) for place, part in enumerate(parts)]
    residuals = {name: np.concatenate([each[name] for each in found], 1) for name in found[0]}
    exact = model.reference()
    reference = np.concatenate([distance_to(exact, model, policy, part)[1] for part in parts], 1) if exact else None
    tables = {**diagnosis.tables, "paths": path_table(residuals, model, policy, states, reference)}
    return dataclasses.replace(diagnosis, numbers={**diagnosis.numbers, "trajectories": count}, tables=tables)


def _checks(numbers: Mapping[str, float | None], limit: float) -> tuple[Check, ...]:
    """The verdict's tests in order of gravity; errors are relative."""
    train = "train longer, or with a wider network"
    checks = [
        equal("paths_bounded", numbers["paths_bounded"], 1.0, "own paths explode or leave the domain; no stable root"),
        at_most("aggregate_slope_q99", numbers["aggregate_slope_q99"], limit, "the explosive root", strict=True),
        at_most("euler_residual_rms", numbers["euler_residual_rms"], 1e-3, train),
        at_most("euler_residual_q99", numbers["euler_residual_q99"], 3e-3, train),
        at_most("present_value_gap_mean", numbers["present_value_gap_mean"], 2e-3, "margins are not present values"),
    ]
    off_path = f"right on its path, wrong off it: {train}"
    limits = {
        "policy_error_mean": (1e-3, train),
        "off_path_euler_residual_max": (5e-3, off_path),
        "off_path_policy_error_max": (1e-2, off_path),
    }
    found = {name: limit for name, limit in limits.items() if name in numbers}
    return (*checks, *(at_most(name, numbers[name], *limit) for name, limit in found.items()))


def euler_residuals(
    model: SymmetricEconomy, policy: Policy, states: np.ndarray, seed: int, num_nodes: int = 7, num_draws: int = 2
) -> dict[str, np.ndarray]:
    """Euler residuals at states [T, B, N, D].

    Returns:
      "residual": [T, B, K] in units of the payoff, and "relative": the same over mean marginal cost.
    """

    @graph
    def at(state: tf.Tensor, t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        agent = model.deciding_agents(state)
        action = policy(agent, state)
        shocks, weights = model.shocks.quadrature(
            tf.stack([seed + 1, t]), state.shape[0], state.shape[1], num_nodes, num_draws, state.dtype
        )
        expected = model.expected_integrand(policy, state, action, shocks, weights)
        return model.euler_residual(agent, state, action, expected), model.marginal_cost(agent, state, action)

    rows = [at(tf.constant(state), tf.constant(t)) for t, state in enumerate(states)]
    residual, cost = (np.stack([row[part].numpy() for row in rows]).astype(np.float64) for part in (0, 1))
    return {"residual": residual, "relative": residual / np.mean(np.abs(cost))}


def aggregate_slopes(model: SymmetricEconomy, policy: Policy, states: np.ndarray) -> np.ndarray:
    """Response of tomorrow's aggregate to today's, see `SymmetricEconomy.aggregate_slope`.

    Returns:
      Secants over each of SECANTS, from states [T, B, N, D]: [T, S, B].
    """

    sizes = [share * model.steady_state()[0] for share in SECANTS]

    @graph
    def at(state: tf.Tensor) -> tf.Tensor:
        action = policy(model.deciding_agents(state), state)
        shifts = (tf.fill(state.shape[:1], tf.constant(size, state.dtype)) for size in sizes)
        return tf.stack([model.aggregate_slope(policy, state, action, shift) for shift in shifts])

    return np.stack([at(tf.constant(state)) for state in states]).astype(np.float64)


def _off_path(
    model: SymmetricEconomy, policy: Policy, states: np.ndarray, seed: int, exact: Policy | None
) -> dict[str, float]:
    """The worst of the distributions off the path, states [S, B, N, D]."""
    size = euler_residuals(model, policy, states, seed)["relative"].reshape(len(states), -1)
    gap = distance_to(exact, model, policy, states)[0]
    numbers = {"off_path_euler_residual_max": np.sqrt(np.mean(np.square(size), 1)).max()}
    return numbers | {f"off_path_{name}": error for name, error in gap.items() if name != "policy_error_absolute"}


def policy_error(
    model: SymmetricEconomy, policy: Policy, states: np.ndarray
) -> tuple[dict[str, float], np.ndarray | None]:
    """Distance to the model's reference at states [T, B, N, D], see `distance_to`."""
    return distance_to(model.reference(), model, policy, states)


def distance_to(
    reference: Policy | None, model: SymmetricEconomy, policy: Policy, states: np.ndarray
) -> tuple[dict[str, float], np.ndarray | None]:
    """Distance to a reference at states [T, B, N, D], relative to it.

    Returns:
      Errors by name, empty without a reference; and the reference's actions [T, B, K] or None.
    """
    if reference is None:
        return {}, None
    exact = tf.constant(states, tf.float64)
    target = reference(model.deciding_agents(exact), exact).numpy()
    found = _actions(model, policy, states)
    gap = np.abs(found - target)
    scale = np.mean(np.abs(target)) if model.policy_state_names else np.abs(target)
    return {
        "policy_error_mean": np.mean(gap / scale),
        "policy_error_max": np.max(gap / scale),
        "policy_error_absolute": np.mean(gap),
    }, target


def antithetic_paths(
    model: SymmetricEconomy, policy: Policy, seed: int, num_paths: int, num_periods: int
) -> np.ndarray:
    """Fresh paths [T, B, N, D] of which the second half mirrors the shocks of the first."""
    half = model.initial_state(tf.constant([seed, -2]), num_paths // 2)
    initial = tf.concat([half, half], 0)
    return simulate(model, policy, seed, num_paths, num_periods, initial, antithetic=True).numpy()


def share_bounded(model: SymmetricEconomy, states: np.ndarray) -> float:
    """Share of paths [T, B, N, D] that stay within the bounds."""
    lower, upper = model.state_bounds()
    inside = np.isfinite(states).all(-1) & (states[..., 0] > lower) & (states[..., 0] < upper)
    return float(np.mean(inside.all((0, 2))))


def _actions(model: SymmetricEconomy, policy: Policy, states: np.ndarray) -> np.ndarray:
    @graph
    def at(state: tf.Tensor) -> tf.Tensor:
        return policy(model.deciding_agents(state), state)

    return np.stack([at(tf.constant(state)).numpy() for state in states]).astype(np.float64)


def path_table(
    residuals: Mapping[str, np.ndarray],
    model: SymmetricEconomy,
    policy: Policy,
    states: np.ndarray,
    reference: np.ndarray | None,
) -> dict[str, np.ndarray]:
    """Residuals and means by date, [T] each: what the page draws."""
    by_date = residuals["residual"].reshape(len(states), -1)
    actions = _actions(model, policy, states)
    table = {
        "period": np.arange(len(states)),
        "residual_mean": by_date.mean(1),
        "residual_low": np.quantile(by_date, 0.025, 1),
        "residual_high": np.quantile(by_date, 0.975, 1),
        "mean_state": states[..., 0].mean((1, 2)),
        "action": actions[:, 0].mean(-1),
    }
    return table if reference is None else table | {"reference_action": reference[:, 0].mean(-1)}


def _quantiles(values: np.ndarray) -> dict[str, float]:
    quantiles = {f"euler_residual_q{q}": np.quantile(values, q / 100) for q in (50, 95, 99)}
    return {"euler_residual_rms": np.sqrt(np.mean(np.square(values))), **quantiles}
