"""Present values against optimal growth, whose policy k' = alpha beta y is known, and whose bubbles are too."""

import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras.methods.euler_residual.diagnosis import diagnose, euler_residuals
from hetkeras.methods.euler_residual.present_value import present_value_gap, present_value_horizon
from hetkeras.models.investment import Investment
from tests.examples import example

growth = example("growth")
CALM = {"idiosyncratic_volatility": 0.0, "common_volatility": 0.0}


class OwnEquation(growth.Growth):
    """The same economy by an Euler equation of its own: the payoff and survival of the contract are not asked."""

    def marginal_payoff(self, agent, state, action):
        raise AssertionError("the Euler equation does not need it")

    def euler_integrand(self, next_agent, next_state, next_action):
        margin = self.marginal_cost(next_agent, next_state, next_action)
        return self.marginal_product(next_agent) * margin

    def marginal_product(self, agent):
        return self.capital_share * self.output(agent) / agent[..., 0]


class SurvivingCapital(OwnEquation):
    """The same with a survival rate that depends on tomorrow's state: all of the product carries over."""

    def survival_rate(self, agent, state, action):
        return self.marginal_product(agent)


class NoPayoff(growth.Growth):
    """The same by the contract's own Euler equation: no payoff, and all of the product carries over."""

    def marginal_payoff(self, agent, state, action):
        return tf.zeros_like(action)

    def survival_rate(self, agent, state, action):
        return self.capital_share * self.output(agent) / agent[..., 0]


WAYS = [growth.Growth, OwnEquation, SurvivingCapital, NoPayoff]


@pytest.mark.parametrize("way", WAYS)
def test_the_closed_form_passes_however_the_economy_is_written(way):
    model = way(num_agents=1 + WAYS.index(way))
    diagnosis = diagnose(model, tf.function(model.closed_form()), horizon=8)
    assert diagnosis.converged, diagnosis.reason
    assert diagnosis.numbers["present_value_gap_mean"] < 1e-4


@pytest.mark.parametrize(("way", "factor"), [*zip(WAYS, [0.95, 1.05, 0.95, 1.05], strict=True)])
def test_a_policy_five_percent_off_fails(way, factor):
    model = way()
    exact = model.closed_form()
    diagnosis = diagnose(model, tf.function(lambda *inputs: factor * exact(*inputs)), horizon=8)
    failed = {check.name for check in diagnosis.checks if not check.passed}
    assert {"euler_residual_rms", "present_value_gap_mean", "policy_error_mean"} <= failed


def test_the_explosive_root_fails():
    """To first order at rest: log k' = log k / (alpha beta), for the slopes of the two roots multiply to 1 / beta."""
    model = growth.Growth(**CALM)
    rest, slope = model.steady_state()[0], 1 / (model.capital_share * model.discount_factor)
    explosive = tf.function(lambda agent, industry: rest * (agent[..., 0] / rest) ** slope)
    diagnosis = diagnose(model, explosive, horizon=8)
    failed = {check.name for check in diagnosis.checks if not check.passed}
    assert {"aggregate_slope_q99", "present_value_gap_mean"} <= failed


def bubble(model, periods):
    """Capital [T + 1] along over-saving that solves the Euler equation: s/(1 - s) grows by 1/(alpha beta), less one.

    A household saves more and more and eats less and less, for ever; capital is bounded and the residual zero.
    """
    product = model.capital_share * model.discount_factor
    capital, odds = [0.9], 5 * product / (1 - product)
    for _ in range(periods):
        capital.append(odds / (1 + odds) * capital[-1] ** model.capital_share)
        odds = odds / product - 1
    return np.array(capital)


@pytest.mark.parametrize("way", WAYS)
def test_a_bubble_solves_the_euler_equation_and_is_no_present_value(way):
    model = way(capital_share=0.9, discount_factor=0.5, **CALM)
    periods = 4 + present_value_horizon(model)
    capital = bubble(model, periods)

    def policy(agent, industry):
        nearest = tf.argmin(tf.abs(agent[..., :1] - capital[:-1]), -1)
        return tf.gather(tf.constant(capital[1:]), nearest)

    states = np.stack([capital[:-1], np.ones(periods)], -1)[:, None, None]
    residual = euler_residuals(model, policy, states[:-1], 0)["relative"]
    assert np.abs(residual).max() < 1e-6  # where all but 1e-9 of output is saved
    assert present_value_gap(model, policy, states, 4)["present_value_gap_mean"] > 0.1
    assert present_value_gap(model, model.closed_form(), rest(model, periods), 4)["present_value_gap_mean"] < 2e-6


def rest(model, periods):
    return np.broadcast_to([model.steady_state()[0], 1.0], (periods, 1, 1, 2))


def test_survival_by_differentiation_is_the_closed_form():
    model = Investment(num_firms=3, productivity_types=(0.5, 1.5, 2.0), type_shares=(0.3, 0.3, 0.4))
    state = model.initial_state(tf.constant([0, 0]), 2, tf.float64)
    action = tf.fill((2, 3), tf.constant(0.03, tf.float64))
    default = super(Investment, model).survival_rate(state, state, action)
    np.testing.assert_allclose(default, model.survival_rate(state, state, action), rtol=1e-15)
    np.testing.assert_array_equal(growth.Growth().survival_rate(state, state, action), 0.0)


def test_slope_by_the_transition_is_the_closed_form():
    model = Investment(num_firms=16)
    policy, state = model.closed_form(), model.initial_state(tf.constant([0, 0]), 4, tf.float64)
    shift = tf.constant([0.05, -0.02, 0.01, -0.06], tf.float64)
    inputs = policy, state, policy(model.deciding_agents(state), state), shift
    np.testing.assert_allclose(
        super(Investment, model).aggregate_slope(*inputs), model.aggregate_slope(*inputs), rtol=1e-13
    )


def test_the_example_is_solved_and_its_export_is_the_closed_form(tmp_path):
    shape = {"network": "identity", "width": 32, "rho_depth": 2, "activation": "silu", "report": False}
    settings = {"num_steps": 800, "batch_size": 128, "learning_rate": 0.01}
    loaded = hk.solve(growth.Growth(), tmp_path / "run", solver=settings, **shape)
    measured = loaded.metadata["measured"]  # of the reloaded export
    assert measured["converged"], measured["reason"]
    assert measured["policy_error_mean"] < 5e-4
