"""Inputs of the value: waves between the ends of the nodes, and directions as automatic differentiation gives them."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.features import BranchFeatures
from tests.small_branches import MODEL

RNG = np.random.default_rng(3)


def points(*shape):
    firm = [
        tf.constant(np.exp(RNG.uniform(*np.log(nodes[[0, -1]]), shape)))
        for nodes in (MODEL.capital_nodes, MODEL.labor_nodes)
    ]
    return tf.constant(RNG.uniform(*MODEL.mean_capital_bounds, shape)), *firm


def test_waves_have_whole_numbers_of_half_periods_between_the_ends():
    features = BranchFeatures(MODEL, 3)
    for nodes, first in ((MODEL.capital_nodes, 5), (MODEL.labor_nodes, 8)):
        ends = tf.constant(nodes[[0, -1]])
        found = features(tf.ones(2, tf.float64), ends, ends)[:, first : first + 3]
        np.testing.assert_allclose(found, [[1, 1, 1], [-1, 1, -1]], atol=1e-12)


@pytest.mark.parametrize("waves", [0, 1, 4])
def test_directions_are_derivatives(waves):
    features = BranchFeatures(MODEL, waves)
    mean_capital, capital, labor = points(5, 2)
    assert features(mean_capital, capital, labor).shape == (5, 2, 5 + 2 * waves) == (5, 2, len(features.centre))
    zero = tf.zeros((5, 2), tf.float64)
    for which, found in enumerate(features.directions(capital, labor)):
        with tf.autodiff.ForwardAccumulator(zero, tf.ones_like(zero)) as tape:
            moved = [x * tf.exp(zero) if place == which else x for place, x in enumerate((capital, labor))]
            inputs = features(mean_capital, *moved)
        np.testing.assert_allclose(found, tape.jvp(inputs), rtol=0, atol=1e-12)


def test_inputs_broadcast():
    features = BranchFeatures(MODEL, 2)
    mean_capital, capital, labor = points(4)
    wide = features(mean_capital[:, None], capital[:, None], labor[None])
    np.testing.assert_allclose(wide[1, 2], features(mean_capital[1], capital[1], labor[2]), rtol=1e-15)
