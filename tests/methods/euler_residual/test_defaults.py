"""Defaults and what is watched, for models with own states or without, with a reference or without."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.concentration import with_concentration
from hetkeras.methods.euler_residual.defaults import default_policy, default_settings, fixed_points
from hetkeras.methods.euler_residual.diagnosis import diagnose
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import starting_paths
from hetkeras.methods.euler_residual.watch import Watch
from hetkeras.models.investment import Investment
from tests.examples import example

GROWTH, SKILLS = example("growth").Growth(num_agents=3), example("skills").Skills()


@pytest.mark.parametrize("network", ["deep_sets", "moments", "identity"])
@pytest.mark.parametrize("model", [GROWTH, SKILLS])
def test_a_new_policy_acts_about_as_at_rest(model, network):
    policy = default_policy(model, network, width=8)
    state = model.initial_state(tf.constant([0, 0]), 2)
    agent = model.deciding_agents(state)
    action = policy(agent, state).numpy()
    assert action.shape == agent.shape[:-1]
    np.testing.assert_allclose(action, model.steady_state()[1], rtol=0.1)
    assert policy.own_columns == ((0, 1) if model is GROWTH else ())


def test_settings_fit_agents_and_states():
    assert default_settings(Investment()) == {
        "num_steps": 600,
        "aggregate_nodes": 3,
        "batch_size": 16,
        "idiosyncratic_draws": 1,
        "warmup_steps": 60,
    }
    assert default_settings(Investment(), "paper")["batch_size"] == 32
    assert default_settings(Investment(num_firms=10_000), "paper")["batch_size"] == 4
    own = default_settings(GROWTH, "paper")
    assert (own["num_steps"], own["aggregate_nodes"], own["idiosyncratic_draws"]) == (4000, 7, 2)
    given = default_settings(SKILLS, num_steps=50, batch_size=None, learning_rate=0.01)
    assert (given["num_steps"], given["warmup_steps"], given["batch_size"]) == (50, 5, 16)
    assert EulerSettings(**given).learning_rate == 0.01


def test_fixed_points_lie_on_paths_to_the_steady_state():
    assert fixed_points(SKILLS, "on_policy", 0, 64) is None
    path = starting_paths(SKILLS, 5, 1, 64).numpy()[:, 0]
    np.testing.assert_array_equal(fixed_points(SKILLS, "three", 5, 64), path[[0, 8, -1]])
    assert fixed_points(SKILLS, "fixed", 5, 64).shape == (16 * 64, 64, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: default_policy(SKILLS, "deep"), "network is 'deep'; expected one of deep_sets, moments, identity"),
        (lambda: default_settings(SKILLS, "fast"), "preset is 'fast'; expected one of quick, paper"),
        (lambda: fixed_points(SKILLS, "four", 0, 8), "points is 'four'; expected one of on_policy, fixed, three"),
    ],
)
def test_unknown_choices_are_refused(call, message):
    with pytest.raises(CalibrationError, match=message):
        call()


def test_what_is_watched_of_a_known_policy():
    exact = GROWTH.closed_form()
    watch = Watch(GROWTH, lambda agent, industry: 1.02 * exact(agent, industry), seed=1)
    assert watch.reference_gap()["policy_error_mean"] == pytest.approx(0.02, rel=1e-3)
    assert 1e-2 < watch.residual_quantiles()["euler_residual_q50"] < 1e-1
    path = watch.action_path()
    np.testing.assert_allclose(path.action, 1.02 * path.reference, rtol=1e-5)


def test_what_is_watched_without_a_reference():
    training = SKILLS.steady_state()[1]
    watch = Watch(SKILLS, lambda agent, industry: tf.fill(tf.shape(agent)[:-1], tf.cast(training, agent.dtype)), 1)
    assert watch.reference_gap() == {}
    assert watch.action_path().reference is None
    assert set(watch.residual_quantiles()) == {"euler_residual_q50", "euler_residual_q95", "euler_residual_q99"}


def test_concentration_of_a_model_of_ones_own():
    policy = tf.function(GROWTH.closed_form())
    diagnosis = with_concentration(diagnose(GROWTH, policy, horizon=4), GROWTH, policy)
    spread = diagnosis.tables["concentration"]["residual_sd"]
    np.testing.assert_allclose(spread, 0.0, atol=1e-5)  # the households do not meet
    assert "paths" in diagnosis.tables
