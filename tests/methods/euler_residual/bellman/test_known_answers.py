"""Exact values and policies pass without their being known; planted wrong ones are refused by the checks for them."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.euler_residual.bellman.diagnosis import PATHS, _beyond_noise, _checks, diagnose_value
from hetkeras.methods.euler_residual.bellman.residuals import bellman_residuals
from hetkeras.models.investment import Investment
from tests.examples import example

storms = example("storms")
EXACT = {
    "linear": Investment(num_firms=4, shock_correlation=0.5, aggregate_volatility=0.02),
    "one": Investment(num_firms=1, idiosyncratic_volatility=0.0, aggregate_volatility=0.05),
    "productive": Investment(num_firms=4, idiosyncratic_volatility=0.0, productivity_types=(1.3,)),
    "storms": storms.Storms(num_agents=4, idiosyncratic_volatility=0.0, storms=0.1),
}


class Blind(Investment):
    """The same economy whose solution nobody knows."""

    def closed_form(self):
        return None

    def closed_form_value(self):
        return None

    def reference(self):
        return None


class Explosive(Investment):
    """Its closed form belongs to the other root of the Euler equation."""

    def affine_roots(self):
        return super().affine_roots()[::-1]


@pytest.mark.parametrize("model", EXACT.values(), ids=EXACT)
def test_a_closed_form_solves_the_bellman_equation_for_any_agent(model):
    """To rounding in float64, as nodes integrate these shocks exactly; half of the agents differ from all X_i."""
    states = model.initial_state(tf.constant([1, 2]), 3, tf.float64)[None].numpy()
    policy = model.closed_form()
    found = bellman_residuals(model, model.closed_form_value(), policy, policy, states, 3, 3, 2)
    assert np.abs(found["bellman"]).max() < 1e-12
    assert np.abs(found["first_order"]).max() < 1e-12
    assert found["gain"].max() < 0  # every deviation loses


def diagnosed(model, value, policy):
    return diagnose_value(model, tf.function(value), tf.function(policy), tf.function(policy))


def failed(model, value, policy):
    return {check.name for check in diagnosed(model, value, policy).checks if not check.passed}


def test_the_solution_passes_without_its_being_known():
    known, model = Investment(num_firms=8), Blind(num_firms=8)
    diagnosis = diagnosed(model, known.closed_form_value(), known.closed_form())
    assert diagnosis.converged
    assert "value_error_mean" not in diagnosis.numbers
    assert diagnosis.numbers["value_gap"] < 1e-4
    assert diagnosis.numbers["margin_gap"] < 1e-6


def test_the_value_at_another_discount_factor_is_refused():
    model, other = Blind(num_firms=8), Investment(num_firms=8, discount_factor=0.951)
    names = failed(model, other.closed_form_value(), Investment(num_firms=8).closed_form())
    assert {"bellman_residual_rms", "value_gap_beyond_noise"} <= names


def test_a_constant_policy_is_refused_with_the_true_value_and_with_none_of_it():
    model = Blind(num_firms=8)
    value = Investment(num_firms=8).closed_form_value()
    names = failed(model, value, model.steady_policy)
    assert {"first_order_residual_rms", "deviation_gain_max", "margin_gap_beyond_noise"} <= names


def test_the_policy_that_forgets_the_variance_of_storms_is_refused():
    """The Euler equation with mean survival: what a derived survival rate would have solved."""
    model = storms.Storms(num_agents=8)
    calm = dataclasses.replace(model, storms=0.0)
    names = failed(model, model.closed_form_value(), calm.closed_form())
    assert {"first_order_residual_rms", "margin_gap_beyond_noise", "policy_error_mean"} <= names


def test_the_explosive_root_solves_the_bellman_equation_and_is_refused():
    model, explosive = Blind(num_firms=8), Explosive(num_firms=8)
    value, policy = explosive.closed_form_value(), explosive.closed_form()
    states = model.initial_state(tf.constant([1, 2]), 3, tf.float64)[None].numpy()
    found = bellman_residuals(model, value, policy, policy, states, 3, 3, 2)
    assert np.abs(found["bellman"]).max() < 1e-3  # of draws; a hundredth of a per cent of the value
    assert np.abs(found["first_order"]).max() < 1e-12
    assert {"paths_bounded", "aggregate_slope_q99"} <= failed(model, value, policy)


def test_paths_so_different_that_they_prove_nothing_are_refused():
    """Four standard errors are allowed for; where these are large nothing could fail."""
    draws = np.random.default_rng(0).normal(size=(1, PATHS, 4))
    numbers = _beyond_noise("value_gap", 0.5 + 5.0 * draws)
    assert numbers["value_gap_beyond_noise"] == 0
    kept = {"paths_bounded": 1.0, "aggregate_slope_q99": 0.5, **numbers}
    assert [check.name for check in _checks(kept, 1.02) if not check.passed] == ["value_gap_standard_error"]


def test_nan_is_never_masked():
    model = Blind(num_firms=4)
    policy = Investment(num_firms=4).closed_form()
    diagnosis = diagnosed(model, lambda agent, industry: np.nan * policy(agent, industry), policy)
    assert not diagnosis.converged
    names = {check.name: check.measured for check in diagnosis.checks if not check.passed}
    assert names["bellman_residual_rms"] is None
    assert names["deviation_gain_max"] is None
    assert names["value_gap_beyond_noise"] is None
