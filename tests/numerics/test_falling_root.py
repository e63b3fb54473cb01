"""Roots of falling functions: lines at once, curves to rounding, ends where there is none, NaN never hidden."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.numerics.falling_root import falling_root

LOW, HIGH = (tf.constant(np.full(4, end)) for end in (-30.0, 30.0))
ROOTS = tf.constant([-7.0, 0.0, 3.3, 29.0], tf.float64)
CURVES = {
    "line": lambda x: 2 * (ROOTS - x),
    "cube": lambda x: (ROOTS - x) ** 3 + (ROOTS - x),
    "flat on one side": lambda x: tf.where(x < ROOTS, 1e-6 * (ROOTS - x), 5 * (ROOTS - x)),
    "exponential": lambda x: 1 - tf.exp(x - ROOTS),
    "saturating": lambda x: tf.tanh(ROOTS - x),
    "jump": lambda x: tf.where(x < ROOTS, 1.0, tf.constant(-3.0, tf.float64)),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_roots_are_found_to_rounding(curve):
    np.testing.assert_allclose(falling_root(curve, LOW, HIGH), ROOTS, rtol=1e-9, atol=1e-9)


def test_a_line_takes_one_step_beyond_its_ends():
    points = []

    def line(x):
        points.append(x)
        return 2 * (ROOTS - x)

    np.testing.assert_allclose(falling_root(line, LOW, HIGH), ROOTS, rtol=0, atol=1e-14)
    assert len(points) <= 5  # two ends, a step, and what rounding asks for


def test_a_function_that_keeps_its_sign_gives_the_nearer_end():
    shift = tf.constant([40.0, -40.0, 30.0, -30.0], tf.float64)
    np.testing.assert_array_equal(falling_root(lambda x: shift - x, LOW, HIGH), [30, -30, 30, -30])


def test_infinite_ends_do_not_stop_the_search():
    infinite = tf.constant(np.inf, tf.float64)
    found = falling_root(lambda x: tf.where(x < ROOTS - 9, infinite, ROOTS - x), LOW, HIGH)
    np.testing.assert_allclose(found, ROOTS, rtol=0, atol=1e-13)


@pytest.mark.parametrize("edge", [-29.0, 2.0])
def test_nan_at_an_end_or_on_the_way_is_nan_for_that_root_alone(edge):
    broken = tf.constant([False, True, False, False])

    def function(x):
        return tf.where(broken & (x > edge), tf.constant(np.nan, tf.float64), CURVES["cube"](x))

    found = falling_root(function, LOW, HIGH).numpy()
    np.testing.assert_array_equal(np.isnan(found), broken)
    np.testing.assert_allclose(found[~broken], ROOTS[~broken], rtol=1e-12)


def test_single_precision_inside_a_compiled_graph():
    roots = tf.cast(ROOTS, tf.float32)
    compiled = tf.function(lambda low, high: falling_root(lambda x: tf.tanh(roots - x), low, high), jit_compile=True)
    found = compiled(tf.cast(LOW, tf.float32), tf.cast(HIGH, tf.float32))
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, ROOTS, rtol=1e-6, atol=1e-6)
