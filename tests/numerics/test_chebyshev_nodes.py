"""Polynomials through Chebyshev's nodes."""

import numpy as np
import tensorflow as tf

from hetkeras.numerics.chebyshev_nodes import ChebyshevNodes


def test_polynomials_are_met_to_the_bit_of_their_degree_and_ends_count_beyond_them():
    nodes = ChebyshevNodes(2.0, 5.0, 5)
    points = np.array([2.0, 2.7, 4.1, 5.0])
    weights = nodes.basis(tf.constant(points)).numpy()
    np.testing.assert_allclose(weights @ (nodes.nodes**4 - nodes.nodes), points**4 - points, rtol=1e-12)
    np.testing.assert_allclose(nodes.basis(tf.constant([1.0, 9.0], tf.float64)), np.eye(5)[[0, -1]], atol=1e-12)
    assert (nodes.nodes[0], nodes.nodes[-1]) == (2.0, 5.0)


def test_smooth_functions_need_few():
    nodes = ChebyshevNodes(1.0, 2.0, 9)
    points = np.linspace(1, 2, 50)
    np.testing.assert_allclose(
        nodes.basis(tf.constant(points)).numpy() @ np.log(nodes.nodes), np.log(points), atol=1e-7
    )
