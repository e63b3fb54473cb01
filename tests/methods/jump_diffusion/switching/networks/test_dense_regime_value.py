"""The feed-forward value of all regimes: the contract of layers, open flips by hand."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import flip_each
from hetkeras.methods.jump_diffusion.switching.networks.dense_regime_value import DenseRegimeValue
from tests.layers.harness import check_layer

RNG = np.random.default_rng(1)
N = 3


def make(**changes):
    return DenseRegimeValue(N, **{"turn_scale": 0.3, "hidden": (7, 6)} | changes)


def test_it_keeps_the_contract_of_layers():
    check_layer(lambda dtype: make(dtype=dtype, activation="tanh"), ("B", N, 2), ("B", N * N))


@pytest.mark.parametrize("hidden", [(7, 6, 5), (4,)])
def test_open_flips_are_values_of_the_states_after_them(hidden):
    network = make(hidden=hidden, dtype="float64")
    states, binary = tf.constant(RNG.normal(size=(5, N, 2))), tf.constant(RNG.integers(0, 2.0, (5, N * N)) * 1.0)
    regime = tf.constant([0, 1, 2, 0, 1])
    which = regime[:, None] * N + tf.range(N)
    network(states, binary)
    network.set_weights([RNG.uniform(-0.7, 0.9, weight.shape) for weight in network.weights])
    here, after = network.with_open_flips(states, binary, regime, which)
    np.testing.assert_allclose(here, network(states, binary), rtol=1e-14)
    flipped = network(tf.repeat(states[:, None], N, 1), flip_each(binary, which))
    expected = tf.gather(flipped, tf.repeat(regime[:, None], N, 1), axis=-1, batch_dims=2)
    np.testing.assert_allclose(after, expected, rtol=1e-13)
    assert np.ptp(after, axis=1).min() > 1e-3
