"""Gauss-Newton in sample space against dense solutions in double precision; its guards."""

from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.training.gauss_newton import GaussNewton, GaussNewtonRule, NormalEquations, sample_jacobian

RULE = {"num_steps": 10, "rate": 1.0, "damping": 1e-9, "last_damping": 1e-9, "momentum": 0.0, "longest_step": 1e9}
RNG = np.random.default_rng(3)
SLOPES = RNG.normal(size=(5, 12))  # what is found at five samples falls or rises with twelve weights
TARGET = RNG.normal(size=5)
MIXING = np.concatenate([np.eye(5), 0.7 * np.eye(2, 5) - 0.4 * np.eye(2, 5, 2)])  # seven equations, five of them apart


def newton(slopes=SLOPES, target=TARGET, **rule):
    """Two weights, of two shapes, with twelve numbers in all, and one step of theirs as a function."""
    weights = [tf.Variable(tf.reshape(tf.linspace(-1.0, 1.0, 8), (2, 4))), tf.Variable(tf.linspace(0.5, 2.0, 4))]
    newton = GaussNewton(weights, GaussNewtonRule(**{**RULE, "averaged": 0.0, **rule}))

    def take(step=0):
        jacobian = tf.constant(slopes, tf.float32)
        residual = tf.linalg.matvec(jacobian, newton.flat()) - tf.constant(target, tf.float32)
        multipliers = newton.multipliers(newton.normal_equations(jacobian, residual), tf.constant(step))
        proposal = newton.proposal(jacobian, multipliers)
        newton.apply(proposal, tf.constant(2.0 * step), tf.constant(step))
        return proposal.numpy()

    return newton, take


def test_one_undamped_step_solves_linear_equations_by_the_shortest_way():
    solver, take = newton()
    before = solver.flat().numpy()
    take()
    shortest = np.linalg.lstsq(SLOPES, TARGET - SLOPES @ before, rcond=None)[0]
    np.testing.assert_allclose(solver.flat(), before + shortest, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(SLOPES @ solver.flat().numpy(), TARGET, atol=1e-5)


def test_damped_steps_with_momentum_minimize_what_they_should():
    """Against the normal equations of all weights: |G s + r|^2 + lambda |s - mu s'|^2."""
    slopes, target, before = MIXING @ SLOPES, MIXING @ TARGET, np.zeros(12)
    solver, take = newton(slopes, target, damping=0.3, last_damping=0.3, momentum=0.8)
    damping = 0.3 * np.mean(np.sum(slopes**2, 1))
    for step in range(3):
        residual = slopes @ solver.flat().numpy() - target
        expected = np.linalg.solve(
            slopes.T @ slopes + damping * np.eye(12), 0.8 * damping * before - slopes.T @ residual
        )
        before = take(step)
        np.testing.assert_allclose(before, expected, rtol=1e-4, atol=1e-5)


def test_damping_moves_by_the_same_factor_from_step_to_step():
    solver = newton(damping=1.0, last_damping=1e-4, num_steps=4)[0]
    equations = NormalEquations(tf.eye(2) * 3, tf.constant([1.0, 2.0]))
    for step, damping in enumerate([1, 0.1, 0.01, 1e-3, 1e-4]):
        found = solver.multipliers(equations, tf.constant(step))
        np.testing.assert_allclose(found, [1 / (3 + 3 * damping), 2 / (3 + 3 * damping)], rtol=1e-6)


def test_only_a_share_of_a_step_is_taken_and_long_ones_are_cut():
    for longest, share in ((1e9, 0.25), (0.1, None)):
        solver, take = newton(rate=0.25, longest_step=longest)
        before = solver.flat().numpy()
        proposal = take()
        length = np.linalg.norm(proposal)
        assert length > 0.1
        expected = (share or 0.25 * 0.1 / length) * proposal
        np.testing.assert_allclose(solver.flat().numpy() - before, expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(solver.last_step, proposal)  # the whole of it is remembered


@pytest.mark.parametrize(("averaged", "counted"), [(0.0, 0), (0.25, 3), (1.0, 10)])
def test_the_last_weights_and_levels_are_averaged(averaged, counted):
    solver, take = newton(rate=0.3, averaged=averaged)
    visited = []
    for step in range(10):
        take(step)
        visited.append(solver.flat().numpy())
    assert 10 - solver.first_averaged == counted
    assert np.isfinite(visited).all()
    expected = np.mean(visited[10 - counted :], 0) if counted else np.zeros(12)
    np.testing.assert_allclose(solver.mean, expected, rtol=1e-5, atol=1e-6)
    assert float(solver.mean_level) == pytest.approx(2 * np.mean(range(10 - counted, 10)) if counted else 0.0)


@pytest.mark.parametrize(
    ("gram", "target"), [([[np.nan, 0], [0, 1]], [1, 1]), ([[1, 0], [0, 1]], [np.inf, 1]), ([[0, 0], [0, 0]], [1, 1])]
)
def test_equations_that_are_no_numbers_or_move_with_no_weight_give_no_step(gram, target):
    equations = NormalEquations(tf.constant(gram, tf.float32), tf.constant(target, tf.float32))
    assert np.isnan(newton()[0].multipliers(equations, tf.constant(0))).all()


class Found(NamedTuple):
    residual: tf.Tensor
    size: tf.Tensor


def test_the_jacobian_has_a_row_for_each_sample():
    weights = [tf.Variable([[0.3, -0.2], [0.5, 0.1]]), tf.Variable([0.7, 0.4]), tf.Variable(2.0)]
    states, shift = tf.constant(RNG.normal(size=(6, 2)), tf.float32), tf.constant(RNG.normal(size=6), tf.float32)

    def found(rows):
        state, shift = rows
        nodes = tf.tanh(tf.linalg.matmul(state, weights[0]))
        return Found(tf.linalg.matvec(nodes, weights[1]) ** 2 + shift, tf.reduce_max(nodes, -1))

    with tf.GradientTape() as tape:
        expected = found((states, shift))
    rows = [tf.reshape(part, (6, -1)) for part in tape.jacobian(expected.residual, weights[:2])]
    at, jacobian = sample_jacobian(found, weights, (states, shift))
    np.testing.assert_allclose(jacobian[:, :6], tf.concat(rows, 1), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(jacobian[:, 6], 0)  # nothing depends on the last weight
    for part, other in zip(at, expected, strict=True):
        np.testing.assert_allclose(part, other, rtol=1e-5)
