"""What firms choose while a solve goes on, as a picture for TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
    from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching


def investment_picture(solver: BranchingKrusellSmith | NeuralBranching) -> np.ndarray:
    """Draws the capital that firms choose over what they have; a line a productivity, labor in the middle."""
    from hetkeras.report.parts.pictures import curves_picture  # matplotlib, for who draws

    model, policy = solver.model, solver.round.simulator.policy
    middle = model.aggregate_chain.num_states // 2
    index, mean = tf.constant([middle]), tf.constant([np.mean(model.mean_capital_bounds)], tf.float64)
    choice = policy.choose(policy.outlook(index, mean), policy.forecast(index, mean)[1])
    capital, labor = policy.histogram.capital, len(policy.histogram.labor) // 2
    moved = np.where(choice.adjusts_capital.numpy() > 0, choice.capital_next.numpy(), np.nan)
    shape = model.idiosyncratic_chain.num_states, len(capital), len(policy.histogram.labor)
    names = [f"productivity {level:.3g}" for level in model.idiosyncratic_chain.values]
    gained = np.broadcast_to(moved[0], shape)[:, :, labor] / capital
    return curves_picture(capital, dict(zip(names, gained, strict=True)), ("capital", "capital chosen over capital"))
