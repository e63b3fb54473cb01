"""No wrong root: policies that solve the Euler equation and are not the solution, planted in a SavedModel."""

import sys

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.methods.euler_residual.diagnosis import aggregate_slopes, diagnose, euler_residuals
from hetkeras.methods.euler_residual.signatures import symmetric_solution
from hetkeras.methods.euler_residual.verbs import reloaded_policy
from hetkeras.models.investment import Investment
from hetkeras.numerics.random_draws import SymmetricShocks


class TracedShocks(SymmetricShocks):
    quadrature = tf.function(SymmetricShocks.quadrature)


class BlindInvestment(Investment):
    """The same economy whose solution nobody knows: the verdict must not need it.

    What a diagnosis asks of it date by date is traced once instead of run operation by operation.
    """

    shocks = TracedShocks()
    expected_integrand = tf.function(Investment.expected_integrand)
    aggregate_slope = tf.function(Investment.aggregate_slope)
    marginal_payoff = tf.function(Investment.marginal_payoff)

    def closed_form(self):
        return None

    def reference(self):
        return None


class Planted:
    """The stable policy in small industries, the explosive one in large ones, both times a factor.

    numbers: the mean capital at which one goes over into the other, the width of that, negative for the reverse, and
    the factor. They can be changed after the export.
    """

    def __init__(self, model):
        self.roots = [model.affine_policy(*root) for root in model.affine_roots()]
        self.numbers = tf.Variable([np.inf, 1.0, 1.0], trainable=False)

    def __call__(self, agent, industry):
        stable, explosive = (root(agent, industry) for root in self.roots)
        threshold, width, factor = tf.unstack(self.numbers)
        share = tf.sigmoid((tf.reduce_mean(industry[..., 0], -1, keepdims=True) - threshold) / width)
        return factor * ((1 - share) * stable + share * explosive)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """An industry of 32 firms with a planted policy. Its class is found through this module."""
    sys.modules["tests_wrong_roots"] = sys.modules[__name__]
    BlindInvestment.__module__ = "tests_wrong_roots"
    model, path = BlindInvestment(num_firms=32), tmp_path_factory.mktemp("planted") / "m"
    policy = Planted(model)
    training = {"planted": True}
    saved_model.export(symmetric_solution(model, policy, [policy.numbers], {"capital": (0.6, 1.0)}, training), path)
    return saved_model.load(path)


@pytest.fixture(scope="module")
def policy(loaded):
    return tf.function(reloaded_policy(loaded))


@pytest.fixture
def plant(loaded):
    """Changes the numbers of the loaded policy for a test."""
    numbers = loaded.weights[0]
    sound = numbers.numpy()
    yield lambda threshold=np.inf, width=0.02, factor=1.0: numbers.assign([threshold, width, factor])
    numbers.assign(sound)


STABLE, EXPLOSIVE = np.inf, -np.inf


def test_the_stable_root_passes_without_its_being_known(loaded, plant):
    plant(STABLE)
    diagnosis = diagnose(loaded.model, reloaded_policy(loaded))
    assert diagnosis.converged
    assert "policy_error_mean" not in diagnosis.numbers
    assert diagnosis.numbers["present_value_gap_mean"] < 2e-5


def test_the_explosive_root_is_unmasked(loaded, policy, plant):
    plant(EXPLOSIVE)
    model = loaded.model
    nearby = model.initial_state(tf.constant([0, 0]), 16).numpy()[None]
    assert np.abs(euler_residuals(model, policy, nearby, 0)["relative"]).max() < 1e-5
    diagnosis = diagnose(model, policy)
    assert not diagnosis.converged
    assert diagnosis.numbers["paths_bounded"] == 0.0
    slope = diagnosis.numbers["aggregate_slope_median"]
    assert slope is None or slope > model.discount_factor**-0.5


@pytest.mark.parametrize("threshold", [0.75, 0.8, 0.85, 0.9])
def test_explosive_mixtures_are_unmasked(threshold, loaded, policy, plant):
    plant(threshold)
    diagnosis = diagnose(loaded.model, policy)
    assert not diagnosis.converged
    assert diagnosis.reason


def test_each_test_catches_the_explosive_root_alone():
    """From its rest point the explosive root neither moves nor errs: slope and present value still tell."""
    calm = {"idiosyncratic_volatility": 1e-6, "aggregate_volatility": 1e-6, "initial_spread": 1e-6}
    model = BlindInvestment(num_firms=8, initial_mean=0.684068407, **calm)
    explosive = model.affine_policy(*model.affine_roots()[1])
    diagnosis = diagnose(model, tf.function(explosive), horizon=16)
    failed = {check.name for check in diagnosis.checks if not check.passed}
    assert {"aggregate_slope_q99", "present_value_gap_mean"} <= failed


def test_the_explosive_root_of_unlike_types_is_unmasked_by_its_slope():
    """What explodes is mean(z x), of which a common shift of capital says little."""
    model = BlindInvestment(num_firms=10, productivity_types=(0.05, 2.0), type_shares=(0.9, 0.1))
    states = model.initial_state(tf.constant([0, 0]), 2, tf.float64).numpy()[None]
    for root in model.affine_roots():
        slope = 1 - model.depreciation + root[1] * np.mean(model.productivities() ** 2) / model.adjustment_cost
        np.testing.assert_allclose(aggregate_slopes(model, model.affine_policy(*root), states), slope, rtol=1e-9)


@pytest.mark.parametrize("threshold", [0.66, 0.68, 0.72])
def test_mixtures_that_explode_downwards_are_unmasked(threshold, loaded, policy, plant):
    """Explosive below the threshold: what a network grows when nothing keeps its slope in check."""
    plant(threshold, width=-0.01)
    diagnosis = diagnose(loaded.model, policy)
    failed = {check.name for check in diagnosis.checks if not check.passed}
    assert failed & {"aggregate_slope_q99", "present_value_gap_mean"}
    assert not diagnosis.converged


def test_errors_of_opposite_sign_by_type_do_not_cancel():
    model = BlindInvestment(num_firms=8, productivity_types=(0.9, 1.1), type_shares=(0.5, 0.5))
    stable = model.affine_policy(*model.affine_roots()[0])

    @tf.function
    def tilted(agent, industry):
        return stable(agent, industry) * tf.where(agent[..., 1] > 1, 1.01, 0.99)

    assert diagnose(model, tilted, horizon=16).numbers["present_value_gap_mean"] > 2e-3


@pytest.mark.parametrize("scale", [1.003, 0.997])
def test_a_policy_slightly_off_is_not_called_converged(scale, loaded, policy, plant):
    plant(STABLE, factor=scale)
    assert not diagnose(loaded.model, policy).converged


def test_present_value_gap_measures_the_policy_error():
    model = Investment(num_firms=32)
    stable = model.closed_form()
    off = tf.function(lambda agent, industry: 1.01 * stable(agent, industry))
    numbers = diagnose(model, off, horizon=16).numbers
    assert numbers["policy_error_mean"] == pytest.approx(0.01, rel=1e-3)
    assert 0.003 < numbers["present_value_gap_mean"] < 0.03


def test_a_policy_that_returns_nan_fails_every_check(loaded, policy, plant):
    plant(STABLE, factor=np.nan)
    diagnosis = diagnose(loaded.model, policy)
    assert not diagnosis.converged
    assert diagnosis.numbers["euler_residual_rms"] is None
    assert all(not check.passed for check in diagnosis.checks)
