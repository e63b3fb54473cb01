"""The regulator with one draw: it solves the Euler equation of whoever expects that draw, and no other."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.models.investment import Investment
from hetkeras.numerics.random_draws import Shocks
from tools.one_draw import errors, one_draw_policy

MODEL = Investment(num_firms=16, idiosyncratic_volatility=0.05)
DRAW = np.random.default_rng(3).standard_normal(16)


def residuals(policy, draws):
    """Where shocks are expected to be one of these draws [Q, N], each as likely: [B]."""
    state = MODEL.initial_state(tf.constant([0, 1]), 4, tf.float64)
    agent = MODEL.deciding_agents(state)
    action = policy(agent, state)
    idiosyncratic = tf.constant(draws)[:, None, :, None] * tf.ones((1, 4, 1, 1), tf.float64)
    shocks = Shocks(idiosyncratic, tf.zeros((len(draws), 4), tf.float64))
    weights = tf.fill([len(draws)], tf.constant(1 / len(draws), tf.float64))
    expected = MODEL.expected_integrand(policy, state, action, shocks, weights)
    return MODEL.euler_residual(agent, state, action, expected).numpy()


def test_it_solves_the_equation_in_which_that_draw_is_expected():
    unit = MODEL.adjustment_cost * MODEL.steady_state()[1]
    assert np.abs(residuals(one_draw_policy(MODEL, DRAW), DRAW[None])).max() < 1e-12 * unit
    assert np.abs(residuals(one_draw_policy(MODEL, DRAW), np.stack([DRAW, -DRAW]))).max() > 1e-3 * unit


def test_errors_are_those_of_the_policies_and_fall_with_the_root_of_firms():
    state = tf.fill((1, 16, 1), tf.constant(MODEL.steady_state()[0], tf.float64))
    agent = MODEL.deciding_agents(state)
    draw = np.random.default_rng(0).standard_normal(16)
    one, exact = (policy(agent, state).numpy().item() for policy in (one_draw_policy(MODEL, draw), MODEL.closed_form()))
    assert errors(MODEL, 1)[0] == pytest.approx(abs(one / exact - 1), rel=1e-6)
    few, many = (np.mean(errors(Investment(num_firms=size), 2000)) for size in (4, 400))
    assert few / many == pytest.approx(10, rel=0.1)
