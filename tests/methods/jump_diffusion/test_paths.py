"""Paths of flips: shares of a chain of two states, rates at the start of a step, the law of the states."""

import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.paths import flip_paths
from hetkeras.models.export_entry.model import ExportEntry

MODEL = ExportEntry(num_destinations=3, num_factors=1, cost_loadings=(0.2,), own_cost_volatility=(0.1, 0.0, 0.3))
ON, OFF = 0.5, 0.1  # rates of flips from 0 and from 1


def start(paths, active=0.0):
    return tf.repeat(MODEL.long_run_mean()[None], paths, 0), tf.fill((paths, 3), active)


def constant(state, binary):
    del state
    return tf.where(binary > 0.5, OFF, ON)


def never(state, binary):
    del state
    return tf.zeros_like(binary)


@pytest.fixture(scope="module")
def paths():
    return [part.numpy() for part in flip_paths(MODEL, constant, *start(3000), 0.7, 60, seed=3)]


def test_shares_are_those_of_a_chain_with_exponential_waits(paths):
    """Exact in each step; in the long run entry and loss balance."""
    up, down = 1 - math.exp(-0.7 * ON), 1 - math.exp(-0.7 * OFF)
    share, shares = 0.0, paths[1].mean((1, 2))
    for step in range(61):
        assert shares[step] == pytest.approx(share, abs=4.5 * math.sqrt(share * (1 - share) / 9000) + 1e-12)
        share += (1 - share) * up - share * down
    assert share == pytest.approx(up / (up + down), abs=1e-9)
    assert set(np.unique(paths[1])) == {0.0, 1.0}


def test_elements_and_paths_have_their_own_luck(paths):
    last = paths[1][-1]
    assert np.abs(np.corrcoef(last.T) - np.eye(3)).max() < 0.08
    assert abs(np.corrcoef(last[:-1, 0], last[1:, 0])[0, 1]) < 0.08
    flips = np.abs(np.diff(paths[1], axis=0)).mean((1, 2))
    assert np.abs(np.diff(flips[30:])).min() > 0


def test_states_move_by_the_diffusion_whatever_flips(paths):
    state, calm = paths[0], flip_paths(MODEL, never, *start(3000), 0.7, 60, seed=3)
    np.testing.assert_array_equal(state, calm[0])
    assert not calm[1].numpy().any()
    decay = math.exp(-0.3 * 0.7)
    shocks = (state[1:] - 0.8) - decay * (state[:-1] - 0.8)
    rate = 0.04 * np.ones((3, 3)) + np.diag(np.square(MODEL.own_cost_volatility))
    covariance = rate * (1 - decay**2) / 0.6
    error = np.sqrt((np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2) / (60 * 3000))
    np.testing.assert_array_less(np.abs(np.cov(shocks.reshape(-1, 3).T) - covariance), 4.5 * error)
    assert abs(np.corrcoef(shocks[:-1, :, 0].ravel(), shocks[1:, :, 0].ravel())[0, 1]) < 0.01
    np.testing.assert_allclose(np.cov(state[-1].T), rate / 0.6, atol=0.02)


def test_rates_are_those_at_the_start_of_a_step():
    """Whoever is below the mean cost flips for certain, the others never."""

    def below(state, binary):
        del binary
        return 1e6 * tf.cast(state < 0.8, tf.float32)

    state, binary = (part.numpy() for part in flip_paths(MODEL, below, *start(50), 0.3, 12))
    np.testing.assert_array_equal(np.abs(np.diff(binary, axis=0)), state[:-1] < np.float32(0.8))
    assert 0.3 < (state[1:] < 0.8).mean() < 0.7


def test_paths_start_where_they_are_told_and_depend_on_the_seed(paths):
    begun = start(3000, 1.0)
    other = [part.numpy() for part in flip_paths(MODEL, constant, *begun, 0.7, 5, seed=4)]
    for begin, part in zip(begun, other, strict=True):
        np.testing.assert_array_equal(part[0], begin)
        assert part.shape == (6, 3000, 3)
    assert (other[0][1:] != paths[0][1:6]).mean() > 0.99
    assert other[1][1].mean() == pytest.approx(math.exp(-0.7 * OFF), abs=0.01)


def test_the_precision_of_the_states_is_kept():
    state, binary = (tf.cast(part, tf.float64) for part in start(2))
    assert flip_paths(MODEL, never, state, binary, 0.5, 2)[0].dtype == tf.float64
