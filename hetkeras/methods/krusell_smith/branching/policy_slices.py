"""Choices of single firms for figures: by what they have, and by today's price (Yokomoto 2026, Figures 4 and 8-13)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy

QUARTERS = (0.25, 0.5, 0.75)  # of the range of what is held fixed
PRICES = np.linspace(0.9, 1.1, 161)  # over the expected price

Moves = Callable[[int, float], tuple[np.ndarray, np.ndarray]]
"""Aggregate state and price over the expected one -> investment and hiring of firms at all nodes, [E, H, L]."""


def branch_slices(
    model: BranchingFirms, policy: LoadedBranchPolicy, mean_capital: float
) -> dict[str, dict[str, np.ndarray]]:
    """Investment by capital, hiring by lagged labor, and both by price; uncertainty is low and was.

    Args:
      model: the economics.
      policy: of a solution.
      mean_capital: at which the firms are looked at.

    Returns:
      investment_slice: capital, and investment z1_e1_h1, ... by productivity of all and of the firm, at three lagged
      labors; hiring_slice: lagged_labor, and hiring z1_e1_h1, ... at three capitals; price_slice: price, and
      investment_1, hiring_1, ... by the firm's productivity, that of all and its capital in the middle, its lagged
      labor at a quarter of the range, where most firms are.
    """
    moves = _moves(model, policy, mean_capital)
    calm = calm_states(model)
    middle = policy.histogram.capital, policy.histogram.labor
    held = [_quarters(nodes) for nodes in middle]
    investment, hiring = {"capital": middle[0]}, {"lagged_labor": middle[1]}
    for z, index in enumerate(calm, 1):
        for e, (invested, hired) in enumerate(zip(*moves(int(index), 1.0), strict=True), 1):
            investment |= {f"z{z}_e{e}_h{i}": invested[:, node] for i, node in enumerate(held[1], 1)}
            hiring |= {f"z{z}_e{e}_h{i}": hired[node] for i, node in enumerate(held[0], 1)}
    state = int(calm[len(calm) // 2])
    found = np.array([[each[:, held[0][1], held[1][0]] for each in moves(state, factor)] for factor in PRICES])
    price = policy.forecast(tf.constant([state]), tf.constant([mean_capital], tf.float64))[1].numpy()[0] * PRICES
    by_price = {"price": price}
    for e in range(model.idiosyncratic_chain.num_states):
        by_price |= {f"investment_{e + 1}": found[:, 0, e], f"hiring_{e + 1}": found[:, 1, e]}
    return {"investment_slice": investment, "hiring_slice": hiring, "price_slice": by_price}


def calm_states(model: BranchingFirms) -> np.ndarray:
    """Indices of the aggregate states in which uncertainty is low and was, by productivity."""
    _, regime, lagged = model.aggregate_states
    return np.flatnonzero((regime == 0) & (lagged == 0))


def _moves(model: BranchingFirms, policy: LoadedBranchPolicy, mean_capital: float) -> Moves:
    economy = tf.constant([mean_capital], tf.float64)
    remaining = (
        model.depreciated_capital(tf.constant(policy.histogram.capital))[:, None],
        model.remaining_labor(tf.constant(policy.histogram.labor)),
    )

    @compiled
    def chosen(state: tf.Tensor, factor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        price = factor * policy.forecast(state, economy)[1]
        choice = policy.choose(policy.outlook(state, economy), price)
        moved = (choice.capital_next, choice.adjusts_capital), (choice.labor, choice.adjusts_labor)
        pairs = zip(moved, remaining, strict=True)
        return tuple(tf.where(digit[0] > 0, level[0] - left, 0.0) for (level, digit), left in pairs)

    def moves(state: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
        found = chosen(tf.constant([state]), tf.constant(factor, tf.float64))
        return tuple(each.numpy() for each in found)

    return moves


def _quarters(nodes: np.ndarray) -> list[int]:
    """Indices of the nodes nearest to the quarters of their range."""
    return [int(np.argmin(np.abs(nodes - (nodes[0] + share * (nodes[-1] - nodes[0]))))) for share in QUARTERS]
