"""Equations of Gauss-Newton: their squares are the loss; a few steps go far."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.options import JumpOptions, make_settings, make_solver
from tests.methods.jump_diffusion.test_solver import FOUR, build, value_error


@pytest.mark.parametrize(
    "settings", [{}, {"own_paths": 1.0}, {"own_paths": 0.0}, {"pair_weight": 0.0}, {"flip_draws": 2}]
)
def test_squares_of_the_equations_are_the_loss(settings):
    solver = build(FOUR, batch_size=16, update="gauss_newton", **settings)
    found = solver.found_at(solver.samples())
    one, other = (solver.equations(part, found) for part in (found.residual, found.other))
    assert float(tf.reduce_sum(one * other)) == pytest.approx(float(solver.loss()[0].loss), rel=1e-5)
    slopes = tf.stack([found.residual, 2 * found.residual], 1)
    np.testing.assert_allclose(solver.equations(slopes, found), tf.stack([one, 2 * one], 1), rtol=1e-5)


@pytest.mark.parametrize("network", ["deep_sets", "dense"])
def test_the_level_of_a_value_is_told_and_taken_off(network):
    solver = make_solver(FOUR, JumpOptions(network=network, width=8, latent=4, solver=("update=gauss_newton",)))
    before, found = solver.extra(*solver.samples().rows[:2]), solver.found_at(solver.samples())
    solver.network.lift(tf.constant(0.25))
    lifted = solver.extra(*solver.samples().rows[:2])
    np.testing.assert_allclose(lifted - before, 0.25 * FOUR.value_scale, rtol=1e-4)
    level = solver.level(solver.found_at(solver.samples()))
    assert float(level - solver.level(found)) == pytest.approx(0.25, abs=1e-3)
    solver.lower(level - solver.level(found))
    np.testing.assert_allclose(solver.extra(*solver.samples().rows[:2]), before, atol=1e-3)


def test_a_few_steps_come_close_to_the_exact_value():
    """Measured: .7 % after 60 steps, 61 % before."""
    solver = build(update="gauss_newton", num_steps=60)
    assert value_error(solver) > 0.4
    finite, metrics = solver.train(tf.constant(60))
    assert finite
    assert set(metrics) == {"loss", *solver.metric_names}
    assert value_error(solver) < 0.015


def test_gauss_newton_needs_fewer_steps():
    chosen = [make_settings(JumpOptions(solver=solver)) for solver in ((), ("update=gauss_newton",))]
    assert [each.num_steps for each in chosen] == [8000, 300]
    assert chosen[0].gauss_newton is None
    assert chosen[1].gauss_newton.num_steps == 300
