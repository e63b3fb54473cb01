"""What moments do not tell is reported as not identified, and not estimated."""

import numpy as np
import pytest

import hetkeras as hk
from hetkeras.estimation.identification import LEAST, Identification
from tests.estimation.linear_model import BOUNDS, COVARIANCE, NAMES, data, simulate

THREE = {**BOUNDS, "gamma": (0.5, 2.0)}


def idle(parameters, simulations, seed):
    """Moments that gamma does not move."""
    return simulate(parameters, simulations, seed)


def product(parameters, simulations, seed):
    """Moments that know alpha and gamma by their product only."""
    return simulate({"alpha": parameters["alpha"] * parameters["gamma"], "beta": parameters["beta"]}, simulations, seed)


def test_a_flat_parameter_is_not_estimated_and_the_others_are_as_without_it():
    found = hk.estimate(idle, data(0), COVARIANCE, THREE, starts=3)
    without = hk.estimate(simulate, data(0), COVARIANCE, BOUNDS, starts=3)
    assert found.remarks == {"gamma": "not identified"}
    assert np.isnan([found.parameters["gamma"], found.standard_errors["gamma"]]).all()
    assert not found.converged
    assert found.reason.startswith("flat_directions is 1")
    assert found.identification.weakest == "gamma +1.00"
    for name in BOUNDS:
        assert found.parameters[name] == pytest.approx(without.parameters[name], rel=1e-6)
        assert found.standard_errors[name] == pytest.approx(without.standard_errors[name], rel=1e-6)
    assert found.j_test.degrees == without.j_test.degrees == len(NAMES) - 2
    assert found.j_test.statistic == pytest.approx(without.j_test.statistic, rel=1e-6)
    (row,) = [line for line in str(found).splitlines() if line.startswith("gamma")]
    assert row.split(maxsplit=2) == ["gamma", "-", "not identified"]
    assert "not identified" in found.latex()


def test_a_product_leaves_both_factors_unknown_and_the_rest_known():
    found = hk.estimate(product, data(0), COVARIANCE, {**THREE, "alpha": (0.1, 2.0)}, starts=3)
    assert set(found.remarks) == {"alpha", "gamma"}
    assert set(found.remarks.values()) == {"not identified"}
    assert {word for word in found.identification.weakest.split() if word.isalpha()} == {"alpha", "gamma"}
    assert found.standard_errors["beta"] > 0
    assert np.isnan(found.sensitivity[[0, 2]]).all()


def test_a_direction_is_flat_where_its_interval_is_as_wide_as_the_box():
    share = np.eye(3)[:, :2] * [100.0, LEAST * 1.01]
    assert Identification.of(("a", "b"), share).identified.all()
    known = Identification.of(("a", "b"), share * [1, 0.98])
    assert known.rank == 1
    assert known.identified.tolist() == [True, False]


def test_a_parameter_with_a_wide_interval_under_poor_weights_is_not_identified():
    poor = np.diag([1e-9, 1e-9, 1.0, 1.0])
    covariance = COVARIANCE * np.outer(*[[1, 1, 1e3, 1e3]] * 2)
    good, bad = (hk.estimate(simulate, data(0), covariance, BOUNDS, weights=w, starts=2) for w in ("optimal", poor))
    assert not good.remarks
    assert "not identified" in bad.remarks.values()
    assert bad.reason.startswith("not_identified is ")
