"""Standardisation: moments of the adapted sample, kept in the weights."""

import keras
import numpy as np
import tensorflow as tf

from hetkeras.layers.mlp import MLP
from hetkeras.layers.normalization import Normalization

SAMPLE = np.random.default_rng(5).normal([2.0, -30.0], [0.1, 7.0], (4, 250, 2))


def test_identity_until_adapted():
    np.testing.assert_array_equal(Normalization(dtype="float64")(SAMPLE), SAMPLE)


def test_adapted_sample_has_mean_zero_and_deviation_one():
    layer = Normalization(dtype="float64")
    layer.adapt(tf.constant(SAMPLE))
    found = layer(SAMPLE).numpy().reshape(-1, 2)
    np.testing.assert_allclose(found.mean(0), 0.0, atol=1e-13)
    np.testing.assert_allclose(found.std(0), 1.0, rtol=1e-13)


def test_not_centred_divides_by_the_root_mean_square():
    layer = Normalization(centred=False, dtype="float64")
    layer.adapt(tf.constant(SAMPLE))
    np.testing.assert_array_equal(layer.mean, 0.0)
    np.testing.assert_allclose(layer(SAMPLE), SAMPLE / np.sqrt(np.mean(SAMPLE**2, (0, 1))), rtol=1e-14)


def test_adapt_in_single_precision_takes_moments_in_double():
    """A mean of 1000 with a deviation of 0.01 drowns in float32 sums."""
    sample = (1000 + 0.01 * np.random.default_rng(6).normal(size=(100_000, 1))).astype(np.float32)
    layer = Normalization()
    layer.adapt(tf.constant(sample))
    np.testing.assert_allclose(layer.deviation, sample.astype(float).std(0), rtol=1e-6)


def test_constant_feature_is_only_centred():
    layer = Normalization(dtype="float64")
    layer.adapt(tf.constant(np.stack([np.full(50, 3.0), np.linspace(0, 1, 50)], -1)))
    np.testing.assert_array_equal(layer(np.array([3.0, 0.5]))[0], 0.0)
    np.testing.assert_array_equal(layer(np.array([5.0, 0.5]))[0], 2.0)


def test_feature_of_zeros_stays_zero_when_not_centred():
    layer = Normalization(centred=False, dtype="float64")
    layer.adapt(tf.zeros((10, 1), tf.float64))
    np.testing.assert_array_equal(layer(np.array([[0.0], [2.0]])), [[0.0], [2.0]])


def test_moments_survive_a_file(tmp_path):
    layer = Normalization(dtype="float64")
    layer.adapt(tf.constant(SAMPLE))
    symbol = keras.Input((250, 2), dtype="float64")
    keras.Model(symbol, layer(symbol)).save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.weights[0], layer.mean)
    np.testing.assert_array_equal(loaded.weights[1], layer.deviation)
    np.testing.assert_array_equal(loaded(SAMPLE), layer(SAMPLE))


def test_mlp_last_scale_shrinks_only_the_last_layer():
    stacks = []
    for last_scale in (1.0, 0.01):
        keras.utils.set_random_seed(0)
        stacks.append(MLP((5,), 3, last_scale=last_scale))
        stacks[-1].build((None, 2))
    full, small = (stack.get_weights() for stack in stacks)
    np.testing.assert_array_equal(small[0], full[0])
    np.testing.assert_allclose(small[2], 0.01 * full[2], atol=1e-8)


def test_dense_stack_is_a_plain_network():
    stack = MLP((5,), 3, "tanh", last_bias=False, dtype="float64")
    stack.build((None, 2))
    rng = np.random.default_rng(7)
    kernel, bias, last = rng.normal(size=(2, 5)), rng.normal(size=5), rng.normal(size=(5, 3))
    stack.set_weights([kernel, bias, last])
    inputs = rng.normal(size=(4, 2))
    np.testing.assert_allclose(stack(inputs), np.tanh(inputs @ kernel + bias) @ last, rtol=1e-13)
