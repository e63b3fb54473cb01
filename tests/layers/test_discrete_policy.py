"""The choice of a branch: probabilities, the likeliest, and what a cross-entropy teaches."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.discrete_policy import DiscretePolicy

INPUTS = tf.constant(np.random.default_rng(0).normal(1.0, 2.0, (500, 3)), tf.float32)


def make_policy(**settings):
    keras.utils.set_random_seed(1)
    policy = DiscretePolicy(4, (16, 16), **settings)
    policy.adapt(INPUTS)
    return policy


def test_probabilities_of_the_branches_sum_to_one():
    found = make_policy(last_scale=5.0)(INPUTS).numpy()
    assert found.shape == (500, 4)
    assert found.min() > 0
    assert np.ptp(found) > 0.5
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-6)


def test_evaluation_takes_the_likeliest_branch():
    policy = make_policy(last_scale=5.0)
    branch = policy.branch(INPUTS)
    assert branch.dtype == tf.int32
    np.testing.assert_array_equal(branch, np.argmax(policy(INPUTS), -1))
    assert len(np.unique(branch)) == 4
    np.testing.assert_allclose(tf.nn.softmax(policy.logits(INPUTS)), policy(INPUTS), rtol=1e-6)


def test_training_starts_near_equal_probabilities():
    np.testing.assert_allclose(make_policy(last_scale=1e-6)(INPUTS), 0.25, rtol=1e-4)


def test_logits_far_apart_leave_finite_cross_entropies():
    policy = make_policy(last_scale=1e5)
    labels = tf.argmin(policy.logits(INPUTS), -1)
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, policy.logits(INPUTS))
    assert np.isfinite(entropy).all()
    assert np.max(entropy) > 1e3


def test_a_cross_entropy_teaches_the_branch_of_the_highest_value():
    policy, optimizer = make_policy(), keras.optimizers.Adam(0.02)
    policy(INPUTS)
    optimizer.build(policy.trainable_variables)
    values = tf.stack([tf.zeros(500), INPUTS[:, 0], INPUTS[:, 1], INPUTS[:, 0] + INPUTS[:, 1] - 1], -1)
    labels = tf.argmax(values, -1, tf.int32)

    @tf.function(jit_compile=True)
    def step():
        with tf.GradientTape() as tape:
            entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, policy.logits(INPUTS))
            loss = tf.reduce_mean(entropy)
        variables = policy.trainable_variables
        optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)

    for _ in range(150):
        step()
    assert np.mean(policy.branch(INPUTS) == labels) > 0.97


def test_inputs_are_standardised_inside():
    policy = make_policy()
    scaled = policy.scaling(INPUTS).numpy()
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(0), 1, rtol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "num_branches=0; expected a branch or more to choose from"),
        ((4, (8, 0)), r"hidden=\(8, 0\), outputs=4; expected widths of 1 or more"),
    ],
)
def test_bad_sizes_are_refused(arguments, message):
    with pytest.raises(ShapeError, match=message):
        DiscretePolicy(*arguments)
