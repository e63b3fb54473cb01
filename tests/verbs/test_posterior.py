"""Draws of parameters given moments: where those are linear and normal, the posterior is known."""

import numpy as np
import pytest

import hetkeras as hk
from hetkeras.numerics.no_u_turn import Draws
from hetkeras.verbs import posterior as verb
from tests.estimation.linear_model import BOUNDS, COVARIANCE, SLOPES, data, simulate


@pytest.fixture(scope="module")
def estimated():
    return hk.estimate(simulate, data(0), COVARIANCE, BOUNDS, simulations=2, starts=2)


@pytest.fixture(scope="module")
def drawn(estimated):
    return hk.posterior(simulate, estimated, draws=800)


def test_draws_have_the_mean_and_the_covariance_of_the_normal_posterior(estimated, drawn):
    precision = SLOPES.T @ np.linalg.inv(1.5 * COVARIANCE) @ SLOPES
    exact = np.linalg.inv(precision)
    errors = np.sqrt(np.diag(exact))
    assert drawn.converged, drawn.diagnosis
    gaps = (drawn.draws.mean(0) - list(estimated.parameters.values())) / errors
    assert np.abs(gaps).max() < 4 / np.sqrt(drawn.diagnosis.numbers["effective_draws"])
    np.testing.assert_allclose(np.cov(drawn.draws.T), exact, atol=0.1 * errors.max() ** 2)
    low, high = drawn.interval("alpha")
    assert high - low == pytest.approx(2 * 1.96 * errors[0], rel=0.1)
    assert drawn.sd["alpha"] == pytest.approx(estimated.standard_errors["alpha"], rel=0.06)
    assert "alpha" in str(drawn)


def fake(monkeypatch, states, divergent=0.0):
    """Lets the sampler draw what is given."""
    found = Draws(np.broadcast_to(states, (100, 4, 2)), np.full(2, 1.02), np.full(2, 500.0), divergent)
    monkeypatch.setattr(verb, "no_u_turn", lambda *given: found)


def test_a_stand_in_that_is_wrong_where_draws_are_is_told(estimated, monkeypatch):
    def bent(parameters, simulations, seed):
        """A kink at the estimate, which no polynomial follows."""
        moments = simulate(parameters, simulations, seed)
        return {**moments, "first": moments["first"] + 2 * abs(parameters["alpha"] - estimated.parameters["alpha"])}

    fake(monkeypatch, 0.1)
    found = hk.posterior(bent, estimated)
    assert found.diagnosis.reason.startswith("surrogate_gap is ")
    assert "surrogate_gap" in str(found)


def test_draws_at_an_end_of_the_region_and_chains_that_do_not_agree_are_told(estimated, monkeypatch):
    fake(monkeypatch, 3.0, divergent=0.5)  # tanh(3) is .995
    found = hk.posterior(simulate, estimated)
    assert [check.name for check in found.diagnosis.checks if not check.passed] == [
        "cut_off",
        "scale_reduction",
        "divergent",
    ]
    assert not found.converged


def test_few_draws_are_refused(estimated):
    with pytest.raises(hk.EstimationError, match="draws is 99; expected at least 100"):
        hk.posterior(simulate, estimated, draws=99)
