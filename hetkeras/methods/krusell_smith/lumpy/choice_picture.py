"""What firms choose while a solve goes on, as a picture for TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
    from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy

AROUND = np.linspace(0.98, 1.02, 41)  # of the price that firms expect


def target_picture(solver: GridKrusellSmith | NeuralLumpy) -> np.ndarray:
    """Draws target capital by price, a line a productivity, where the economy without frictions rests."""
    from hetkeras.report.parts.pictures import curves_picture  # matplotlib, for who draws

    model, policy = solver.model, solver.round.simulator.policy
    middle = model.aggregate_chain.num_states // 2
    rest = model.frictionless_steady_state(float(model.aggregate_chain.values[middle]))[0]
    index = tf.fill([AROUND.size], middle)
    mean = tf.fill([AROUND.size], tf.constant(rest, tf.float64))
    price = policy.forecast(index, mean)[1] * AROUND
    targets = policy.target(policy.outlook(index, mean), price).numpy().T
    names = [f"productivity {level:.3g}" for level in model.idiosyncratic_chain.values]
    return curves_picture(price.numpy(), dict(zip(names, targets, strict=True)), ("price", "target capital"))
