"""Choices and values of firms with branches in economies off the path, against exact choices at the nodes.

Axes: S economies off the path, E productivities, H and L nodes of capital and labor.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.errors_at_nodes import KNOTS, NodeMeasures
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.diagnosis import SimulatedEconomy
from hetkeras.methods.krusell_smith.off_path import (
    OffPath,
    forgetting_rate,
    mean_of,
    off_path_markets,
    run_off_path,
    starts_off_path,
)

LIFETIMES = 3.0  # of the past, in which a start must be forgotten: a period costs a hundred times those of one choice


def off_path_errors(
    simulator: BranchingEconomies, policy: LoadedBranchPolicy, economy: SimulatedEconomy, measures: NodeMeasures
) -> dict[str, float]:
    """Markets, return, value lost, Bellman and continuation errors in economies off the path.

    Args:
      simulator, policy: of the solution.
      economy: its path.
      measures: of the policy.
    """
    if economy.broken:
        return {"off_path_uncleared": float("nan")}
    model, nodes = simulator.model, simulator.histogram.capital
    forgetting = forgetting_rate(model.depreciation, model.idiosyncratic_chain.transitions)
    starts = starts_off_path(model, economy, nodes, forgetting, LIFETIMES, both_ends=False)
    found = run_off_path(simulator, economy, starts)
    ends = [mean_of(start.mass, nodes) for start in starts if start.shape in ("low", "high")]
    errors, scale = _at_nodes(measures, found, nodes)
    carried = max(measures.continuation(end) for end in ends) / scale
    return off_path_markets(found) | errors | {"off_path_continuation_error": carried}


def _at_nodes(measures: NodeMeasures, found: OffPath, nodes: np.ndarray) -> tuple[dict[str, float], float]:
    """Value lost and gaps in the Bellman equation in the first period, the worst economy, and the range of V.

    Prices are those that firms expect, and the two farthest from them, in relation, at which markets clear.
    """
    masses = np.stack([start.mass for start in found.starts])
    index = np.resize([start.state for start in found.starts], KNOTS)  # as many as are compiled for
    means = np.resize([mean_of(mass, nodes) for mass in masses], KNOTS)
    ratios = found.series["price"][:, 0] / found.series["forecast_price"][:, 0]
    lost = []
    for ratio in (ratios.min(), ratios.max(), 1.0):
        at = measures.values(tf.constant(index, tf.int32), tf.constant(means), tf.constant(ratio, tf.float64))
        lost.append((at.best - at.reached).numpy()[: len(masses)])
    loss = np.maximum(lost, 0)  # choices between nodes can be better
    gaps, scale = (at.best - at.value).numpy()[: len(masses)], float(np.ptp(at.value))
    away = np.abs(gaps - (masses * gaps).sum((1, 2, 3)).mean())
    numbers = {
        "off_path_value_lost_firms": (masses * loss).sum((2, 3, 4)).max(),
        "off_path_value_lost_q99": np.quantile(loss, 0.99, axis=(2, 3, 4)).max(),
        "off_path_bellman_error": (masses * away).sum((1, 2, 3)).max() / scale,
    }
    return {name: float(number) for name, number in numbers.items()}, scale
