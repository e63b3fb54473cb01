"""Summaries of agents: what they compute, and that the order and the number of agents do not matter."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.identity_pooling import IdentityPooling
from hetkeras.layers.moments_pooling import MomentsPooling

POOLINGS = {
    "identity": IdentityPooling,
    "moments": MomentsPooling,
    "deep_sets": lambda **kwargs: DeepSetsPooling((16,), 4, **kwargs),
}
# Rounding of a mean over agents, relative to the largest summary. It grows with N: the sum is sequential.
ROUNDING = {("float32", 128): 1e-6, ("float32", 10_000): 1e-5, ("float64", 128): 2e-15, ("float64", 10_000): 2e-14}
TINY = 2e-15


def industry(num_agents, dtype="float64", num_paths=2):
    draws = np.random.default_rng(num_agents).normal(size=(num_paths, num_agents, 2))
    return tf.constant(np.abs(0.9 + 0.05 * draws), dtype)


def adapted(pooling, states):
    pooling.adapt(states)
    return pooling


def relative_gap(found, expected):
    return np.max(np.abs(found - expected)) / np.max(np.abs(expected))


@pytest.mark.parametrize("name", POOLINGS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("num_agents", [128, 10_000])
def test_order_of_agents_does_not_matter(name, dtype, num_agents):
    states = industry(num_agents, dtype)
    pooling = adapted(POOLINGS[name](dtype=dtype), states)
    order = np.random.default_rng(0).permutation(num_agents)
    assert relative_gap(pooling(tf.gather(states, order, axis=-2)), pooling(states)) < ROUNDING[dtype, num_agents]


@pytest.mark.parametrize("name", POOLINGS)
def test_any_number_of_agents(name):
    """An industry in which every agent is doubled is the same industry."""
    states = industry(128)
    pooling = adapted(POOLINGS[name](dtype="float64"), states)
    assert relative_gap(pooling(tf.repeat(states, 2, axis=-2)), pooling(states)) < TINY


@pytest.mark.parametrize("name", POOLINGS)
def test_every_agent_counts_alike(name):
    """The summary is the mean of the summaries of the agents taken one by one."""
    states = industry(5)
    pooling = adapted(POOLINGS[name](dtype="float64"), states)
    alone = [pooling(states[:, i : i + 1]) for i in range(5)]
    assert relative_gap(pooling(states), np.mean(alone, 0)) < TINY


def test_identity_pooling_is_the_mean():
    states = industry(7)
    np.testing.assert_allclose(IdentityPooling(dtype="float64")(states), states.numpy().mean(-2), rtol=1e-15)


def test_moments_pooling_against_numpy():
    """Raw moments 1, 2, 3 of states in units of their root mean square, powers first, states within."""
    states = industry(128)
    found = adapted(MomentsPooling(3, dtype="float64"), states)(states)
    scaled = states.numpy() / np.sqrt(np.mean(np.square(states), (0, 1)))
    expected = np.concatenate([np.mean(scaled**power, -2) for power in (1, 2, 3)], -1)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_moments_pooling_before_adapt_is_in_levels():
    states = industry(128)
    expected = np.concatenate([np.mean(states.numpy() ** power, -2) for power in (1, 2, 3, 4)], -1)
    np.testing.assert_allclose(MomentsPooling(dtype="float64")(states), expected, rtol=1e-13)


def paper_pooling(hidden_biases):
    keras.utils.set_random_seed(1)
    pooling = DeepSetsPooling((16, 16), 4, "relu", hidden_biases, dtype="float64")
    pooling.build((None, None, 1))
    pooling.adapt(industry(128)[..., :1])
    weights = [np.random.default_rng(2).normal(size=weight.shape) for weight in pooling.trainable_weights]
    for weight, value in zip(pooling.trainable_weights, weights, strict=True):
        weight.assign(value)
    return pooling


def test_deep_sets_without_biases_are_proportional_to_a_positive_scalar():
    states, pooling = industry(128)[..., :1], paper_pooling(hidden_biases=False)
    np.testing.assert_allclose(pooling(3.7 * states), 3.7 * pooling(states), rtol=1e-12)
    means = tf.reduce_mean(states, -2, keepdims=True)
    np.testing.assert_allclose(pooling(states), pooling(means), rtol=1e-12)


def test_deep_sets_with_biases_see_more_than_the_mean():
    states, pooling = industry(128)[..., :1], paper_pooling(hidden_biases=True)
    assert relative_gap(pooling(3.7 * states), 3.7 * pooling(states)) > 0.01
    assert relative_gap(pooling(states), pooling(tf.reduce_mean(states, -2, keepdims=True))) > 0.01


@pytest.mark.parametrize(("hidden_biases", "weights"), [(True, 2 * 3), (False, 3)])
def test_deep_sets_biases(hidden_biases, weights):
    assert len(paper_pooling(hidden_biases).trainable_weights) == weights
