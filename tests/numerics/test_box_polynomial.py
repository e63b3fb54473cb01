"""Polynomials on a box: exact where the function is one, close where it is smooth, as many terms as told."""

import numpy as np

from hetkeras.numerics.box_polynomial import BoxPolynomial, Places, terms_of

PLACES = Places((0.9, 2.0), (0.98, 50.0), (False, True))


def points(count):
    draws = np.random.default_rng(0).random((count, 2))
    return np.stack([0.9 + 0.08 * draws[:, 0], 2 * 25 ** draws[:, 1]], -1)


def test_places_go_from_minus_one_to_one():
    corners = np.array([[0.9, 2.0], [0.94, 10.0], [0.98, 50.0]])
    np.testing.assert_allclose(PLACES(corners), [[-1, -1], [0, 0], [1, 1]], atol=1e-12)


def test_a_polynomial_of_the_degree_comes_back_exactly():
    theta = points(200)

    def function(theta):
        x, y = PLACES(theta).T
        return np.stack([1 + x - 3 * y**2 + x**3 * y**5, np.ones_like(x)], -1)

    fitted = BoxPolynomial(PLACES, theta[:150], function(theta[:150]))
    np.testing.assert_allclose(fitted(theta), function(theta), atol=1e-11)
    np.testing.assert_allclose(fitted(theta.reshape(2, 100, 2)), function(theta).reshape(2, 100, 2), atol=1e-11)


def test_terms_are_counted():
    assert BoxPolynomial(PLACES, points(40), np.ones((40, 1)), 3).coefficients.shape == (terms_of(2, 3), 1) == (10, 1)


def test_a_smooth_function_is_met_between_the_points():
    theta = points(400)
    values = (np.log(theta[:, 1]) / (1.2 - theta[:, 0]))[:, None]
    fitted = BoxPolynomial(PLACES, theta[:300], values[:300])
    np.testing.assert_allclose(fitted(theta[300:]), values[300:], rtol=1e-6)
