"""Polynomials and places of tensors are those of arrays, in any precision and under XLA."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.euler_residual.over_box.tensors import places_of, values_of
from hetkeras.numerics.box_polynomial import BoxPolynomial, Places


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 2e-5)])
def test_tensors_have_the_values_of_arrays(dtype, tolerance):
    places = Places((0.9, 2.0), (0.98, 50.0), (False, True))
    draws = np.random.default_rng(0).random((2, 60, 2))
    theta = np.stack([0.9 + 0.08 * draws[..., 0], 2 * 25 ** draws[..., 1]], -1)
    polynomial = BoxPolynomial(places, theta[0], np.sin(theta[0] / 10))
    found = values_of(polynomial, tf.constant(theta, dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, polynomial(theta), atol=tolerance)
    np.testing.assert_allclose(places_of(places, tf.constant(theta, dtype)), places(theta), atol=tolerance)
