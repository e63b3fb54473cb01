"""Do networks put firms in the right branches? (Yokomoto 2026, Tables 11 and 12)

The choices of a solution, at all nodes, states and knots of mean capital, against the exact ones of another at the
same forecast rules. Exact choices are on nodes: one that keeps capital may stand for an optimum less than a node
above. So a choice that invests up to the next node where the exact one does not invest counts as right, as in the
paper; it is counted strictly too.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from hetkeras.contracts.branching_firms import BranchingFirms
from hetkeras.methods.krusell_smith.branching.errors_at_nodes import (
    KNOTS,
    NodePolicy,
    NodeValues,
    branch_index,
    economies_at,
    node_values,
)

FAR = 0.5  # deviations beyond which Table 12 counts


def classification(
    model: BranchingFirms, exact: NodePolicy, candidate: NodePolicy, num_knots: int = KNOTS
) -> dict[str, float]:
    """Returns shares of points classified alike, and quantiles of deviations among the others.

    Args:
      model: the economics.
      exact: a solution on the nodes; says what ending somewhere is worth, and which price is expected.
      candidate: whose choices are judged, at the same rules.
      num_knots: of mean capital, even.
    """
    measure = node_values(model, exact, candidate)
    knots = np.linspace(*model.mean_capital_bounds, num_knots)
    nodes = exact.histogram.capital
    kept = np.maximum(nodes * (1 - 1e-9), 0), np.append(nodes[1:], np.inf)  # the node itself, the one above
    strict = lenient = points = 0
    deviations: dict[str, list[np.ndarray]] = {"investment": [], "hiring": [], "value": []}
    for state in tqdm(range(model.aggregate_chain.num_states), "branches", leave=False, disable=None):
        found = measure(*economies_at(state, knots), tf.constant(1.0, tf.float64))
        same, right = _alike(found, kept)
        strict, lenient, points = strict + same.sum(), lenient + right.sum(), points + same.size
        gaps = (
            found.choice.capital_next - found.best_choice.capital_next,
            found.choice.labor - found.best_choice.labor,
            found.best - found.reached,
        )
        for name, gap in zip(deviations, gaps, strict=True):
            deviations[name].append(np.abs(gap.numpy()[~right]))
    numbers = {"points": points, "classified_strictly": strict / points, "classified": lenient / points}
    for name, parts in deviations.items():
        whole = np.concatenate(parts) if lenient < points else np.zeros(1)
        quantiles = np.quantile(whole, (0.5, 0.95, 0.99))
        numbers |= {f"{name}_off_{q}": x for q, x in zip(("q50", "q95", "q99"), quantiles, strict=True)}
        numbers[f"{name}_off_far"] = float(np.mean(whole > FAR))
    return {name: float(number) for name, number in numbers.items()}


def _alike(found: NodeValues, around: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Whether branches are the same, and whether they are but for an investment of less than a node."""
    best, chosen = branch_index(found.best_choice), branch_index(found.choice)
    kept, reached = found.best_choice.capital_next.numpy(), found.choice.capital_next.numpy()
    above = around[1][np.searchsorted(around[0], kept, side="right") - 1]
    small = (best % 2 == 0) & (chosen % 2 == 1) & (best // 2 == chosen // 2)
    small &= (reached > kept) & (reached <= above * (1 + 1e-9))
    return best == chosen, (best == chosen) | small
