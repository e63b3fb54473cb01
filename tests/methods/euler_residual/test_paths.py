"""Paths: the law of motion, period by period, and antithetic pairs."""

import numpy as np
import tensorflow as tf

from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.models.investment import Investment

MODEL = Investment(num_firms=6)


def start(paths):
    return MODEL.initial_state(tf.constant([5, 5]), paths, tf.float64)


def test_antithetic_halves_mirror_each_other_around_the_mean_path():
    """Under an affine policy the mean of a pair moves as if there were no shocks."""
    policy = MODEL.closed_form()
    half = start(2)
    states = simulate(MODEL, policy, 1, 4, 20, tf.concat([half, half], 0), antithetic=True).numpy()
    calm = Investment(num_firms=6, idiosyncratic_volatility=0.0, aggregate_volatility=0.0)
    expected = simulate(calm, policy, 1, 2, 20, half).numpy()
    np.testing.assert_allclose((states[:, :2] + states[:, 2:]) / 2, expected, rtol=1e-13)
    assert np.abs(states[1:, :2] - states[1:, 2:]).min() > 0


def test_shocks_have_the_declared_size_and_are_fresh_each_period():
    policy = MODEL.closed_form()
    states = simulate(MODEL, policy, 1, 400, 4, start(400)).numpy()
    expected = 0.95 * states[:-1] + policy(states[:-1, :, :1], states[:-1]).numpy()[..., None]
    noise = (states[1:] - expected)[..., 0]
    assert abs(noise.std() / np.hypot(0.005, 0.001) - 1) < 0.05
    assert abs(noise.mean(-1).std() / np.hypot(0.005 / np.sqrt(6), 0.001) - 1) < 0.1
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.1


def test_paths_start_where_they_are_told_and_depend_on_the_seed():
    policy, initial = MODEL.closed_form(), start(3)
    first, again, other = (simulate(MODEL, policy, seed, 3, 5, initial).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], initial)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first[1:] - other[1:]).min() > 0
