"""Diagnostics against what can be computed by hand."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.diagnosis.check import at_most, equal, reason
from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.concentration import residual_spread
from hetkeras.methods.euler_residual.diagnosis import (
    aggregate_slopes,
    antithetic_paths,
    diagnose,
    euler_residuals,
    policy_error,
    with_trajectories,
)
from hetkeras.methods.euler_residual.off_path import off_path_states
from hetkeras.methods.euler_residual.options import EulerOptions
from hetkeras.methods.euler_residual.present_value import present_value_horizon
from hetkeras.models.investment import Investment


def test_residual_of_a_shifted_policy_is_the_derivative_of_the_euler_equation():
    model = Investment(num_firms=16)
    stable = model.closed_form()
    shift = 1e-3
    states = model.initial_state(tf.constant([0, 0]), 4, tf.float64).numpy()[None]
    residual = euler_residuals(model, lambda a, x: stable(a, x) + shift, states, 0)["residual"]
    gamma, beta, keep = model.adjustment_cost, model.discount_factor, 1 - model.depreciation
    slope = model.affine_roots()[0][1] / gamma
    expected = shift * (gamma - beta * (-model.demand_slope + gamma * keep * slope) - beta * gamma * keep)
    np.testing.assert_allclose(residual, expected, rtol=1e-9)


def test_slopes_are_those_of_the_affine_policy():
    model = Investment(num_firms=16)
    states = model.initial_state(tf.constant([0, 0]), 4, tf.float64).numpy()[None]
    slope = 1 - model.depreciation + model.affine_roots()[0][1] / model.adjustment_cost
    np.testing.assert_allclose(aggregate_slopes(model, model.closed_form(), states), slope, rtol=1e-9)


def test_bands_are_of_as_many_paths_as_are_asked():
    """A policy that is off by a shock to each path has residuals whose spread is known: that of the paths."""
    model = Investment(num_firms=4)
    wrong = tf.function(lambda agent, industry: model.closed_form()(agent, industry) * 1.01)
    before = diagnose(model, wrong, horizon=8, evaluations=1)
    after = with_trajectories(before, model, wrong, 40, horizon=8)
    states = antithetic_paths(model, wrong, 7_919, 40, 8)
    old, new = (found.tables["paths"] for found in (before, after))
    assert after.checks == before.checks
    assert after.numbers == {**before.numbers, "trajectories": 40}
    assert new["mean_state"] == pytest.approx(states[..., 0].mean((1, 2)), rel=1e-6)
    few, many = (found["residual_high"] - found["residual_low"] for found in (old, new))
    assert many[-1] > few[-1] > 0  # two paths have hardly a percentile
    residual = euler_residuals(model, wrong, states[:1], 7_919)["residual"]
    assert new["residual_mean"][0] == pytest.approx(residual.mean(), rel=0.05)
    assert new["reference_action"].shape == (8,)


def test_an_odd_number_of_paths_is_refused():
    with pytest.raises(CalibrationError, match="trajectories is 3; expected an even number"):
        EulerOptions(trajectories=3)


def test_policy_error_is_relative_to_the_reference():
    model = Investment(num_firms=16)
    states = model.initial_state(tf.constant([0, 0]), 4, tf.float64).numpy()[None]
    gap, _ = policy_error(model, lambda a, x: 1.02 * model.closed_form()(a, x), states)
    assert gap["policy_error_mean"] == pytest.approx(0.02, rel=1e-9)
    assert gap["policy_error_max"] == pytest.approx(0.02, rel=1e-9)


def test_horizon_leaves_a_millionth():
    model = Investment()
    tail = present_value_horizon(model)
    weight = model.discount_factor * (1 - model.depreciation)
    assert weight**tail <= 1e-6 < weight ** (tail - 1)


def test_own_states_and_types_are_diagnosed():
    model = Investment(
        num_firms=8, productivity_types=(0.9, 1.2), type_shares=(0.5, 0.5), capital_price_volatility=0.05
    )
    diagnosis = diagnose(model, tf.function(model.closed_form()), horizon=16)
    assert diagnosis.converged
    assert diagnosis.numbers["policy_error_max"] < 1e-5


def test_concentration_of_measure_follows_the_exact_rate():
    model = Investment(num_firms=64)
    spread = residual_spread(model, model.closed_form(), (2, 8, 128, 1024), num_draws=4000)
    q1 = model.affine_roots()[0][1] / model.adjustment_cost
    size = np.array([2, 8, 128, 1024])
    per_unit = model.demand_slope - model.adjustment_cost * (1 - model.depreciation) * q1
    exact = np.sqrt(size - 1) / size * model.discount_factor * model.idiosyncratic_volatility * per_unit
    assert exact[:3] == pytest.approx([1.26e-2, 8.3e-3, 2.22e-3], rel=0.01)
    np.testing.assert_allclose(spread["analytic_sd"], exact, rtol=2e-3)
    np.testing.assert_allclose(spread["residual_sd"], exact, rtol=0.05)


def test_no_analytic_rate_is_claimed_where_firms_act_differently():
    model = Investment(num_firms=8, capital_price_volatility=0.1)
    assert set(residual_spread(model, model.closed_form(), (2, 4), num_draws=4)) == {"num_agents", "residual_sd"}


def test_checks_fail_on_what_is_not_finite_and_name_the_reason():
    assert not at_most("a", None, 1.0, "mend it").passed
    assert at_most("a", 1.0, 1.0, "mend it").passed
    assert not at_most("a", 1.0, 1.0, "mend it", strict=True).passed
    assert equal("a", 1.0, 1.0, "mend it").verdict == "PASS"
    failed = reason(
        [equal("first", 1.0, 1.0, ""), at_most("second", 2.0, 1.0, "mend it"), equal("third", 0.0, 1.0, "")]
    )
    assert failed == "second is 2, expected <= 1: mend it"
    assert "not finite" in reason([at_most("a", None, 1.0, "mend it")])
    assert reason([equal("first", 1.0, 1.0, "")]) is None


# --- off the path --------------------------------------------------------------------------------------------
MODEL = Investment(num_firms=32)


def settled(seed, sd=0.016, mean=0.684, paths=6):
    rng = np.random.default_rng(seed)
    return (mean + 0.002 * rng.normal(size=(paths, 1, 1)) + sd * rng.normal(size=(paths, 32, 1))).astype(np.float32)


def test_distributions_off_the_path_are_shifted_spread_bunched_and_in_groups():
    start, end = settled(0, sd=0.05, mean=0.9), settled(1)
    states = off_path_states(MODEL, start, end)
    assert states.shape == (6, 4, 32, 1)
    means, spreads = states[..., 0].mean(-1), states[..., 0].std(-1)
    usual, spread = end[:4, :, 0].mean(-1), end[:4, :, 0].std(-1)
    shift = 3 * end[..., 0].mean(-1).std()
    for place, expected in enumerate((usual - shift, usual + shift, usual, usual, usual, start[:4, :, 0].mean(-1))):
        np.testing.assert_allclose(means[place], expected, rtol=1e-6)
    for place, factor in enumerate((1, 1, 3, 0, 2)):
        np.testing.assert_allclose(spreads[place], factor * spread, rtol=1e-3, atol=1e-6)
    assert len(np.unique(states[4, 0].round(5))) == 2


def test_no_agent_leaves_the_bounds_of_the_economics():
    model = Investment(num_firms=32, demand_curvature=1.5)
    states = off_path_states(model, settled(0), np.abs(settled(1, sd=0.3)) + 0.01)
    assert states.min() > 0
    assert states[2, ..., 0].std() > states[0, ..., 0].std()


@pytest.mark.parametrize("spread", [False, True], ids=["below", "spread"])
def test_a_policy_that_is_wrong_off_its_path_only_is_refused(spread):
    """It invests a hundredth and a half more where mean capital or its spread is what own paths never end in."""
    stable = MODEL.closed_form()

    def planted(agent, industry):
        capital = industry[..., 0]
        mean, sd = tf.reduce_mean(capital, -1), tf.math.reduce_std(capital, -1)
        near = tf.exp(-(((sd - 0.047) / 0.01) ** 2) - ((mean - 0.684) / 0.02) ** 2)
        lower = tf.sigmoid((0.6795 - mean) / 4e-4)
        wrong = near if spread else lower
        return stable(agent, industry) * (1 + 0.03 * wrong[..., None])

    diagnosis = diagnose(MODEL, tf.function(planted), horizon=32)
    failed = {check.name for check in diagnosis.checks if not check.passed}
    assert failed == {"off_path_euler_residual_max", "off_path_policy_error_max"}
