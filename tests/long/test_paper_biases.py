"""What the losses as printed do at full length: V0 far too high, V1 too low, entry much too late."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.models.export_entry.model import ExportEntry

EXACT = 1.4578586385, 2.3310317651  # V0 and V1 at the mean cost


def solve(**settings):
    keras.utils.set_random_seed(0)
    model = ExportEntry(num_destinations=1, complementarity=(0.0,))
    network = DenseValue(2, width=64, shared=2, own=1)
    chosen = {"num_steps": 20_000, "learning_rate": 3e-3, "weight": 5.0, "difference_step": 0.005, **settings}
    solver = HuangYuSolver(model, network, PaperSettings(**chosen))
    solver.train(tf.constant(solver.num_steps))
    cost = tf.constant(np.linspace(0.2, 1.4, 1201)[:, None], tf.float32)
    values = [solver.value(cost, (tf.fill((1201, 1), float(y)),))[0].numpy() for y in (0, 1)]
    gain = values[1] - values[0]
    return values[0][600], values[1][600], float(cost[np.argmin(np.abs(gain - 0.8)), 0])


@pytest.mark.long
def test_without_the_compensator_the_value_is_far_off():
    idle, active, threshold = solve()
    assert 0.15 < idle / EXACT[0] - 1 < 0.45
    assert -0.2 < active / EXACT[1] - 1 < -0.03
    assert threshold < 0.7  # .852 is right


@pytest.mark.long
def test_mended_it_is_near():
    """What is left is the curvature that a one-step backward equation cannot see."""
    idle, active, threshold = solve(compensated=1, normalised=0, weight=0.1)
    assert idle / EXACT[0] == pytest.approx(1, abs=0.03)
    assert active / EXACT[1] == pytest.approx(1, abs=0.03)
    assert threshold == pytest.approx(0.852, abs=0.03)
