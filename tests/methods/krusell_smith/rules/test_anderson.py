"""Anderson acceleration: the mixing that cancels residuals best, its limits, and its memory."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.rules.anderson import Anderson

MATRIX = np.array([[0.9, 0.3, 0.0], [-0.2, 0.8, 0.1], [0.0, 0.1, -0.7]])
OFFSET = np.array([1.0, -2.0, 1.5])
FIXED = np.linalg.solve(np.eye(3) - MATRIX, OFFSET)


def linear(point):
    return MATRIX @ point + OFFSET


def iterate(mixing, function, point, times):
    points = [np.asarray(point, float)]
    for _ in range(times):
        points.append(mixing.step(points[-1], function(points[-1])))
    return np.array(points)


def mixed(points, images, damping):
    """Walker and Ni (2011): weights that sum to one and make the mixed residual as small as can be."""
    residuals = images - points
    count = len(points)
    conditions = np.block([[residuals @ residuals.T, np.ones((count, 1))], [np.ones((1, count)), np.zeros((1, 1))]])
    weights = np.linalg.solve(conditions, np.append(np.zeros(count), 1.0))[:count]
    return weights @ (points + damping * residuals)


@pytest.mark.parametrize("damping", [1.0, 0.6])
def test_steps_are_the_mixing_that_cancels_residuals_best(damping):
    rng = np.random.default_rng(0)
    points, images = rng.normal(size=(2, 7, 5))
    mixing = Anderson(5, 3, damping)
    for time in range(7):
        found = mixing.step(points[time], images[time])
        used = slice(max(0, time - 3), time + 1)
        np.testing.assert_allclose(found, mixed(points[used], images[used], damping), rtol=0, atol=1e-11)


@pytest.mark.parametrize("damping", [1.0, 0.3])
def test_the_first_step_and_all_without_memory_are_damped(damping):
    start = np.array([1.0, 2.0, 3.0])
    first = start + damping * (linear(start) - start)
    np.testing.assert_allclose(Anderson(3, 4, damping).step(start, linear(start)), first, rtol=1e-15)
    plain = iterate(Anderson(3, 0, damping), linear, start, 3)
    np.testing.assert_allclose(plain[1], first, rtol=1e-15)
    np.testing.assert_allclose(plain[3], (1 - damping) * plain[2] + damping * linear(plain[2]), rtol=1e-13)


@pytest.mark.parametrize("damping", [1.0, 0.5])
def test_linear_maps_are_solved_once_there_are_as_many_residuals_as_dimensions(damping):
    points = iterate(Anderson(3, 3, damping), linear, np.zeros(3), 4)
    np.testing.assert_allclose(points[4], FIXED, rtol=1e-9)
    assert np.abs(points[3] - FIXED).max() > 1e-2


def test_a_map_that_explodes_is_solved_too():
    points = iterate(Anderson(1, 1, 1.0), lambda point: 3.0 - 2.5 * point, np.zeros(1), 2)
    np.testing.assert_allclose(points[2], 3 / 3.5, rtol=1e-14)


def test_components_of_very_different_size_are_solved_together():
    size, shrink = np.array([1.0, 1e-5]), np.array([0.9, 0.5])
    points = iterate(Anderson(2, 2, 1.0), lambda point: shrink * point + size, np.zeros(2), 3)
    np.testing.assert_allclose(points[3] / size, [10.0, 2.0], rtol=1e-6)


def test_rounding_between_iterates_is_not_taken_for_information():
    points = np.array([[0.0, 0.0], [1.0, 0.5], [1.0, 0.5 + 1e-12]])
    residuals = np.array([[1.0, 1.0], [0.4, 0.7], [0.4 + 1e-13, 0.7 - 1e-12]])
    mixing = Anderson(2, 2, 1.0)
    for point, residual in zip(points, residuals, strict=True):
        found = mixing.step(point, point + residual)
    expected = mixed(points[:2], points[:2] + residuals[:2], 1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_memory_is_faster_than_none_on_a_curved_map():
    def curved(point):
        return np.cos(point) * np.array([1.0, 0.9]) + 0.05 * point[::-1]

    slow, fast = (iterate(Anderson(2, memory, 1.0), curved, np.ones(2), 12)[-1] for memory in (0, 2))
    assert np.abs(curved(fast) - fast).max() < 1e-11
    assert np.abs(curved(slow) - slow).max() > 1e-4


def test_what_is_older_than_the_memory_is_forgotten():
    rng = np.random.default_rng(1)
    points, images = rng.normal(size=(2, 6, 4))
    old, fresh = Anderson(4, 2, 0.8), Anderson(4, 2, 0.8)
    for time in range(6):
        found = old.step(points[time], images[time])
    for time in range(3, 6):
        expected = fresh.step(points[time], images[time])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_one_that_forgets_steps_as_a_new_one():
    rng = np.random.default_rng(2)
    points, images = rng.normal(size=(2, 5, 4))
    old, fresh = Anderson(4, 2, 0.8), Anderson(4, 2, 0.8)
    for time in range(3):
        old.step(points[time], images[time])
    old.forget()
    for time in (3, 4):
        np.testing.assert_array_equal(old.step(points[time], images[time]), fresh.step(points[time], images[time]))


def test_a_fixed_point_is_kept():
    points = iterate(Anderson(3, 2, 1.0), lambda point: point, FIXED, 4)
    np.testing.assert_array_equal(points, np.tile(FIXED, (5, 1)))


def test_a_map_that_does_not_respond_is_followed():
    """Residuals that do not differ leave nothing to combine: the plain step is taken."""
    points = iterate(Anderson(2, 2, 1.0), lambda point: point + np.array([1.0, -2.0]), np.zeros(2), 3)
    np.testing.assert_allclose(points, np.outer(np.arange(4), [1.0, -2.0]), atol=1e-12)


def test_arguments_are_left_alone():
    mixing, point, image = Anderson(2, 1, 1.0), np.ones(2), np.zeros(2)
    for _ in range(3):
        mixing.step(point, image)
    np.testing.assert_array_equal([point, image], [np.ones(2), np.zeros(2)])


@pytest.mark.parametrize("pause", [1, 2, 5])
def test_resuming_from_a_checkpoint_changes_nothing(tmp_path, pause):
    straight = iterate(Anderson(3, 2, 0.7), linear, np.zeros(3), 8)
    before, after = Anderson(3, 2, 0.7), Anderson(3, 2, 0.7)
    points = iterate(before, linear, np.zeros(3), pause)
    path = tf.train.Checkpoint(mixing=before).write(str(tmp_path / "mixing"))
    tf.train.Checkpoint(mixing=after).read(path).assert_consumed()
    np.testing.assert_array_equal(iterate(after, linear, points[-1], 8 - pause), straight[pause:])


def test_none_of_its_memory_is_trained():
    assert Anderson(3, 2, 1.0).trainable_variables == ()
