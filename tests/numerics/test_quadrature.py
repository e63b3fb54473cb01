"""Integrals from zero against closed forms."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.numerics.quadrature import integral_from_zero

UPPER = tf.constant([[0.0, 1e-3], [0.7, 5.0]], tf.float64)


@pytest.mark.parametrize(
    ("power", "tolerance"), [(0.0, 1e-15), (1.0, 1e-14), (4.0, 1e-14), (0.3, 1e-8), (0.5, 1e-8), (1.5, 1e-10)]
)
def test_powers_also_those_that_are_steep_at_zero(power, tolerance):
    found = integral_from_zero(lambda x: x**power, UPPER)
    np.testing.assert_allclose(found, UPPER ** (power + 1) / (power + 1), rtol=tolerance)


def test_single_precision_is_kept():
    found = integral_from_zero(tf.exp, tf.cast(UPPER, tf.float32))
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, np.expm1(UPPER), rtol=1e-5, atol=1e-7)
