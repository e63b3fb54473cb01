"""Emulated moments: right between the calibrations, honest about their error, never asked for twice."""

import math
import os

import numpy as np
import pytest

import hetkeras as hk
from hetkeras.errors import CalibrationError, EstimationError
from hetkeras.verbs.emulate import FILE

BOUNDS = {"cost": (0.5, 2.0), "share": (0.2, 0.4)}


class Smooth:
    """Moments that are smooth in two parameters, and how often they were asked for."""

    def __init__(self):
        self.calls = 0

    def __call__(self, parameters, simulations, seed):
        self.calls += 1
        cost, share = parameters["cost"], parameters["share"]
        return {"mean": math.exp(-cost) + share, "spread": math.sqrt(cost) / (1 + share)}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    return hk.emulate(Smooth(), BOUNDS, tmp_path_factory.mktemp("smooth"))


def test_it_knows_the_moments_between_the_calibrations(emulator):
    assert emulator.diagnose().converged
    for point in np.random.default_rng(0).uniform([0.5, 0.2], [2.0, 0.4], (20, 2)):
        parameters = dict(zip(BOUNDS, map(float, point), strict=True))
        found, exact = emulator(parameters), Smooth()(parameters, 0, 0)
        assert found == pytest.approx(exact, rel=2e-3)
        assert max(abs(found[name] - exact[name]) for name in exact) < 20 * emulator.errors.max()
    assert "30 calibrations, polynomials of degree 4, 10 hidden" in str(emulator)


def test_an_estimate_through_it_is_that_through_the_model(emulator):
    truth = {"cost": 1.3, "share": 0.27}
    data = Smooth()(truth, 0, 0)
    found = hk.estimate(emulator, data, np.diag([1e-4, 1e-4]), BOUNDS, simulations=0)
    assert found.parameters == pytest.approx(truth, abs=2e-3)


def test_its_error_is_told_where_moments_are_not_smooth(tmp_path):
    def kinked(parameters, simulations, seed):
        return {"kink": abs(parameters["cost"] - 1.0), "flat": 1.0}

    found = hk.emulate(kinked, BOUNDS, tmp_path).diagnose({"kink": 0.01, "flat": 0.01, "other": 1.0})
    assert not found.converged
    assert [check.name for check in found.checks if not check.passed] == ["kink", "kink_over_sampling_error"]


def test_calibrations_are_asked_for_once_and_the_file_may_be_cut_short(tmp_path):
    simulate = Smooth()
    first = hk.emulate(simulate, BOUNDS, tmp_path, nodes=12, hidden=3)
    assert simulate.calls == 15
    again = hk.emulate(simulate, BOUNDS, tmp_path, nodes=12, hidden=3)
    assert simulate.calls == 15
    np.testing.assert_array_equal(again.values, first.values)
    lines = (tmp_path / FILE).read_text().splitlines(keepends=True)
    (tmp_path / FILE).write_text("".join(lines[:10]))
    hk.emulate(simulate, BOUNDS, tmp_path, nodes=12, hidden=3)
    assert simulate.calls == 21
    with pytest.raises(CalibrationError, match=r"calibrations\.csv"):
        hk.emulate(simulate, {"cost": (0.5, 2.0), "other": (0.0, 1.0)}, tmp_path, nodes=12, hidden=3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "has calibrations with seed 0; got 1. Choose another run_dir"),
        ({"simulations": 2}, "has calibrations with simulations 0; got 2"),
        (
            {"simulate": lambda parameters, simulations, seed: {"mean": 0.0}},
            "has calibrations with simulate '.*Smooth'",
        ),
    ],
)
def test_what_is_kept_answers_no_other_question(tmp_path, changes, message):
    asked = {"simulate": Smooth(), "bounds": BOUNDS, "run_dir": tmp_path, "nodes": 6, "hidden": 1}
    hk.emulate(**asked)
    with pytest.raises(EstimationError, match=message):
        hk.emulate(**{**asked, **changes})


def test_moments_of_solutions_say_what_they_are_of():
    """Another calibration, options or moments are another question."""
    model, other = hk.models.Investment(), hk.models.Investment(depreciation=0.06)
    told = [hk.SolvedMoments(model).identity, hk.SolvedMoments(other).identity]
    told += [hk.SolvedMoments(model, {"steps": 10}).identity, hk.SolvedMoments(model, moments=straight).identity]
    assert len(set(told)) == 4
    assert told[0] == hk.SolvedMoments(hk.models.Investment()).identity


def test_a_process_that_is_killed_is_told(tmp_path):
    with pytest.raises(EstimationError, match="its process was killed, perhaps for memory; start the same call again"):
        hk.emulate(deadly, BOUNDS, tmp_path, nodes=6, hidden=1, workers=1)


def deadly(parameters, simulations, seed):
    os._exit(1)


def test_a_calibration_that_fails_is_a_row_with_its_reason(tmp_path):
    smooth = Smooth()

    def brittle(parameters, simulations, seed):
        if parameters["cost"] > 1.9:
            raise ValueError("too dear")
        return smooth(parameters, simulations, seed) | {"odd": math.nan if parameters["share"] > 0.39 else 1.0}

    found = hk.emulate(brittle, BOUNDS, tmp_path, nodes=20, hidden=3)
    text = (tmp_path / FILE).read_text()
    assert "ValueError: too dear" in text
    assert "odd is not finite" in text
    assert found.failed > 2
    assert found.diagnose().reason.startswith(f"calibrations_failed is {found.failed}, expected <= 0: where it fails")
    assert found({"cost": 1.0, "share": 0.3})["mean"] == pytest.approx(math.exp(-1) + 0.3, rel=0.01)


def test_processes_find_the_same(tmp_path):
    apart = hk.emulate(straight, BOUNDS, tmp_path / "apart", nodes=6, hidden=1, workers=1)
    np.testing.assert_array_equal(apart.values, hk.emulate(straight, BOUNDS, tmp_path, nodes=6, hidden=1).values)


def straight(parameters, simulations, seed):
    return {"sum": parameters["cost"] + 2 * parameters["share"] + seed}


def broken(parameters, simulations, seed):
    raise ValueError("never")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodes": 3}, "nodes is 3; expected at least 4"),
        ({"hidden": 0}, "hidden is 0; expected at least 1"),
        ({"workers": -1}, "workers is -1; expected at least 0"),
        (
            {"nodes": 4},
            "4 calibrations and 10 hidden ones do not make an emulator of 2 parameters; expected at least 5",
        ),
        ({"simulate": broken}, "no calibration could be solved: ValueError: never"),
        ({"bounds": {f"p{k}": (0.0, 1.0) for k in range(7)}}, "bounds are of 7 parameters; expected 6 at most"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path, changes, message):
    with pytest.raises(EstimationError, match=message):
        hk.emulate(**{"simulate": Smooth(), "bounds": BOUNDS, "run_dir": tmp_path, **changes})


def test_what_it_does_not_know_is_refused(emulator):
    with pytest.raises(EstimationError, match=r"does not know this calibration: cost is 3; expected from 0\.5 to 2"):
        emulator({"cost": 3.0, "share": 0.3})
    with pytest.raises(EstimationError, match="has moments of 0 simulations; got simulations=7"):
        emulator({"cost": 1.0, "share": 0.3}, 7)
