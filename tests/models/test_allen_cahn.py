"""Allen and Cahn's equation: its value in the radius is the published one and solves the equation at all dates."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.backward_sde.residual import equation_residual
from hetkeras.models.allen_cahn import AllenCahn


def test_the_value_at_the_origin_is_as_published_and_finer_nodes_find_the_same():
    model = AllenCahn()
    assert model.exact_value(np.zeros(1), np.zeros((1, 100))) == pytest.approx(0.0528, abs=5e-5)
    far = np.full((1, 100), 10.0)
    assert model.exact_value(np.full(1, 0.3), far) == pytest.approx(1 / (2 + 0.4 * 1e4))
    assert model.exact_value(np.full(1, 0.29), far) == pytest.approx(1 / (2 + 0.4 * 1e4), rel=0.02)


def test_the_exact_value_solves_the_equation():
    model = AllenCahn(dimension=3, horizon=1.0)
    state = tf.constant(np.random.default_rng(0).normal(0, 1.5, (20, 3)))
    time = tf.constant(np.full(20, 0.4))
    residual = equation_residual(model, lambda t, x: (model.exact_value(t, x), None), time, state)
    assert np.abs(residual).max() < 0.01
