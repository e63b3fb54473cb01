"""The policy network: symmetric in the others, equivariant in one's own state, any number of agents."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.deep_sets_pooling import DeepSetsPooling
from hetkeras.layers.moments_pooling import MomentsPooling
from hetkeras.methods.euler_residual.policy_network import SymmetricPolicy

# Relative to the largest action; see `test_pooling.ROUNDING`.
ROUNDING = {("float32", 128): 3e-6, ("float32", 10_000): 2e-5, ("float64", 128): 5e-15, ("float64", 10_000): 4e-14}


def industry(num_agents, dtype="float64"):
    draws = np.random.default_rng(num_agents).normal(size=(2, num_agents, 2))
    return tf.constant(np.abs(0.9 + 0.05 * draws), dtype)


def make_policy(own_columns=(), dtype="float64", hidden_biases=True):
    keras.utils.set_random_seed(3)
    pooling = DeepSetsPooling((16,), 4, hidden_biases=hidden_biases, dtype=dtype)
    head = BoundedOutput(0.05, 0.05, dtype=dtype)
    policy = SymmetricPolicy(pooling, head, own_columns, (16, 16), "tanh", 1.0, hidden_biases, dtype=dtype)
    policy.adapt(industry(128, dtype))
    return policy


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("num_agents", [128, 10_000])
def test_actions_move_with_the_agents(dtype, num_agents):
    states, policy = industry(num_agents, dtype), make_policy((0, 1), dtype)
    order = np.random.default_rng(0).permutation(num_agents)
    shuffled = tf.gather(states, order, axis=-2)
    found, expected = policy(shuffled, shuffled).numpy(), policy(states, states).numpy()[:, order]
    assert np.std(expected) > 0.01 * np.abs(np.mean(expected))
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING[dtype, num_agents] * np.max(np.abs(expected)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("num_agents", [128, 10_000])
def test_order_of_the_others_does_not_matter(dtype, num_agents):
    states, policy = industry(num_agents, dtype), make_policy((0,), dtype)
    others = tf.gather(states, np.random.default_rng(1).permutation(num_agents), axis=-2)
    found, expected = policy(states[:, :1], others), policy(states[:, :1], states)
    np.testing.assert_allclose(found, expected, rtol=ROUNDING[dtype, num_agents])


def test_any_number_of_agents():
    states, policy = industry(128), make_policy((0,))
    doubled = tf.repeat(states, 2, axis=-2)
    np.testing.assert_allclose(policy(states, doubled), policy(states, states), rtol=1e-14)


def test_only_own_columns_are_seen():
    states = industry(128)
    agent = states[:, :1]
    elsewhere = agent + tf.constant([0.0, 0.2], tf.float64)
    first, second = make_policy((0,)), make_policy((1,))
    np.testing.assert_array_equal(first(elsewhere, states), first(agent, states))
    assert np.all(np.abs(second(elsewhere, states) - second(agent, states)) > 1e-6)


def test_no_own_columns_means_one_action_for_all():
    states, policy = industry(128), make_policy()
    assert policy(states[:, :1], states).shape == (2, 1)
    np.testing.assert_array_equal(policy(states[:, 1:2], states), policy(states[:, :1], states))


def test_leading_axes_are_all_batch():
    states, policy = industry(128), make_policy((0,))
    stacked = tf.stack([states, 1.1 * states])
    found = policy(stacked, stacked)
    assert found.shape == (2, 2, 128)
    np.testing.assert_allclose(found[1], policy(1.1 * states, 1.1 * states), rtol=1e-14)


def test_small_last_scale_starts_at_the_centre_of_the_head():
    states = industry(128)
    policy = SymmetricPolicy(MomentsPooling(), BoundedOutput(0.05, 0.05), (0,), (16,), last_scale=1e-6)
    policy.adapt(tf.cast(states, tf.float32))
    np.testing.assert_allclose(policy(states, states), 0.05, rtol=1e-4)


@pytest.mark.parametrize("hidden_biases", [True, False])
def test_adapt_standardises_states_and_summaries(hidden_biases):
    states = tf.concat([industry(128), 1.3 * industry(128)], 0)
    policy = make_policy((1,), hidden_biases=hidden_biases)
    policy.adapt(states)
    own = policy.own_scaling(states[..., 1:2]).numpy().reshape(-1, 1)
    summary = policy.summary_scaling(policy.pooling(states)).numpy()
    for values in (own, summary):
        assert np.allclose(values.mean(0), 0.0, atol=1e-12) == hidden_biases
        np.testing.assert_allclose(np.mean(values**2, 0), 1.0, rtol=1e-12)


def test_states_of_agent_and_industry_must_agree():
    policy = make_policy((0,))
    with pytest.raises(ShapeError, match="agent with 1 states and an industry with 2"):
        policy(industry(4)[..., :1], industry(4))
