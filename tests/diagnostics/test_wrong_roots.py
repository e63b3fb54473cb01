"""No wrong root: policies that solve the Euler equation and are not the solution, planted as SavedModels."""

import numpy as np
import pytest
import tensorflow as tf

from apps.measuring import measure
from hetkeras import saved_model
from hetkeras.diagnostics.euler import aggregate_slopes, diagnose, euler_residuals
from hetkeras.models.investment import Investment
from hetkeras.solvers.symmetric_solution import symmetric_solution


class BlindInvestment(Investment):
    """The same economy whose solution nobody knows: the verdict must not need it."""

    def closed_form(self):
        return None

    def reference(self):
        return None


def mixture(model, threshold, width=0.02):
    """The stable policy in small industries, the explosive one in large ones; the reverse for a negative width."""
    stable, explosive = (model.affine_policy(*root) for root in model.affine_roots())

    @tf.function
    def policy(agent, industry):
        share = tf.sigmoid((tf.reduce_mean(industry[..., 0], -1, keepdims=True) - threshold) / width)
        return (1 - share) * stable(agent, industry) + share * explosive(agent, industry)

    return policy


def affine(model, root):
    """The stable (0) or the explosive (1) affine policy, in a graph."""
    return tf.function(model.affine_policy(*model.affine_roots()[root]))


def plant(model, policy, path):
    saved_model.export(symmetric_solution(model, policy, [], {"capital": (0.6, 1.0)}, {"planted": True}), path)
    return measure(saved_model.load(path))


@pytest.fixture(scope="module", autouse=True)
def importable():
    """A SavedModel names the class of its model; this one is found through this module."""
    import sys

    sys.modules["tests_wrong_roots"] = sys.modules[__name__]
    BlindInvestment.__module__ = "tests_wrong_roots"


def test_the_stable_root_passes_without_its_being_known(tmp_path):
    model = BlindInvestment(num_firms=32)
    diagnosis = plant(model, affine(model, 0), tmp_path / "m")
    assert diagnosis.converged
    assert "policy_error_mean" not in diagnosis.numbers
    assert diagnosis.numbers["present_value_gap_mean"] < 2e-5


def test_the_explosive_root_is_unmasked(tmp_path):
    model = BlindInvestment(num_firms=32)
    explosive = affine(model, 1)
    nearby = model.initial_state(tf.constant([0, 0]), 16).numpy()[None]
    assert np.abs(euler_residuals(model, explosive, nearby, 0)["relative"]).max() < 1e-5
    diagnosis = plant(model, explosive, tmp_path / "m")
    assert not diagnosis.converged
    assert diagnosis.numbers["paths_bounded"] == 0.0
    slope = diagnosis.numbers["aggregate_slope_median"]
    assert slope is None or slope > model.discount_factor**-0.5


@pytest.mark.parametrize("threshold", [0.75, 0.8, 0.85, 0.9])
def test_explosive_mixtures_are_unmasked(threshold, tmp_path):
    model = BlindInvestment(num_firms=32)
    diagnosis = plant(model, mixture(model, threshold), tmp_path / "m")
    assert not diagnosis.converged
    assert diagnosis.reason


def test_each_test_catches_the_explosive_root_alone():
    """From its rest point the explosive root neither moves nor errs: slope and present value still tell."""
    calm = {"idiosyncratic_volatility": 1e-6, "aggregate_volatility": 1e-6, "initial_spread": 1e-6}
    model = BlindInvestment(num_firms=8, initial_mean=0.684068407, **calm)
    diagnosis = diagnose(model, affine(model, 1))
    failed = {check.name for check in diagnosis.checks if not check.passed}
    assert {"aggregate_slope_q99", "present_value_gap_mean"} <= failed


def test_the_explosive_root_of_unlike_types_is_unmasked_by_its_slope():
    """What explodes is mean(z x), of which a common shift of capital says little."""
    model = BlindInvestment(num_firms=10, productivity_types=(0.05, 2.0), type_shares=(0.9, 0.1))
    states = model.initial_state(tf.constant([0, 0]), 2, tf.float64).numpy()[None]
    for root in model.affine_roots():
        slope = model.carry_over + root[1] * np.mean(model.productivities() ** 2) / model.adjustment_cost
        np.testing.assert_allclose(aggregate_slopes(model, model.affine_policy(*root), states), slope, rtol=1e-9)


@pytest.mark.parametrize("threshold", [0.66, 0.68, 0.72])
def test_mixtures_that_explode_downwards_are_unmasked(threshold):
    """Explosive below the threshold: what a network grows when nothing keeps its slope in check."""
    model = BlindInvestment(num_firms=32)
    diagnosis = diagnose(model, mixture(model, threshold, width=-0.01))
    failed = {check.name for check in diagnosis.checks if not check.passed}
    assert failed & {"aggregate_slope_q99", "present_value_gap_mean"}
    assert not diagnosis.converged


def test_errors_of_opposite_sign_by_type_do_not_cancel():
    model = BlindInvestment(num_firms=8, productivity_types=(0.9, 1.1), type_shares=(0.5, 0.5))
    stable = affine(model, 0)

    @tf.function
    def tilted(agent, industry):
        return stable(agent, industry) * tf.where(agent[..., 1] > 1, 1.01, 0.99)

    assert diagnose(model, tilted).numbers["present_value_gap_mean"] > 2e-3


@pytest.mark.parametrize("scale", [1.003, 0.997])
def test_a_policy_slightly_off_is_not_called_converged(scale):
    model = BlindInvestment(num_firms=32)
    stable = affine(model, 0)
    diagnosis = diagnose(model, tf.function(lambda agent, industry: scale * stable(agent, industry)))
    assert not diagnosis.converged


def test_present_value_gap_measures_the_policy_error():
    model = Investment(num_firms=32)
    stable = model.closed_form()
    numbers = diagnose(model, tf.function(lambda agent, industry: 1.01 * stable(agent, industry))).numbers
    assert numbers["policy_error_mean"] == pytest.approx(0.01, rel=1e-3)
    assert 0.003 < numbers["present_value_gap_mean"] < 0.03


def test_a_policy_that_returns_nan_fails_every_check():
    model = BlindInvestment(num_firms=8)
    diagnosis = diagnose(model, tf.function(lambda agent, industry: float("nan") * industry[..., :1, 0]))
    assert not diagnosis.converged
    assert diagnosis.numbers["euler_residual_rms"] is None
    assert all(not check.passed for check in diagnosis.checks)
