"""Choices and values of firms in economies off the path, against exact choices out of the solution's own values.

Axes: S economies off the path, E productivities, H nodes of capital, P points that firms may choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.diagnosis import SimulatedEconomy
from hetkeras.methods.krusell_smith.lumpy.bellman_error import Value, bellman_gaps
from hetkeras.methods.krusell_smith.lumpy.policy import FirmPolicy
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.off_path import (
    OffPath,
    Start,
    forgetting_rate,
    off_path_gaps,
    off_path_markets,
    run_off_path,
    starts_off_path,
)

ALTERNATIVES = 400  # points of a fine grid among which the best target is sought


class ReferenceEconomy(NamedTuple):
    """Another solution on the same shocks: mean_capital and price [T], and its simulator and value where known."""

    series: dict[str, np.ndarray]
    simulator: FirmSimulator | None = None
    value: Value | None = None


def off_path_errors(
    simulator: FirmSimulator,
    policy: FirmPolicy,
    value: Value,
    economy: SimulatedEconomy,
    reference: ReferenceEconomy | None = None,
) -> dict[str, float]:
    """Markets, return, regret, Bellman error and distances to a reference, in economies off the path.

    Args:
      simulator, policy, value: of the solution.
      economy: its path.
      reference: another solution.
    """
    if economy.broken:
        return {"off_path_uncleared": float("nan")}
    model, nodes = simulator.model, simulator.histogram.nodes
    forgetting = forgetting_rate(model.depreciation, model.idiosyncratic_chain.transition)
    starts = starts_off_path(model, economy, nodes, forgetting)
    found = run_off_path(simulator, economy, starts)
    numbers = off_path_markets(found)
    numbers["off_path_regret"] = float(regrets(model, policy, value, nodes, found).max())
    numbers["off_path_bellman_error"] = _bellman_error(model, policy, value, nodes, starts)
    if reference is not None and reference.simulator is not None and reference.value is not None:
        numbers |= off_path_gaps(found, run_off_path(reference.simulator, economy, starts))
        numbers["off_path_gap_value"] = _value_gap(value, reference.value, nodes, found)
    return numbers


def regrets(model: PriceTakingFirms, policy: FirmPolicy, value: Value, nodes: np.ndarray, found: OffPath) -> np.ndarray:
    """What firms lose by their target and by whether they aim at it, [S, E, H], in units of the mean cost.

    The best is sought among alternatives at the price of the first period. Continuation values are discounted means of
    the value over all successors, whatever the policy says of them.
    """
    index, mean, *prices = _first_period(found, model.price_names)
    paying, price = model.at(*(each[:, None, None] for each in prices)), prices[0]
    target, staying, grid = policy.target(policy.outlook(index, mean), price), *_points(model, nodes, len(index))
    points = tf.concat([target, staying, grid], 1)
    states, last = target.shape[1], target.shape[1] + len(nodes)
    exact = _continuation(model, policy, value, index, mean, points) - price[:, None, None] * points[:, None]
    felt = policy.continuation(policy.outlook(index, mean), points) - price[:, None, None] * points[:, None]
    aimed, felt_aim = (tf.linalg.diag_part(worth[..., :states])[..., None] for worth in (exact, felt))
    best = tf.maximum(tf.reduce_max(exact[..., last:], -1, keepdims=True), aimed)
    gain, felt_gain = aimed - exact[..., states:last], felt_aim - felt[..., states:last]
    reached = paying.adjustment_probability(felt_gain) * gain - paying.labor_cost * paying.adjustment_labor(felt_gain)
    best_gain = best - exact[..., states:last]
    return ((best_gain - paying.expected_friction_loss(best_gain) - reached) / model.max_friction_loss).numpy()


def _continuation(
    model: PriceTakingFirms,
    policy: FirmPolicy,
    value: Value,
    index: tf.Tensor,
    mean: tf.Tensor,
    points: tf.Tensor,
) -> tf.Tensor:
    """beta E V' of points [S, P] as firms expect mean capital to move, [S, E, P]."""
    chains = model.aggregate_chain, model.idiosyncratic_chain
    following = policy.forecast(index, mean)[0]
    carried = [value(tf.fill(index.shape, state), following, points) for state in range(chains[0].num_states)]
    chances = tf.gather(tf.constant(chains[0].transition), index)
    return model.discount_factor * tf.einsum("asfp,sa,ef->sep", tf.stack(carried), chances, chains[1].transition)


def _points(model: PriceTakingFirms, nodes: np.ndarray, count: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Capital of firms that stay [S, H], and alternatives to the target [S, P]."""
    rows = model.unadjusted_capital(tf.constant(nodes)), tf.constant(np.geomspace(*model.capital_bounds, ALTERNATIVES))
    return tuple(tf.broadcast_to(row, (count, row.shape[0])) for row in rows)


def _bellman_error(
    model: PriceTakingFirms, policy: FirmPolicy, value: Value, nodes: np.ndarray, starts: list[Start]
) -> float:
    """Gap in the Bellman equation less its mean over firms, largest over aggregate states and ends of mean capital."""
    masses = np.stack([start.mass for start in starts if start.shape in ("low", "high")][::2])
    means = np.einsum("keh,h->k", masses, nodes)
    values, gaps = bellman_gaps(model, policy, value, nodes, means)  # [A, K, E, H]
    usual = (masses * gaps).sum((2, 3)).mean()
    return float((masses * np.abs(gaps - usual)).sum((2, 3)).max() / np.ptp(values))


def _value_gap(value: Value, reference: Value, nodes: np.ndarray, found: OffPath) -> float:
    """Distance of the value to a reference's, mean over firms, largest over economies, over the range of the value."""
    index, mean = _first_period(found)
    capital = tf.broadcast_to(tf.constant(nodes), (len(index), len(nodes)))
    own, exact = (function(index, mean, capital).numpy() for function in (value, reference))
    masses = np.stack([start.mass for start in found.starts])
    return float((masses * np.abs(own - exact)).sum((1, 2)).max() / np.ptp(exact))


def _first_period(found: OffPath, prices: Sequence[str] = ()) -> tuple[tf.Tensor, ...]:
    """Aggregate indices, mean capital and some prices of the first period, [S] each."""
    index = tf.constant([start.state for start in found.starts], tf.int32)
    return index, *(tf.constant(found.series[name][:, 0]) for name in ("mean_capital", *prices))
