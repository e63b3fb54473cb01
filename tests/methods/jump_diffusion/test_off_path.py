"""Values that are wrong where no path goes, seen there; what a policy delivers, against what is known of it."""

import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.diagnosis import own_states
from hetkeras.methods.jump_diffusion.off_path import off_path_errors, promised_gaps, stress_states
from tests.methods.jump_diffusion.separate_values import MODEL, POINTS, SumPolicy, exact_tables


@pytest.fixture(scope="module")
def exact():
    return SumPolicy(MODEL, exact_tables(MODEL))


def bumped(side, place):
    """The exact value, a twentieth of its scale too high about `place` deviations from rest: inactive, active, both."""
    tables = exact_tables(MODEL)
    tables[0, side] += 0.05 * MODEL.value_scale * np.exp(-(((POINTS - place) / 0.5) ** 2))
    return SumPolicy(MODEL, tables)


@pytest.fixture(scope="module")
def off_path(exact):
    """Errors off the path of a policy, which goes where the exact one goes."""
    visited = own_states(MODEL, exact, 25.0)
    return lambda policy: off_path_errors(MODEL, policy, visited, None)


@pytest.mark.parametrize("place", [-3.0, 3.0], ids=["cheap", "dear"])
@pytest.mark.parametrize("side", [0, 1, slice(None)], ids=["inactive", "active", "both"])
def test_what_is_right_on_its_path_and_wrong_off_it_shows_there(off_path, exact, side, place):
    wrong, right = off_path(bumped(side, place)), off_path(exact)
    assert right["off_path_residual_max"] < 0.03
    assert right["off_path_value_gap"] < 3e-3
    assert wrong["off_path_residual_max"] > 0.1
    assert wrong["off_path_value_gap"] > 0.01


def test_a_hundredth_and_a_half_too_much_is_not_delivered(off_path):
    """Simulated without a control variate, three standard errors are as much."""
    found = off_path(SumPolicy(MODEL, 1.015 * exact_tables(MODEL)))
    assert found["off_path_value_gap"] > 0.01


def test_the_policy_delivers_what_it_is_worth(exact):
    """Of 1.05 times the value, next to what follows from decisions that hardly differ, a twentieth is missing."""
    stress = stress_states(MODEL, own_states(MODEL, exact, 25.0))
    gaps, errors = promised_gaps(MODEL, SumPolicy(MODEL, 1.05 * exact_tables(MODEL)), stress.state, stress.binary)
    value = exact.value(stress.state, stress.binary).numpy()
    assert errors.max() < 0.02 * MODEL.value_scale
    np.testing.assert_allclose(gaps, -0.05 * value, atol=2 * errors.max())


def test_stress_states_are_corners_and_far_from_rest(exact):
    """One shock moves both costs."""
    stress = stress_states(MODEL, own_states(MODEL, exact, 40.0))
    corners = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0], [1, 1], [0, 0], [1, 1]]
    np.testing.assert_array_equal(stress.binary, corners)
    away = (stress.state - MODEL.long_run_mean()).numpy() / (np.array([0.18, 0.12]) / math.sqrt(0.6))
    np.testing.assert_array_equal(away[:4], 0)
    np.testing.assert_allclose(np.abs(away[4:]), 3, atol=0.75)
    np.testing.assert_allclose(away[4:6], -away[6:], rtol=1e-5)
    assert stress.far.tolist() == [4, 6]


def test_states_that_are_no_numbers_leave_the_corners(exact):
    state, binary = own_states(MODEL, exact, 10.0)
    stress = stress_states(MODEL, (state * np.nan, binary))
    assert stress.state.shape == (4, 2)
    assert tf.reduce_all(stress.state == MODEL.long_run_mean())
