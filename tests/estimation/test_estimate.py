"""Estimates by simulated moments: inference held against the library's, against exact formulas, and by Monte Carlo."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import hetkeras as hk
from tests.estimation.linear_model import BOUNDS, COVARIANCE, NAMES, SLOPES, TRUTH, data, exact, named, simulate

DATA = data(0)
FRAME = pd.DataFrame(COVARIANCE, NAMES, NAMES)


def curved(parameters, simulations, seed):
    """Moments that are no straight lines in the parameters."""
    return named(np.exp(list(simulate(parameters, simulations, seed).values())))


@pytest.mark.parametrize("weights", ["optimal", "diagonal", "identity"])
def test_standard_errors_and_sensitivity_are_the_library_s_and_the_factor_of_simulation(weights):
    import estimagic as em
    import optimagic as om

    moments = {name: float(np.exp(value)) for name, value in DATA.items()}
    found = hk.estimate(curved, moments, FRAME, BOUNDS, weights=weights, simulations=4, starts=2, step=1e-3)
    theirs = em.estimate_msm(
        lambda parameters: pd.Series(curved(parameters, 4, 0)),
        pd.Series(moments),
        FRAME,
        {"alpha": 0.0, "beta": 0.0},
        optimize_options="scipy_ls_trf",
        bounds=om.Bounds(*({name: ends[side] for name, ends in BOUNDS.items()} for side in (0, 1))),
        weights=weights,
    )
    assert found.converged, found.reason
    np.testing.assert_allclose(list(found.parameters.values()), list(theirs.params.values()), rtol=1e-4)
    errors = [theirs.se()[name] * np.sqrt(1 + 1 / 4) for name in BOUNDS]
    np.testing.assert_allclose(list(found.standard_errors.values()), errors, rtol=1e-3)
    bias = theirs.sensitivity("bias", return_type="dataframe").loc[list(BOUNDS), list(NAMES)]
    np.testing.assert_allclose(found.sensitivity, -bias.to_numpy(), rtol=2e-3, atol=1e-4)  # of data, not of the model


def test_the_distance_at_optimal_weights_is_the_statistic_of_the_j_test():
    found = hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, simulations=5, starts=2)
    assert found.j_test.statistic == pytest.approx(found.diagnosis.numbers["distance"] / (1 + 1 / 5), rel=1e-6)
    assert found.j_test.degrees == 2
    assert found.j_test.p_value == pytest.approx(chi2.sf(found.j_test.statistic, 2))


def test_the_j_test_is_the_same_under_any_weights_where_moments_are_linear():
    kinds = ("optimal", "identity", np.diag([1.0, 5.0, 2.0, 0.1]))
    tests = [hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, weights=kind, starts=2).j_test for kind in kinds]
    assert tests[1].statistic == pytest.approx(tests[0].statistic, rel=1e-4)
    assert tests[2].statistic == pytest.approx(tests[0].statistic, rel=1e-4)


def test_own_weights_from_a_file_are_those_of_a_kind(tmp_path):
    order = list(reversed(NAMES))
    frame = pd.DataFrame(np.diag(1 / np.diag(COVARIANCE)), NAMES, NAMES).loc[order, order].rename_axis("moment")
    frame.to_csv(tmp_path / "weights.csv")
    kinds = ("diagonal", str(tmp_path / "weights.csv"))
    diagonal, own = (hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, weights=kind, starts=2) for kind in kinds)
    assert own.weights == "own"
    assert own.standard_errors == pytest.approx(diagonal.standard_errors)
    assert own.parameters == pytest.approx(diagonal.parameters)


def test_intervals_and_tests_hold_what_they_promise():
    """One simulated panel doubles variances: without its factor z would spread by 1.4, and J would be twice as much."""
    for weights in ("optimal", "identity"):
        scores, statistics, t_values = [], [], []
        for seed in range(80):
            found = hk.estimate(
                simulate, data(seed), COVARIANCE, BOUNDS, TRUTH, weights, simulations=1, seed=10_000 + seed, starts=1
            )
            scores.append([(found.parameters[n] - TRUTH[n]) / found.standard_errors[n] for n in TRUTH])
            statistics.append(found.j_test.statistic)
            t_values.append(found.t_values)
        assert np.std(scores) == pytest.approx(1, abs=0.15)  # of 160 scores that hang together: two errors are .13
        assert np.mean(statistics) == pytest.approx(2, abs=0.5)  # two errors are .45
        assert np.std(t_values) == pytest.approx(1, abs=0.15)
        assert abs(np.mean(scores)) < 0.2


def test_a_moment_that_the_model_cannot_give_is_told_by_its_t_value_and_the_j_test():
    right, wrong = (hk.estimate(simulate, data(3, shift), COVARIANCE, BOUNDS, starts=2) for shift in (0, 12))
    assert right.j_test.p_value > 0.01
    assert wrong.j_test.p_value < 1e-6
    assert np.abs(wrong.t_values).max() > 5


def test_exact_moments_have_no_factor():
    exactly, simulated = (hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, simulations=s, starts=2) for s in (0, 2))
    ratio = [simulated.standard_errors[name] / exactly.standard_errors[name] for name in BOUNDS]
    np.testing.assert_allclose(ratio, np.sqrt(1.5), rtol=1e-6)


def test_as_many_parameters_as_moments_leave_nothing_to_test():
    two = NAMES[:2]
    found = hk.estimate(simulate, {n: DATA[n] for n in two}, FRAME.loc[list(two), list(two)], BOUNDS, starts=2)
    assert found.j_test.remark == "none, for there are as many parameters as moments"
    assert np.isnan(found.j_test.p_value)
    assert np.isnan(found.t_values).all()
    assert found.converged


def test_an_estimate_at_a_bound_says_so_and_has_no_standard_error():
    bounds = {**BOUNDS, "alpha": (0.6, 2.0)}
    found = hk.estimate(simulate, DATA, COVARIANCE, bounds, starts=2)
    assert found.remarks == {"alpha": "at its lower bound"}
    assert np.isnan(found.standard_errors["alpha"])
    assert found.standard_errors["beta"] > 0
    assert "a parameter lies at a bound" in str(found.j_test)
    assert found.reason.startswith("at_bounds is 1")
    assert "at its lower bound" in str(found)


def test_simulated_panels_that_are_smaller_than_the_data_are_told():
    def smaller(parameters, simulations, seed):
        """Panels of a quarter of the firms, which vary four times as much."""
        center = exact(parameters)
        return named(center + 2 * (np.array(list(simulate(parameters, simulations, seed).values())) - center))

    right, wrong = (hk.estimate(each, DATA, COVARIANCE, BOUNDS, starts=2) for each in (simulate, smaller))
    assert right.diagnosis.numbers["panel_variance"] == pytest.approx(1, abs=0.4)  # of 40 panels and 4 moments
    assert wrong.reason.startswith("panel_variance is ")
    assert wrong.diagnosis.numbers["panel_variance"] == pytest.approx(
        4 * right.diagnosis.numbers["panel_variance"], rel=0.1
    )


def test_a_start_alone_proves_nothing():
    found = hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, start=TRUTH, starts=1)
    assert found.reason.startswith("starts_that_agree is 1")


def test_starts_in_the_basin_of_a_worse_optimum_do_not_count():
    def waved(parameters, simulations, seed):
        return simulate({**parameters, "alpha": parameters["alpha"] + 0.5 * np.sin(7 * parameters["alpha"])}, 0, 0)

    moments = named(exact({"alpha": 0.4 + 0.5 * np.sin(2.8), "beta": -0.2}) + 0.003)
    found = hk.estimate(waved, moments, COVARIANCE, BOUNDS, simulations=0, starts=8)
    distances = np.array([each.distance for each in found.found])
    assert (distances > 2 * distances[0] + 1).any()  # some end elsewhere
    assert found.diagnosis.numbers["starts_that_agree"] < 8
    assert found.tables()["starts"]["distance"][-1] == distances.max()


def test_profiles_pass_through_the_estimate_and_rise_on_both_sides():
    found = hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, starts=2, profile_points=5)
    share, distance = found.profiles["alpha"]
    assert len(share) == 6
    assert distance.argmin() == np.flatnonzero(np.isclose(share, (found.parameters["alpha"] + 1) / 3))[0]
    variance = found.standard_errors["alpha"] ** 2 / (1 + 1 / 10)  # the profile of a linear model is a parabola
    expected = distance.min() + (3 * share - 1 - found.parameters["alpha"]) ** 2 / variance
    np.testing.assert_allclose(distance, expected, rtol=1e-6)
    assert list(found.tables()["profiles"]["parameter"]) == ["alpha"] * 6 + ["beta"] * 6


def test_a_profile_that_passes_through_a_nearer_point_unmasks_starts_that_agree_elsewhere():
    def two_basins(parameters, simulations, seed):
        """A cubic that comes near to its value at 1.7 at its local maximum at .4 too."""
        alpha, beta = parameters["alpha"], parameters["beta"]
        return named([alpha**3 / 3 - 0.8 * alpha**2 + 0.48 * alpha, 0.05 * alpha, beta, -beta])

    given = (two_basins, two_basins({"alpha": 1.7, "beta": 0}, 0, 0), COVARIANCE, BOUNDS, {"alpha": 0.3, "beta": 0})
    alone, profiled = (hk.estimate(*given, simulations=0, starts=1, profile_points=n) for n in (0, 9))
    assert alone.parameters["alpha"] < 1.2  # on the other side of the local minimum
    assert not alone.remarks
    assert profiled.diagnosis.numbers["nearer_on_profiles"] > 1
    assert "nearer_on_profiles" in [check.name for check in profiled.diagnosis.checks if not check.passed]


def test_tables_in_latex_name_all():
    found = hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, starts=2)
    text = found.latex()
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 2
    assert f"({found.standard_errors['alpha']:.4g})" in text
    assert all(name in text for name in (*NAMES, *BOUNDS, "p value"))


def test_slopes_of_the_model_are_in_the_sensitivity():
    found = hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, weights="identity", starts=2)
    np.testing.assert_allclose(found.sensitivity, np.linalg.pinv(SLOPES), rtol=1e-6)
