"""How far each branch goes: exact inaction, bounds, and gradients that reach the chosen branch only."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.continuous_policy import ContinuousPolicy

BRANCHES = ((0, 0), (1, 0), (0, 1), (1, 1))
BOUNDS = ((1.125, 12.0461), (0.035, 0.9644))
RNG = np.random.default_rng(0)
INPUTS = tf.constant(RNG.normal(1.0, 2.0, (300, 3)), tf.float32)
KEPT = tf.constant(np.stack([RNG.uniform(*bounds, 300) for bounds in BOUNDS], -1), tf.float32)


def make_heads(**settings):
    return [BoundedOutput((low + high) / 2, (high - low) / 4, low, high, **settings) for low, high in BOUNDS]


def make_policy(branches=BRANCHES, last_scale=1.0):
    keras.utils.set_random_seed(2)
    policy = ContinuousPolicy(branches, make_heads(), (16, 16), last_scale=last_scale)
    policy.adapt(INPUTS)
    return policy


def adjusting(branches=BRANCHES):
    return np.array(branches) == 1


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_inaction_is_exact_to_the_bit_in_the_precision_of_what_is_kept(dtype, jit):
    policy, kept = make_policy(), tf.constant(np.random.default_rng(3).uniform(0, 20, (300, 2)), dtype)
    found = tf.function(policy, jit_compile=jit)(INPUTS, kept)
    assert (found.shape, found.dtype) == ((300, 4, 2), dtype)
    expected = np.broadcast_to(kept.numpy()[:, None], found.shape)
    np.testing.assert_array_equal(found.numpy()[:, ~adjusting()], expected[:, ~adjusting()])
    assert (found.numpy()[:, adjusting()] != expected[:, adjusting()]).all()


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_choices_keep_their_bounds(scale):
    found = make_policy(last_scale=scale)(INPUTS, KEPT).numpy()
    low, high = np.array(BOUNDS, np.float32).T
    assert (found >= low).all()
    assert (found <= high).all()
    assert (np.ptp(found, axis=0) > 0.1 * (high - low)).all()


def test_training_starts_at_the_centres_of_the_heads():
    found = make_policy(last_scale=1e-6)(INPUTS, KEPT).numpy()[:, 3]
    np.testing.assert_allclose(found, np.broadcast_to(np.mean(BOUNDS, 1), found.shape), rtol=1e-4)


@pytest.mark.parametrize("branch", range(4))
def test_a_loss_on_one_branch_reaches_the_outputs_of_that_branch_only(branch):
    policy = make_policy()
    last = policy.stack.stack[-1]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(policy(INPUTS, KEPT)[:, branch])
    kernel, bias = tape.gradient(loss, [last.kernel.value, last.bias.value], unconnected_gradients="zero")
    owner = np.nonzero(adjusting())[0]  # the branch of each output
    reached = np.abs(kernel.numpy()).max(0) > 0
    np.testing.assert_array_equal(reached, owner == branch)
    np.testing.assert_array_equal(bias.numpy() != 0, owner == branch)


def test_what_is_kept_has_a_gradient_of_one_where_it_is_kept_and_none_elsewhere():
    policy = make_policy()
    with tf.GradientTape() as tape:
        tape.watch(KEPT)
        found = policy(INPUTS, KEPT)
    slopes = tape.batch_jacobian(found, KEPT).numpy()  # [B, R, C, C]
    expected = np.where(adjusting()[..., None], 0.0, np.eye(2))
    np.testing.assert_array_equal(slopes, np.broadcast_to(expected, slopes.shape))


def test_the_chosen_branch_is_read_off_all_of_them():
    policy, branch = make_policy(), tf.constant(np.arange(300) % 4, tf.int32)
    expected = policy(INPUTS, KEPT).numpy()[np.arange(300), branch]
    np.testing.assert_array_equal(policy.chosen(INPUTS, KEPT, branch), expected)
    stacked = policy.chosen(*(tf.reshape(each, (3, 100, -1)) for each in (INPUTS, KEPT)), tf.reshape(branch, (3, 100)))
    np.testing.assert_allclose(stacked, tf.reshape(expected, (3, 100, 2)), rtol=1e-5)


def test_the_value_of_a_branch_is_climbed_in_each_of_them_at_once():
    """The best capital moves with the state in branch 10 and is 8 in branch 11; the best labour is 0.5."""
    policy, optimizer = make_policy(), keras.optimizers.Adam(0.02)
    policy(INPUTS, KEPT)
    optimizer.build(policy.trainable_variables)
    best = tf.stack([2 + tf.sigmoid(INPUTS[:, 0]), tf.fill((300,), 8.0)], -1)

    @tf.function(jit_compile=True)
    def step():
        with tf.GradientTape() as tape:
            found = policy(INPUTS, KEPT)
            capital = tf.gather(found[..., 0], [1, 3], axis=-1)
            loss = tf.reduce_mean((capital - best) ** 2) + tf.reduce_mean((found[:, 2:, 1] - 0.5) ** 2)
        variables = policy.trainable_variables
        optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)

    for _ in range(150):
        step()
    found = policy(INPUTS, KEPT).numpy()
    assert np.mean(np.abs(found[:, [1, 3], 0] - best)) < 0.05
    assert np.mean(np.abs(found[:, 2:, 1] - 0.5)) < 0.01


def test_any_number_of_choices_and_branches():
    policy = ContinuousPolicy(((1,), (0,), (1,)), [BoundedOutput(0.0, 1.0)], (8,))
    kept = KEPT[:, :1]
    found = policy(INPUTS, kept)
    assert found.shape == (300, 3, 1)
    np.testing.assert_array_equal(found[:, 1], kept)
    assert ContinuousPolicy(((1, 1),), make_heads(), (8,))(INPUTS, KEPT).shape == (300, 1, 2)


@pytest.mark.parametrize(
    ("branches", "hidden", "message"),
    [
        ((), (8,), r"branches=\(\) and 2 heads; expected at least one branch that adjusts"),
        (((0, 0),), (8,), "expected at least one branch that adjusts"),
        (((0, 1), (2, 0)), (8,), "expected .* a digit of 0 or 1 for each head"),
        (((0, 1), (1,)), (8,), "and 2 heads; expected .* a digit of 0 or 1 for each head"),
        (BRANCHES, (0,), r"hidden=\(0,\), outputs=4; expected widths of 1 or more"),
    ],
)
def test_bad_branches_and_widths_are_refused(branches, hidden, message):
    with pytest.raises(ShapeError, match=message):
        ContinuousPolicy(branches, make_heads(), hidden)


def test_what_is_kept_must_have_one_number_for_each_choice():
    with pytest.raises(ShapeError, match=r"of shape \(300, 1\); expected 2 on the last axis, one for each head"):
        make_policy()(INPUTS, KEPT[:, :1])
