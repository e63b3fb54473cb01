"""The HJB loss: a mean square in units of the scale, unbiased where two draws of the residual differ."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.hjb_loss import bounded_pair_equations, bounded_pair_loss, hjb_loss

RESIDUAL = tf.constant([0.3, -0.6, 0.0, 1.5], tf.float64)


def test_one_residual_gives_its_mean_square_in_units_of_the_scale():
    output = hjb_loss(RESIDUAL, RESIDUAL, 3.0)
    assert float(output.loss) == pytest.approx((0.01 + 0.04 + 0.25) / 4, rel=1e-14)
    assert float(output.metrics["residual_mean"]) == pytest.approx(0.8 / 4, rel=1e-14)
    assert float(output.metrics["residual_max"]) == pytest.approx(0.5, rel=1e-14)


def test_the_loss_is_zero_where_the_equation_holds():
    zero = tf.zeros(5)
    output = hjb_loss(zero, zero, 0.1)
    assert [float(number) for number in (output.loss, *output.metrics.values())] == [0.0, 0.0, 0.0]


def test_two_draws_give_the_square_of_the_mean_without_the_variance_of_the_draws():
    rng = np.random.default_rng(0)
    first, second = (tf.constant(0.5 + rng.normal(size=400_000)) for _ in range(2))
    assert float(hjb_loss(first, second, 0.5).loss) == pytest.approx(1.0, abs=0.03)
    assert float(hjb_loss(first, first, 0.5).loss) == pytest.approx(5.0, abs=0.05)


def test_the_gradient_is_that_of_both_draws():
    first, second = tf.constant([1.0, 2.0]), tf.constant([3.0, -1.0])
    with tf.GradientTape() as tape:
        tape.watch([first, second])
        loss = hjb_loss(first, second, 2.0).loss
    for gradient, other in zip(tape.gradient(loss, (first, second)), (second, first), strict=True):
        np.testing.assert_allclose(gradient, other / 8, rtol=1e-6)


def test_a_nan_reaches_every_metric_so_that_it_is_named():
    residual = tf.constant([0.1, np.nan])
    output = hjb_loss(residual, residual, 1.0)
    assert np.isnan([output.loss, *output.metrics.values()]).all()


def test_equations_of_bounded_pairs_have_the_gradient_of_their_loss():
    residual, units = tf.constant([0.1, -0.4, 2.0, 0.3, -0.2, 5.0], tf.float64), tf.constant([0.5, 2, 0.1], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(residual)
        loss = bounded_pair_loss(residual, units)
        squares = tf.reduce_sum(bounded_pair_equations(residual, tf.stop_gradient(residual), units) ** 2)
    np.testing.assert_allclose(tape.gradient(squares, residual), tape.gradient(loss, residual), rtol=1e-12)
    slopes = tf.stack([residual, 3 * residual], 1)
    one, three = tf.unstack(bounded_pair_equations(slopes, residual, units), axis=1)
    np.testing.assert_allclose(three, 3 * one)
