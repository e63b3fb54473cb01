"""Solve, diagnose, simulate and load from Python, on an industry of eight firms that is trained for a moment."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import hetkeras as hk
from hetkeras.errors import CalibrationError, RunDirectoryError
from hetkeras.method import Options
from hetkeras.verbs.solve import solve_with

MODEL = hk.models.Investment(num_firms=8)
SMALL = {"network": "moments", "width": 8, "rho_depth": 1, "report": False}
SETTINGS = {"num_steps": 20, "batch_size": 4}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    run = tmp_path_factory.mktemp("verbs") / "run"
    return run, hk.solve(MODEL, run, solver=SETTINGS, **SMALL)


def test_a_solve_returns_what_was_reloaded_with_what_was_measured(solved):
    run, solution = solved
    assert solution.model == MODEL
    assert solution.path == run / "saved_model"
    numbers = json.loads((run / "diagnostics.json").read_text())
    assert solution.metadata["measured"] == numbers
    assert (numbers["converged"], numbers["parameters"]) == (False, 49)
    about = json.loads((run / "run.json").read_text())
    assert about["settings"]["num_steps"] == 20
    assert about["options"]["width"] == 8
    first, *functions = repr(solution).splitlines()
    assert first == f"Investment in {solution.path}, converged: False"
    assert [line.strip().partition("(")[0] for line in functions] == list(solution.outputs)


def test_a_diagnosis_prints_itself_and_is_the_recorded_one(solved):
    run, solution = solved
    found, again = hk.diagnose(solution), hk.diagnose(run / "saved_model")
    assert found.numbers == again.numbers
    assert found.numbers.items() <= solution.metadata["measured"].items()
    lines = str(found).splitlines()
    assert lines[0].split() == ["check", "measured", "expected", "verdict"]
    assert lines[-1].startswith("converged: False (")


def test_a_run_goes_on_with_as_many_parts_as_it_began_with(solved):
    with pytest.raises(RunDirectoryError, match=r"options\.parts: None there, 2 now"):
        hk.solve(MODEL, solved[0], solver=SETTINGS, parts=2, **SMALL)


def test_methods_that_cannot_share_batches_are_refused(tmp_path):
    with pytest.raises(CalibrationError, match="GridKrusellSmith cannot share its batches: it improves the whole"):
        hk.solve(hk.models.KhanThomas(), tmp_path / "grid", method="grid", parts=2)
    assert not (tmp_path / "grid").exists()


def test_a_simulation_is_a_table_that_its_seed_decides(solved):
    frame, same, other = (hk.simulate(solved[1], periods=12, seed=seed) for seed in (1, 1, 2))
    assert frame.index.name == "period"
    assert list(frame) == ["mean_capital", "sd_capital", "mean_investment"]
    assert len(frame) == 12
    np.testing.assert_array_equal(frame, same)
    assert not np.array_equal(frame, other)


def test_what_is_wrong_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(CalibrationError, match="EulerOptions has no field 'wdth'; did you mean 'width'"):
        hk.solve(MODEL, tmp_path / "run", wdth=3)
    with pytest.raises(CalibrationError, match="EulerSettings has no field 'num_step'"):
        hk.solve(MODEL, tmp_path / "run", solver={"num_step": 3})
    with pytest.raises(CalibrationError, match="periods is 0; expected at least 1"):
        hk.simulate("nowhere", periods=0)
    assert not (tmp_path / "run").exists()


def test_another_calibration_is_another_run(solved):
    with pytest.raises(RunDirectoryError, match="calibration"):
        hk.solve(hk.models.Investment(num_firms=8, depreciation=0.06), solved[0], solver=SETTINGS, **SMALL)


@pytest.mark.parametrize(("problems", "error"), [(["num_agents is None"], CalibrationError), ([], TypeError)])
def test_a_model_without_sizes_is_told_by_its_check(tmp_path, problems, error):
    def need(model, options):
        raise TypeError("num_agents is None")

    method = SimpleNamespace(need=need, check=lambda model: problems)
    with pytest.raises(error, match="num_agents is None"):
        solve_with(method, MODEL, tmp_path / "run", Options())
    assert not (tmp_path / "run").exists()


def test_sizes_beyond_memory_are_refused_before_anything_is_built(tmp_path):
    with pytest.raises(CalibrationError, match=r"1000000 paths of 8 agents with width 16384 takes about .* GiB"):
        hk.solve(MODEL, tmp_path / "run", width=16_384, batch_size=1_000_000)
    assert not (tmp_path / "run").exists()
