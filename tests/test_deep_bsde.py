"""The peer of `tools.benchmark_peers` is right too, or it would be no peer."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from hetkeras.models.lq_control import LQControl
from tools.peers.deep_bsde import DeepBSDE, DeepBSDESettings


def test_deep_bsde_finds_the_value_at_the_start() -> None:
    keras.utils.set_random_seed(0)
    model = LQControl(dimension=2, horizon=0.2)
    solver = DeepBSDE(model, DeepBSDESettings(num_steps=300, time_steps=4))
    before = float(solver.value.value)
    solver.train(tf.constant(solver.chosen.num_steps))
    exact = float(model.exact_value(np.zeros(1), model.initial_state[None])[0])
    assert abs(before - exact) > 0.5
    assert abs(float(solver.value.value) - exact) < 0.02


def test_its_loss_is_the_distance_to_the_terminal_value() -> None:
    """At the exact loading, which is zero at the origin by symmetry, one step leaves what shocks do to the value."""
    model = LQControl(dimension=1, horizon=1e-6)
    solver = DeepBSDE(model, DeepBSDESettings(time_steps=1))
    solver.value.assign(float(model.terminal_value(tf.zeros((1, 1)))[0]) + 3.0)
    solver.loading.assign(tf.zeros((1, 1)))
    np.testing.assert_allclose(solver.loss(), 9.0, rtol=1e-3)
