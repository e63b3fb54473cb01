"""Linear weights between knots of mean capital, and what rules say at the knots."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.mean_capital_knots import MeanCapitalKnots
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_weights_interpolate_inside_and_hold_the_ends_outside(dtype):
    knots = MeanCapitalKnots((4.0, 8.0), 5, dtype)
    points = np.array([[3.0, 4.0, 5.25], [7.999, 8.0, 20.0]])
    weights = knots.weights(tf.constant(points, dtype))
    assert (weights.shape, weights.dtype) == ((2, 3, 5), dtype)
    np.testing.assert_allclose(tf.reduce_sum(weights, -1), 1, rtol=1e-6)
    np.testing.assert_allclose(weights.numpy() @ knots.knots, np.clip(points, 4, 8), rtol=1e-6)
    assert (np.sum(weights.numpy() > 0, -1) <= 2).all()


def test_expectations_are_those_of_the_rules_at_each_knot_and_state():
    knots = MeanCapitalKnots((4.0, 8.0), 5)
    rules = LogLinearRules(np.array([[0.2, 0.9], [0.3, 0.85]]), np.array([[1.0, -0.4], [0.9, -0.3]]))
    weights, price = knots.expectations(rules, 2)
    assert (weights.shape, price.shape) == ((2, 5, 5), (2, 5))
    np.testing.assert_allclose(price[1], np.exp(0.9 - 0.3 * np.log(knots.knots)), rtol=1e-13)
    following = np.clip(np.exp(0.3 + 0.85 * np.log(knots.knots)), 4, 8)
    np.testing.assert_allclose(weights[1].numpy() @ knots.knots, following, rtol=1e-13)
