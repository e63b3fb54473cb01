"""Policy iteration on a small decision problem whose solution is a linear system for each policy."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.policy_iteration import policy_iteration

DISCOUNT = 0.95
RNG = np.random.default_rng(0)
PAYOFF = RNG.normal(size=(2, 4))  # by action and state
CHANCES = RNG.dirichlet(np.ones(4), (2, 4))


def action_values(values):
    return tf.constant(PAYOFF) + DISCOUNT * tf.einsum("aij,j->ai", tf.constant(CHANCES), values)


def improve(values):
    all_values = action_values(values)
    return tf.argmax(all_values, 0), tf.reduce_max(all_values, 0)


def evaluate(values, policy):
    return tf.gather(tf.transpose(action_values(values)), policy, batch_dims=1)


def solve(sweeps, evaluations, start=None):
    limits = tf.constant(sweeps), tf.constant(evaluations), tf.constant(1e-12, tf.float64)
    start = tf.zeros(4, tf.float64) if start is None else tf.constant(start, tf.float64)
    function = tf.function(lambda: policy_iteration(start, improve, evaluate, DISCOUNT, *limits), jit_compile=True)
    return function()


def best_values():
    """The highest of the values of all 16 policies."""
    states = np.arange(4)
    return np.max(
        [
            np.linalg.solve(np.eye(4) - DISCOUNT * CHANCES[np.array(policy), states], PAYOFF[np.array(policy), states])
            for policy in itertools.product(range(2), repeat=4)
        ],
        axis=0,
    )


@pytest.mark.parametrize("evaluations", [0, 5, 50])
def test_the_best_policy_and_its_values_are_found(evaluations):
    found = solve(500, evaluations)
    np.testing.assert_allclose(found.values, best_values(), rtol=1e-9)
    np.testing.assert_array_equal(found.policy, np.argmax(action_values(tf.constant(best_values())), 0))
    assert found.residual <= 1e-12
    assert found.improvements < 500


def test_evaluations_save_improvements():
    assert solve(500, 50).improvements < solve(500, 0).improvements


def test_the_number_of_improvements_is_limited_and_none_only_measures():
    assert solve(2, 0).improvements == 2
    start = best_values() + np.array([0.0, 0.0, 0.1, 0.0])
    measured = solve(0, 50, start)
    np.testing.assert_array_equal(measured.values, start)
    residual = np.abs(np.max(action_values(tf.constant(start)), 0) - start).max()
    assert measured.residual.numpy() == pytest.approx(residual / np.ptp(start), rel=1e-12)


@pytest.mark.parametrize("start", [[0.0, np.nan, 0.0, 0.0], [np.nan] * 4, [0.0, np.inf, 0.0, 0.0]])
def test_values_that_are_not_finite_show_in_the_residual(start):
    found = solve(3, 2, start)
    assert np.isnan(found.residual)
    assert found.improvements == 3
