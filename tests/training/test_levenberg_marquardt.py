"""Levenberg-Marquardt against dense solutions and a curved valley whose end is known."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.training.levenberg_marquardt import FALL, FIRST, RISE, LevenbergMarquardt

RNG = np.random.default_rng(5)
SLOPES, TARGET = RNG.normal(size=(9, 5)), RNG.normal(size=9)


def take(solver, weights, residual):
    """One step on equations of the weights, as one vector."""
    with tf.GradientTape() as tape:
        flat = tf.concat([tf.reshape(weight, (-1,)) for weight in weights], 0)
        tape.watch(flat)
        found = residual(flat)

    def squares():
        return tf.reduce_sum(tf.square(residual(tf.concat([tf.reshape(weight, (-1,)) for weight in weights], 0))))

    return solver.improve(tape.jacobian(found, flat), found, squares)


def linear(flat):
    return tf.linalg.matvec(tf.constant(SLOPES), flat) - TARGET


def test_a_step_is_that_of_marquardt():
    weights = [tf.Variable(np.ones((1, 2))), tf.Variable(np.zeros(3))]
    before = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    solver = LevenbergMarquardt(weights)
    squares = take(solver, weights, linear)
    gram = SLOPES.T @ SLOPES
    step = np.linalg.solve(gram + FIRST * np.diag(np.diag(gram)), -SLOPES.T @ (SLOPES @ before - TARGET))
    found = np.concatenate([weight.numpy().ravel() for weight in weights])
    np.testing.assert_allclose(found, before + step, rtol=1e-10)
    assert float(squares) == pytest.approx(np.sum((SLOPES @ found - TARGET) ** 2))
    assert float(solver.damping) == pytest.approx(FIRST / FALL)


def test_a_curved_valley_is_followed_to_its_end_and_never_left():
    """Rosenbrock's, from his start."""
    weights = [tf.Variable([-1.2, 1.0], dtype=tf.float64)]
    solver, heights = LevenbergMarquardt(weights), []
    step = graph(lambda: take(solver, weights, lambda flat: tf.stack([10 * (flat[1] - flat[0] ** 2), 1 - flat[0]])))
    for _ in range(40):
        heights.append(float(step()))
    assert heights == sorted(heights, reverse=True)
    np.testing.assert_allclose(weights[0], [1, 1], atol=1e-8)


def test_no_step_is_taken_where_all_fail():
    weights = [tf.Variable([2.0, 3.0], dtype=tf.float64)]
    solver = LevenbergMarquardt(weights)
    wrong = tf.constant([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], tf.float64)
    found = solver.improve(wrong, tf.constant([1.0, 1.0, 1.0], tf.float64), lambda: tf.constant(9.0, tf.float64))
    assert float(found) == 3
    np.testing.assert_array_equal(weights[0], [2, 3])
    assert float(solver.damping) > RISE * FIRST
    for damping in (float(solver.damping), FIRST / FALL):
        solver.damping.assign(damping)
        solver.restart()
        assert float(solver.damping) == min(damping, FIRST)


def test_weights_on_which_nothing_depends_stay():
    weights = [tf.Variable([1.0, 5.0], dtype=tf.float64)]
    take(LevenbergMarquardt(weights), weights, lambda flat: tf.stack([flat[0] - 3, 2 * flat[0] - 6, flat[0] - 3]))
    assert weights[0][1] == 5
    assert 1 < weights[0][0] < 3.01
