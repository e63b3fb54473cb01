"""Polynomials on a box: exact where the function is one, close where it is smooth, in any precision."""

import numpy as np
import tensorflow as tf

from hetkeras.numerics.box_polynomial import BoxPolynomial, Places

PLACES = Places((0.9, 2.0), (0.98, 50.0), (False, True))


def points(count):
    draws = np.random.default_rng(0).random((count, 2))
    return np.stack([0.9 + 0.08 * draws[:, 0], 2 * 25 ** draws[:, 1]], -1)


def test_places_go_from_minus_one_to_one():
    corners = tf.constant([[0.9, 2.0], [0.94, 10.0], [0.98, 50.0]], tf.float64)
    np.testing.assert_allclose(PLACES(corners), [[-1, -1], [0, 0], [1, 1]], atol=1e-12)


def test_a_polynomial_of_the_degree_comes_back_exactly():
    theta = points(200)

    def function(theta):
        x, y = PLACES(tf.constant(theta)).numpy().T
        return np.stack([1 + x - 3 * y**2 + x**3 * y**5, np.ones_like(x)], -1)

    fitted = BoxPolynomial(PLACES, theta[:150], function(theta[:150]))
    np.testing.assert_allclose(fitted(tf.constant(theta)), function(theta), atol=1e-11)
    found = fitted(tf.constant(theta.reshape(2, 100, 2), tf.float32))
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, function(theta).reshape(2, 100, 2), atol=2e-5)


def test_a_smooth_function_is_met_between_the_points():
    theta = points(400)
    values = (np.log(theta[:, 1]) / (1.2 - theta[:, 0]))[:, None]
    fitted = BoxPolynomial(PLACES, theta[:300], values[:300])
    np.testing.assert_allclose(fitted(tf.constant(theta[300:])), values[300:], rtol=1e-6)
