"""Slopes of the Bellman equation in the own state and action alone, against what algebra says; slopes of the loss."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.layers.moments_pooling import MomentsPooling
from hetkeras.methods.euler_residual.bellman.bellman_loss import BellmanUnits, bellman_loss
from hetkeras.methods.euler_residual.bellman.right_side import own_transition, right_side, value_and_slope
from hetkeras.methods.euler_residual.bellman.value_network import SymmetricValue
from hetkeras.models.investment import Investment
from tests.examples import example

MODEL = Investment(num_firms=3, idiosyncratic_volatility=0.1)
STATE = tf.constant([[[0.5], [0.8], [0.9]], [[0.7], [0.6], [1.0]]], tf.float64)
AGENT = tf.constant([[[0.5], [1.1]], [[0.7], [0.4]]], tf.float64)  # the second is not in its industry
ACTION = tf.constant([[0.02, 0.05], [0.03, 0.04]], tf.float64)
ONE = BellmanUnits(*(tf.constant(unit, tf.float64) for unit in (1.0, [1.0], 1.0)))


def square(agent, industry):
    """v = m x^2, whose slope in x alone is 2 m x."""
    return tf.reduce_mean(industry[..., 0], -1, keepdims=True) * tf.square(agent[..., 0])


def nodes(model):
    shocks, weights = model.shocks.quadrature(tf.constant([0, 0]), 2, 3, 3, 2, tf.float64)
    next_state = model.transition(STATE, ACTION[:, :1], shocks)
    return next_state, type(shocks)(shocks.idiosyncratic[:, :, :2], shocks.aggregate), weights


def test_slopes_hold_the_industry():
    next_state, own, weights = nodes(MODEL)
    found = right_side(MODEL, square, AGENT, STATE, ACTION, next_state, own, weights)
    ahead = own_transition(MODEL, AGENT, ACTION, own)[..., 0].numpy()
    mean, chances = next_state.numpy()[..., 0].mean(-1)[..., None], weights.numpy()[:, None, None]
    slope = MODEL.discount_factor * (chances * 2 * mean * ahead).sum(0)
    price = 1 - STATE.numpy()[..., 0].mean(-1, keepdims=True)
    worth = MODEL.discount_factor * (chances * mean * ahead**2).sum(0)
    np.testing.assert_allclose(found.value, price * AGENT[..., 0] - 45 * ACTION**2 + worth, rtol=1e-12)
    np.testing.assert_allclose(found.by_action, slope - 90 * ACTION, rtol=1e-10)
    np.testing.assert_allclose(found.by_state[..., 0], price + 0.95 * slope, rtol=1e-12)


def test_the_slope_of_a_value_holds_the_industry():
    found, slope = value_and_slope(square, AGENT, STATE)
    mean = STATE.numpy()[..., 0].mean(-1, keepdims=True)
    np.testing.assert_allclose(found, mean * AGENT.numpy()[..., 0] ** 2)
    np.testing.assert_allclose(slope[..., 0], 2 * mean * AGENT.numpy()[..., 0])


@pytest.mark.parametrize("model", [MODEL, example("storms").Storms(num_agents=3)], ids=["investment", "storms"])
def test_an_agent_of_the_industry_moves_as_in_the_industry(model):
    state = STATE[:, :, :]
    shocks = model.shocks.sample(tf.constant([3, 4]), 2, 3, tf.float64)
    together = model.transition(state, ACTION[:, :1], shocks)
    alone = own_transition(model, state, tf.broadcast_to(ACTION[:, :1], (2, 3)), shocks)
    np.testing.assert_allclose(alone, together, rtol=1e-14)


def test_the_loss_is_the_three_residuals_and_the_policy_climbs():
    """Whatever the value: the slope of the loss in the action is that of minus the right side."""
    action = tf.Variable(ACTION)
    next_state, own, weights = nodes(MODEL)

    def policy(agent, industry):
        return action

    with tf.GradientTape() as tape:
        output = bellman_loss(MODEL, square, policy, AGENT, STATE, next_state, own, weights, ONE)
    right = right_side(MODEL, square, AGENT, STATE, ACTION, next_state, own, weights)
    found, slope = value_and_slope(square, AGENT, STATE)
    parts = found - right.value, right.by_action, slope - right.by_state
    assert float(output.loss) == pytest.approx(sum(float(tf.reduce_mean(part**2)) for part in parts), rel=1e-12)
    np.testing.assert_allclose(tape.gradient(output.loss, action), -right.by_action / 4, rtol=1e-12)


def test_the_exact_solution_has_no_loss():
    model = Investment(num_firms=3, idiosyncratic_volatility=0.0)
    policy, value = model.closed_form(), model.closed_form_value()
    shocks, weights = model.shocks.quadrature(tf.constant([0, 0]), 2, 3, 3, 2, tf.float64)
    next_state = model.transition(STATE, policy(STATE[:, :1], STATE), shocks)
    own = type(shocks)(shocks.idiosyncratic[:, :, :2], shocks.aggregate)
    assert float(bellman_loss(model, value, policy, AGENT, STATE, next_state, own, weights, ONE).loss) < 1e-24


def value_network():
    network = SymmetricValue(MomentsPooling(2), BoundedOutput(3.0, 0.5), (0,), (8,), "silu")
    network(tf.ones((1, 1, 1)), tf.ones((1, 3, 1)))
    network.adapt(tf.cast(STATE, tf.float32))
    return network


def test_a_value_network_starts_affine_in_the_own_state_and_survives_its_config():
    network, agent, state = value_network(), tf.cast(AGENT, tf.float32), tf.cast(STATE, tf.float32)
    found, slope = value_and_slope(network, agent, state)
    spread = np.std(STATE)
    np.testing.assert_allclose(slope, 0.5 / spread, rtol=0.1)
    np.testing.assert_allclose(found, 3 + 0.5 * (AGENT[..., 0] - np.mean(STATE)) / spread, atol=0.1)
    again = SymmetricValue.from_config(network.get_config())
    again(agent, state)
    again.set_weights(network.get_weights())
    np.testing.assert_array_equal(again(agent, state), found)
    shuffled = tf.gather(state, [2, 0, 1], axis=1)
    np.testing.assert_allclose(network(agent, shuffled), found, rtol=1e-6)


def test_an_agent_with_other_states_is_refused():
    with pytest.raises(ShapeError, match="SymmetricValue got an agent with 2 states"):
        value_network()(tf.ones((1, 1, 2)), tf.ones((1, 3, 1)))
