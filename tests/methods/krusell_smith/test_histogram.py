"""Histograms: lotteries keep mass and mean capital, moves are lotteries to fixed places, refusals."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.histogram import Histogram

HISTOGRAM = Histogram(0.1, 8.0, 12)
CAPITAL = np.concatenate([np.random.default_rng(0).uniform(0.1, 8.0, 40), HISTOGRAM.nodes])


def shares_of(capital):
    """Piecewise linear interpolation of every unit vector: an independent lottery."""
    return np.stack([np.interp(capital, HISTOGRAM.nodes, unit) for unit in np.eye(HISTOGRAM.num_nodes)], -1)


def random_mass(*shape):
    mass = np.random.default_rng(1).uniform(size=(*shape, HISTOGRAM.num_nodes))
    return mass / mass.sum((-2, -1), keepdims=True)


def test_nodes_grow_by_the_same_factor():
    assert HISTOGRAM.num_nodes == len(HISTOGRAM.nodes) == 12
    np.testing.assert_allclose(HISTOGRAM.nodes[[0, -1]], [0.1, 8.0], rtol=1e-15)
    np.testing.assert_allclose(HISTOGRAM.nodes[1:] / HISTOGRAM.nodes[:-1], 80 ** (1 / 11), rtol=1e-13)


def test_histograms_are_equal_where_their_nodes_are():
    same, other = Histogram(0.1, 8.0, 12), Histogram(0.1, 8.0, 13)
    assert same == HISTOGRAM != other
    assert {same, HISTOGRAM, other} == {HISTOGRAM, other}


def test_equal_mass_is_a_distribution():
    uniform = HISTOGRAM.uniform(5)
    assert uniform.shape == (5, 12)
    np.testing.assert_allclose(uniform, 1 / 60, rtol=1e-15)
    HISTOGRAM.check(uniform)


def test_lotteries_interpolate_between_the_two_nearest_nodes():
    shares = HISTOGRAM.lottery(tf.constant(CAPITAL)).numpy()
    np.testing.assert_allclose(shares, shares_of(CAPITAL), rtol=0, atol=1e-15)
    assert shares.min() >= 0
    assert ((shares > 0).sum(-1) <= 2).all()


def test_lotteries_keep_mass_and_capital():
    shares = HISTOGRAM.lottery(tf.constant(CAPITAL)).numpy()
    np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-15)
    np.testing.assert_allclose(shares @ HISTOGRAM.nodes, CAPITAL, rtol=1e-14)


def test_a_firm_at_a_node_counts_there_alone():
    np.testing.assert_array_equal(HISTOGRAM.lottery(tf.constant(HISTOGRAM.nodes)), np.eye(12))


@pytest.mark.parametrize(("capital", "node"), [(0.0, 0), (0.05, 0), (8.5, -1), (1e9, -1), (np.inf, -1)])
def test_firms_beyond_the_ends_count_at_the_end(capital, node):
    shares = HISTOGRAM.lottery(tf.constant([capital], tf.float64)).numpy()[0]
    np.testing.assert_array_equal(shares, np.eye(12)[node])


def test_lotteries_take_any_shape_and_keep_the_precision():
    shares = HISTOGRAM.lottery(tf.constant(CAPITAL[:24].reshape(2, 3, 4), tf.float32))
    assert shares.dtype == tf.float32
    np.testing.assert_allclose(shares, shares_of(CAPITAL[:24].reshape(2, 3, 4)), rtol=0, atol=1e-5)


def test_an_unknown_capital_does_not_vanish():
    assert np.isnan(HISTOGRAM.lottery(tf.constant([np.nan], tf.float64)).numpy()).any()


def test_moving_is_a_lottery_for_each_node():
    destinations = np.random.default_rng(2).uniform(0.05, 9.0, 12)
    mass = random_mass(3, 5)
    moved = HISTOGRAM.moved(tf.constant(mass), destinations).numpy()
    expected = mass @ shares_of(np.clip(destinations, 0.1, 8.0))
    assert moved.shape == mass.shape
    np.testing.assert_allclose(moved, expected, rtol=0, atol=1e-16)


@pytest.mark.parametrize("keep", [0.931, 1.0, 1.04])
def test_moving_keeps_mass_and_moves_mean_capital_with_the_firms(keep):
    destinations = np.clip(keep * HISTOGRAM.nodes, 0.1, 8.0)
    mass = random_mass(2, 5)
    moved = HISTOGRAM.moved(tf.constant(mass), destinations).numpy()
    np.testing.assert_allclose(moved.sum(-1), mass.sum(-1), rtol=1e-14)
    np.testing.assert_allclose(moved @ HISTOGRAM.nodes, mass @ destinations, rtol=1e-14)
    assert moved.min() >= 0


def test_firms_that_stay_put_leave_the_histogram_as_it_is():
    mass = random_mass(5)
    np.testing.assert_array_equal(HISTOGRAM.moved(tf.constant(mass), HISTOGRAM.nodes), mass)


@pytest.mark.parametrize(("place", "node"), [(0.1, 0), (0.01, 0), (8.0, -1), (90.0, -1)])
def test_all_firms_may_meet_at_an_end(place, node):
    mass = random_mass(5)
    moved = HISTOGRAM.moved(tf.constant(mass), np.full(12, place)).numpy()
    np.testing.assert_allclose(moved[:, node], mass.sum(-1), rtol=1e-15)
    assert np.count_nonzero(moved) == 5


def test_moves_agree_when_compiled():
    destinations = 0.931 * HISTOGRAM.nodes
    mass = tf.constant(random_mass(2, 5))
    compiled = tf.function(lambda mass: HISTOGRAM.moved(mass, destinations), jit_compile=True)
    np.testing.assert_allclose(compiled(mass), HISTOGRAM.moved(mass, destinations), rtol=0, atol=1e-17)


def test_two_nodes_are_enough():
    ends = Histogram(1.0, 3.0, 2)
    np.testing.assert_allclose(ends.lottery(tf.constant([1.5], tf.float64)), [[0.75, 0.25]], rtol=1e-15)
    moved = ends.moved(tf.constant([[0.5, 0.5]], tf.float64), np.array([2.0, 3.0]))
    np.testing.assert_allclose(moved, [[0.25, 0.75]], rtol=1e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.1, 8.0, 1), r"got 1 nodes from 0\.1 to 8\.0; expected at least 2, from above 0 upwards"),
        ((0.0, 8.0, 9), r"9 nodes from 0\.0 to 8\.0; expected at least 2, from above 0 upwards"),
        ((-1.0, 8.0, 9), r"from -1\.0 to 8\.0; expected .* from above 0 upwards"),
        ((8.0, 8.0, 9), r"from 8\.0 to 8\.0; expected .* from above 0 upwards"),
        ((9.0, 8.0, 9), r"from 9\.0 to 8\.0; expected .* from above 0 upwards"),
        ((np.nan, 8.0, 9), r"from nan to 8\.0; expected .* from above 0 upwards"),
        ((0.1, np.nan, 9), r"from 0\.1 to nan; expected .* from above 0 upwards"),
    ],
)
def test_nodes_out_of_order_are_refused(arguments, message):
    with pytest.raises(CalibrationError, match=message):
        Histogram(*arguments)


def replaced(place, value):
    mass = random_mass(2, 5)
    mass[place] = value
    return mass


@pytest.mark.parametrize(
    ("mass", "message"),
    [
        (np.full(12, 1 / 12), r"the histogram has the shape \(12,\); expected \[\.\.\., E, 12\] with mass in it"),
        (np.full((5, 11), 1 / 55), r"shape \(5, 11\); expected \[\.\.\., E, 12\]"),
        (np.zeros((0, 5, 12)), r"shape \(0, 5, 12\); expected .* with mass in it"),
        (np.zeros((2, 0, 12)), r"shape \(2, 0, 12\); expected .* with mass in it"),
        (replaced((1, 2, 3), np.nan), "holds NaN, infinite or negative mass; expected shares of firms"),
        (replaced((1, 2, 3), np.inf), "holds NaN, infinite or negative mass; expected shares of firms"),
        (replaced((1, 2, 3), -1e-3), "holds NaN, infinite or negative mass; expected shares of firms"),
        (random_mass(2, 5) * [[[1.0]], [[0.75]]], r"the mass in the histogram sums to 0\.75; expected 1"),
        (random_mass(2, 5) * [[[1.5]], [[1.0]]], r"the mass in the histogram sums to 1\.5; expected 1"),
        (np.zeros((5, 12)), "the mass in the histogram sums to 0; expected 1"),
    ],
)
def test_what_is_no_distribution_is_refused(mass, message):
    with pytest.raises(CalibrationError, match=message):
        HISTOGRAM.check(mass)


@pytest.mark.parametrize("shape", [(5,), (2, 5), (3, 2, 5)])
def test_distributions_pass_with_any_axes_in_front_and_rounding(shape):
    HISTOGRAM.check(random_mass(*shape) * (1 + 1e-9))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_infinite_end_is_refused():
    with pytest.raises(CalibrationError, match="inf"):
        Histogram(0.1, np.inf, 9)
