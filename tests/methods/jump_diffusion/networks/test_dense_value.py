"""The paper's feed-forward network: flips by one row of the first layer, and a subnet for sigma^V."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue


def make(num_shocks=2, elements=4, states=2, dtype="float64"):
    keras.utils.set_random_seed(3)
    network = DenseValue(num_shocks, width=12, shared=3, own=2, dtype=dtype)
    rng = np.random.default_rng(4)
    inputs = tf.constant(rng.normal(size=(5, elements, states))), tf.constant(rng.integers(2, size=(5, elements)) * 1.0)
    network.adapt(inputs[0])
    network(*inputs)
    return network, inputs


def flipped(binary, j):
    other = binary.numpy()
    other[:, j] = 1 - other[:, j]
    return tf.constant(other)


@pytest.mark.parametrize("which", [None, [2, 0]])
def test_values_after_flips_are_those_of_flipped_states(which):
    network, (elements, binary) = make()
    here, after = network.with_flips(elements, binary, None if which is None else tf.constant(which))
    np.testing.assert_allclose(here, network(elements, binary), rtol=1e-12)
    for column, j in enumerate(which or range(4)):
        np.testing.assert_allclose(after[:, column], network(elements, flipped(binary, j)), rtol=1e-10)


def test_one_flip_for_firms_of_a_group_is_the_same():
    network, (elements, binary) = make()
    firms = tf.stack([binary, 1 - binary], 1)
    group, member, which = tf.constant([0, 3, 3]), tf.constant([0, 1, 0]), tf.constant([1, 2, 3])
    here, after = network.at_flips(elements, firms, group, member, which)
    for case in range(3):
        mine = firms[group[case], member[case]][None]
        state = elements[group[case]][None]
        assert float(here[case]) == pytest.approx(float(network(state, mine)[0]), rel=1e-12)
        assert float(after[case]) == pytest.approx(float(network(state, flipped(mine, int(which[case])))[0]), rel=1e-12)


def test_value_and_volatility_share_their_first_layers():
    network, inputs = make()
    value, volatility = network.with_volatility(*inputs)
    assert volatility.shape == (5, 2)
    np.testing.assert_allclose(value, network(*inputs), rtol=1e-12)
    names = {variable.path for variable in network.trainable_variables}
    assert len(names) == 2 * (3 + 3 + 3)
    still, inputs = make(num_shocks=0)
    assert len(still.trainable_variables) == 2 * (3 + 3)
    assert still.with_volatility(*inputs)[1].shape == (5, 0)


def test_order_of_elements_matters():
    network, (elements, binary) = make()
    assert np.abs(network(elements, binary) - network(elements[:, ::-1], binary[:, ::-1])).max() > 1e-3


def test_it_comes_back_from_its_configuration():
    network, inputs = make()
    again = DenseValue.from_config(network.get_config())
    again(*inputs)
    again.set_weights(network.get_weights())
    np.testing.assert_array_equal(again(*inputs), network(*inputs))


def test_states_and_binary_states_must_fit():
    network, (elements, binary) = make()
    with pytest.raises(ShapeError, match=r"DenseValue got states \(5, 4, 2\) and binary states \(5, 3\)"):
        network.with_flips(elements, binary[:, :3])
