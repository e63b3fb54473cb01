"""The penalty is zero at the solution and sees what the Euler residual cannot."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.methods.euler_residual.stability_penalty import stability_penalty
from hetkeras.models.investment import Investment

MODEL = Investment(num_firms=16)
SHIFT = tf.constant([0.05, -0.02, 0.01, -0.06], tf.float64)


def penalty(policy, mean=0.9):
    state = MODEL.initial_state(tf.constant([0, 0]), 4, tf.float64) + (mean - 0.9)
    return stability_penalty(MODEL, policy, state, policy(MODEL.deciding_agents(state), state), SHIFT)


def test_zero_at_the_solution_with_its_slope_reported():
    output = penalty(MODEL.closed_form())
    slope = 1 - MODEL.depreciation + MODEL.affine_roots()[0][1] / MODEL.adjustment_cost
    assert output.loss == 0.0
    assert float(output.metrics["slope_max"]) == pytest.approx(slope, rel=1e-9)


def test_squared_excess_at_the_explosive_root():
    root = MODEL.affine_roots()[1]
    slope = 1 - MODEL.depreciation + root[1] / MODEL.adjustment_cost
    output = penalty(MODEL.affine_policy(*root))
    assert float(output.loss) == pytest.approx((slope - MODEL.discount_factor**-0.5) ** 2, rel=1e-8)


def test_sees_the_explosive_half_of_a_mixture_that_the_residual_passes():
    stable, explosive = (MODEL.affine_policy(*root) for root in MODEL.affine_roots())

    def mixture(agent, industry):
        large = tf.reduce_mean(industry[..., 0], -1, keepdims=True) > MODEL.steady_state()[0]
        return tf.where(large, stable(agent, industry), explosive(agent, industry))

    assert penalty(mixture, mean=0.9).loss == 0.0
    assert penalty(mixture, mean=0.5).loss > 1e-2


def test_its_gradient_lowers_the_slope():
    weight = tf.Variable(0.3, dtype=tf.float64)
    with tf.GradientTape() as tape:
        output = penalty(lambda agent, industry: weight * tf.reduce_mean(industry[..., 0], -1, keepdims=True))
    gradient = tape.gradient(output.loss, weight)
    np.testing.assert_allclose(gradient, 2 * (0.95 + 0.3 - 0.95**-0.5), rtol=1e-8)


def test_states_of_the_wrong_rank_are_refused():
    with pytest.raises(ShapeError, match=r"expected \[B, N, D\]"):
        stability_penalty(MODEL, MODEL.closed_form(), tf.zeros((4, 16)), tf.zeros((4, 1)), SHIFT)
