"""Each bad input is refused in one line that says what came, what was expected and how to mend it."""

import math
import sys

import numpy as np
import pandas as pd
import pytest

import hetkeras as hk
from hetkeras.estimation.library import optimagic
from tests.estimation.linear_model import BOUNDS, COVARIANCE, NAMES, data, named, simulate

DATA = data(0)
FRAME = pd.DataFrame(COVARIANCE, NAMES, NAMES)
SINGULAR = COVARIANCE.copy()
SINGULAR[:, 3] = SINGULAR[3] = SINGULAR[0]
SINGULAR[3, 3] = SINGULAR[0, 0]
SKEWED = COVARIANCE + np.eye(4)[0][:, None] * 1e-4 * np.eye(4)[1]
MISSING = COVARIANCE.copy()
MISSING[1, 2] = math.nan
calls = iter(range(1000))

GIVEN = {
    "few moments": ({"moments": {"first": 1.0}, "covariance": [[1.0]]}, "1 moments .first. cannot tell 2 parameters"),
    "no moments": ({"moments": {}}, "moments is empty; expected name -> value"),
    "a moment is NaN": ({"moments": {**DATA, "second": math.nan}}, "the moment second is nan; expected a finite"),
    "a typing error": (
        {"moments": {**DATA, "frist": 1.0}, "covariance": np.eye(5)},
        "'frist' is no moment of simulate; did you mean 'first'. it gives first, second, third, fourth",
    ),
    "other names": ({"covariance": FRAME.rename(index={"first": "a"}, columns={"first": "a"})}, "is of a, second"),
    "rows and columns": ({"covariance": FRAME.rename(index={"first": "a"})}, "expected the same moments in both"),
    "other size": ({"covariance": np.eye(3)}, r"has the shape \(3, 3\); expected \(4, 4\)"),
    "an entry is NaN": ({"covariance": MISSING}, "the covariance is nan at second, third; expected finite"),
    "no symmetry": ({"covariance": SKEWED}, "at first, second and .* across the diagonal; expected a symmetric"),
    "no definiteness": ({"covariance": SINGULAR}, "not positive definite.*leave one of first, fourth out"),
    "no variance": ({"covariance": np.diag([1.0, 0, 1, 1])}, "of second with itself is 0; expected a number above"),
    "no bounds": ({"bounds": {}}, "bounds is empty; expected name -> .low, high."),
    "bounds in disorder": (
        {"bounds": {**BOUNDS, "beta": (1, -1)}},
        r"bounds of beta are \(1, -1\); expected two finite",
    ),
    "unbounded": ({"bounds": {**BOUNDS, "beta": (0, math.inf)}}, "bounds of beta are .*expected two finite"),
    "a start outside": (
        {"start": {"alpha": 5, "beta": 0}},
        "start has alpha = 5, outside the box; expected from -1 to 2",
    ),
    "another start": (
        {"start": {"alpha": 0}},
        "start is of alpha; expected exactly the parameters with bounds: alpha, b",
    ),
    "no weights": (
        {"weights": "best"},
        "weights is 'best'; expected optimal, diagonal, identity, a matrix, or a file",
    ),
    "negative weights": ({"weights": np.diag([1.0, 1, -1, 1])}, "the weighting matrix of third with itself is -1"),
    "simulations": ({"simulations": -1}, "simulations is -1; expected at least 0"),
    "starts": ({"starts": 0}, "starts is 0; expected at least 1"),
    "profiles": ({"profile_points": -1}, "profile_points is -1; expected at least 0"),
    "step": ({"step": 0.0}, "step is 0; expected above 0 and at most 0.25"),
    "a function that fails": (
        {"simulate": lambda parameters, simulations, seed: 1 / 0},
        "simulate raises ZeroDivisionError .division by zero. at alpha = .*, beta = .*; mend it",
    ),
    "a model that is NaN": (
        {"simulate": lambda parameters, simulations, seed: named([1, 2, math.nan, 4])},
        "simulate gives third = nan at alpha = .*; expected a finite number",
    ),
    "draws of their own": (
        {"simulate": lambda parameters, simulations, seed: named(np.full(4, next(calls)))},
        "other moments when it is called again with the same parameters and seed",
    ),
}


@pytest.mark.parametrize("case", GIVEN)
def test_what_is_wrong_is_told_in_one_line(case):
    given, message = GIVEN[case]
    whole = {"simulate": simulate, "moments": DATA, "covariance": COVARIANCE, "bounds": BOUNDS} | given
    with pytest.raises(hk.EstimationError, match=message) as refused:
        hk.estimate(**whole)
    assert len(str(refused.value).splitlines()) == 1


def test_a_point_deep_in_the_search_that_has_no_moments_is_named():
    def torn(parameters, simulations, seed):
        return named([math.nan] * 4) if parameters["alpha"] < 0.8 else simulate(parameters, simulations, seed)

    with pytest.raises(hk.EstimationError, match=r"simulate gives first = nan at alpha = 0\.\d+, beta") as refused:
        hk.estimate(torn, DATA, COVARIANCE, BOUNDS, start={"alpha": 1.5, "beta": 0.0})
    assert len(str(refused.value).splitlines()) == 1


def test_files_are_read_in_any_order_and_refused_by_name(tmp_path):
    moments, covariance = tmp_path / "moments.csv", tmp_path / "covariance.csv"
    moments.write_text("moment,value,source\n" + "".join(f"{n},{v!r},census\n" for n, v in DATA.items()))
    FRAME[list(reversed(NAMES))].rename_axis("moment").to_csv(covariance)
    found = hk.estimate(simulate, moments, covariance, BOUNDS, starts=2)
    assert found.parameters == hk.estimate(simulate, DATA, COVARIANCE, BOUNDS, starts=2).parameters
    FRAME.rename(columns={"first": "a"}).rename_axis("moment").to_csv(covariance)
    with pytest.raises(hk.EstimationError, match=r"has rows first, .* and columns a, .*; expected the same moments in"):
        hk.estimate(simulate, moments, covariance, BOUNDS)
    moments.write_text("moment,value\nfirst,\n")
    with pytest.raises(hk.CalibrationError, match=r"moments.csv, line 2: the cell of value is missing"):
        hk.estimate(simulate, moments, covariance, BOUNDS)


def test_a_missing_library_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optimagic", None)
    with pytest.raises(hk.EstimationError, match=r"needs optimagic.*pip install 'hetkeras\[estimation\]'"):
        optimagic()
