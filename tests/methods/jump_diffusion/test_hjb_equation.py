"""Losses of the HJB equation by hand."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.hjb_loss import bounded_pair_loss, hjb_loss, pair_loss


def test_the_loss_is_the_mean_product_in_units_of_the_scale():
    output = hjb_loss(tf.constant([1.0, -2.0]), tf.constant([3.0, -4.0]), 0.5)
    assert float(output.loss) == pytest.approx((3 + 8) / 2 / 0.25)
    assert float(output.metrics["residual_mean"]) == pytest.approx(3.0)
    assert float(output.metrics["residual_max"]) == pytest.approx(4.0)


def test_pairs_see_what_residuals_differ_by_and_nothing_else():
    residual, other = tf.constant([1.0, 5.0, 2.0, 3.0]), tf.constant([0.0, 1.0, 4.0, 2.0])
    assert float(pair_loss(residual, other, 0.5)) == pytest.approx((1 * 4 + (-2) * 1) / 2 / 0.25)
    shifted = residual + tf.constant([7.0, -3.0, 7.0, -3.0])
    assert float(pair_loss(shifted, shifted, 1.0)) == pytest.approx(float(pair_loss(residual, residual, 1.0)))


def test_noise_of_random_directions_does_not_bias_the_loss_of_pairs():
    rng = np.random.default_rng(0)
    exact = np.repeat([0.0, 0.1], 100_000)
    noisy = (tf.constant(exact + rng.normal(size=exact.shape)) for _ in range(2))
    assert float(pair_loss(*noisy, 1.0)) == pytest.approx(0.01, abs=4 * 2 / np.sqrt(100_000))


def test_bounded_pairs_count_like_squares_while_small_and_like_distances_when_far_off():
    residual = tf.constant([1.0, 5.0, 1.0 + 0.01, 5.0 - 600.0])
    units = tf.constant([0.5, 3.0])
    found = float(bounded_pair_loss(residual, units))
    assert found == pytest.approx((0.02**2 + 2 * (np.sqrt(1 + 200.0**2) - 1)) / 2, rel=1e-5)
    small = residual[:2], residual[:2] + tf.constant([1e-2, -2e-2])
    near = float(bounded_pair_loss(tf.concat(small, 0), tf.ones(2)))
    assert near == pytest.approx(float(pair_loss(tf.concat(small, 0), tf.concat(small, 0), 1.0)), rel=2e-3)
