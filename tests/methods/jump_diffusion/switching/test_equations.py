"""Gauss-Newton where flips take turns: its equations, the level of a value, a few steps."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.switching.options import SwitchingOptions, make_settings, make_solver
from tests.methods.jump_diffusion.switching.test_solver import MODEL, at, build
from tests.small_networks import delegates


@pytest.mark.parametrize("settings", [{}, {"own_paths": 1.0}, {"own_paths": 0.0}, {"pair_weight": 0.0}])
def test_squares_of_the_equations_have_the_gradient_of_the_loss(settings):
    solver = build(batch_size=8, update="gauss_newton", **settings)
    weights = [weight.value for weight in solver.weights]
    with tf.GradientTape(persistent=True) as tape:
        samples = solver.samples()
        found = solver.found_at(samples)
        loss = solver.judged(samples, found)[0].loss
        fixed = tf.nest.map_structure(tf.stop_gradient, found)
        squares = tf.reduce_sum(solver.equations(found.residual, fixed) ** 2)
    one, other = (
        np.concatenate([np.ravel(tf.convert_to_tensor(slope)) for slope in tape.gradient(target, weights)])
        for target in (squares, loss)
    )
    assert np.linalg.norm(one - other) < 1e-3 * np.linalg.norm(other)


@pytest.mark.parametrize("network", ["links", "dense", "delegates"])
def test_the_level_of_a_value_is_told_and_taken_off(network):
    model, kind = (delegates(2), "links") if network == "delegates" else (MODEL, network)
    keras.utils.set_random_seed(1)
    solver = make_solver(model, SwitchingOptions(network=kind, width=8, latent=4, solver=("update=gauss_newton",)))
    samples = solver.samples()
    before, found = solver.extra(*samples.rows[:3]), solver.found_at(samples)
    solver.network.lift(tf.constant(0.5))
    scale = model.correction_scales.shared
    np.testing.assert_allclose(solver.extra(*samples.rows[:3]) - before, 0.5 * scale, rtol=1e-3)
    level = solver.level(solver.found_at(samples)) - solver.level(found)
    assert float(level) == pytest.approx(0.5, abs=2e-3)
    solver.lower(level)
    np.testing.assert_allclose(solver.extra(*samples.rows[:3]), before, atol=4e-3 * scale)


def test_a_few_steps_come_close_to_the_exact_values():
    solver, known = build(update="gauss_newton", num_steps=30, batch_size=32), MODEL.exact_values()
    assert solver.train(tf.constant(30))[0]
    option = known.value - MODEL.frozen_value(tf.constant(known.state), tf.constant(known.binary)).numpy()
    error = solver.residual(*at(known))[1].value.numpy() - known.value
    assert np.sqrt(np.mean(error**2)) < 0.01 * np.abs(option).mean()


def test_what_is_asked_for_wins_over_the_preset():
    chosen = make_settings(MODEL, SwitchingOptions(preset="paper", solver=("update=gauss_newton", "batch_size=64")))
    assert (chosen.batch_size, chosen.num_steps) == (64, 640)
    assert make_settings(MODEL, SwitchingOptions(preset="paper")).batch_size == 128  # Adam's
