"""The program for firms with branches as a user runs it, on a tiny economy: both methods, resuming, wrong input."""

import csv
import json

import numpy as np
import pytest

from hetkeras.diagnosis.check import at_most
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.methods.krusell_smith.branching import diagnosis as branch_diagnosis
from hetkeras.methods.krusell_smith.branching import measure as branch_measuring
from hetkeras.methods.krusell_smith.branching.verbs import BranchingKrusellSmithMethod
from hetkeras.saved_model import read_metadata
from tests.apps.many_runs import finished, run
from tests.apps.small_bloom import small_flags


def columns(path):
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


FOUND = Diagnosis({"rules_error": 0.0625}, (at_most("rules_error", 0.0625, 0.005, "more rounds"),), {})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A classical solve that finds FOUND when it measures, which takes as long again: directory, outcome, flags."""
    directory = tmp_path_factory.mktemp("grid") / "run"
    flags = ["--method=grid", "--solver=num_mean_capital=5", "--solver=max_rounds=2", *small_flags(directory.parent)]
    flags = [f"--run_dir={directory}", *flags]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BranchingKrusellSmithMethod, "measure", lambda *_: FOUND)
        done = run("solve_bloom", *flags, "--report=false")
    finished(done)
    return directory, done, flags


@pytest.fixture(scope="module")
def solved(trained):
    """The same command again, which measures: outcome, numbers before and after; off the path is measured below."""
    directory, _, flags = trained
    before = json.loads((directory / "diagnostics.json").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(branch_diagnosis, "off_path_errors", lambda *_: {})
        done = run("solve_bloom", *flags, "--economies=3", "--report=false")
    finished(done)
    return done, before, json.loads((directory / "diagnostics.json").read_text())


BAD = [
    (["--set=fixed_labor_cost=-0.1"], ("fixed_labor_cost is -0.1",)),
    (["--set=regime_transition=0.9,0.2,0.1,0.9"], ("regime_transition", "which sums to 1.1; expected 1")),
    (["--set=num_labor=1"], ("num_labor is 1", "or the grid is empty")),
    (["--set=fixed_labour_cost=0.1"], ("no field 'fixed_labour_cost'", "did you mean 'fixed_labor_cost'")),
    (["--solver=finer_labor=0", "--method=grid"], ("finer_labor is 0; expected from 1 to 100",)),
    (["--solver=round_step=10"], ("NeuralBranchingSettings has no field 'round_step'",)),
    (["--paths=1"], ("paths is 1", "expected 0, or at least 2")),
    (["--first_rules=nowhere.csv"], ("nowhere.csv cannot be read", "one row for each aggregate state")),
    (["--shocks=nowhere.csv"], ("nowhere.csv cannot be read", "of aggregate states")),
]


# --- a classical solve ---------------------------------------------------------------------------------------
def test_a_solve_leaves_its_solution_and_another_calibration_is_refused(trained):
    directory, done, flags = trained
    names = {entry.name for entry in directory.iterdir()}
    assert {"run.json", "diagnostics.json", "checks.csv", "rules.csv", "checkpoints", "saved_model"} <= names
    assert json.loads((directory / "run.json").read_text())["model"] == "Bloom"
    assert "converged: False (rules_error is 0.0625" in done.stdout
    done = run("solve_bloom", *flags, "--set=fixed_labor_cost=0.05")
    assert done.returncode == 1
    assert "fixed_labor_cost" in done.stderr
    assert json.loads((directory / "run.json").read_text())["calibration"]["fixed_labor_cost"] == 0.096


def test_a_solve_leaves_everything_and_says_where(trained, solved):
    directory, done = trained[0], solved[0]
    names = {entry.name for entry in directory.iterdir()}
    tables = {"branch_simulation.csv", "investment_slice.csv", "hiring_slice.csv", "price_slice.csv"}
    files = {"run.json", "diagnostics.json", "checks.csv", "rules.csv", "uncertainty_shock.csv"}
    assert files | tables | {"checkpoints", "tensorboard", "saved_model"} <= names
    assert "MiB of memory" in done.stdout
    assert str(directory / "saved_model") in done.stdout
    assert "Traceback" not in done.stderr
    assert len(columns(directory / "uncertainty_shock.csv")["period"]) == 100


@pytest.mark.usefixtures("solved")
def test_its_page_is_drawn(trained):
    done = run("report", f"--run_dir={trained[0]}")
    assert done.returncode == 0, done.stderr
    assert "uncertainty" in (trained[0] / "report.html").read_text(encoding="utf-8")


def test_the_verdict_is_the_same_everywhere(trained, solved):
    directory, (done, _, numbers) = trained[0], solved
    checks = columns(directory / "checks.csv")
    assert numbers["converged"] == (set(checks["verdict"]) == {"PASS"})
    assert f"converged: {numbers['converged']}" in done.stdout
    assert read_metadata(directory / "saved_model")["measured"] == numbers
    assert numbers["cleared"] == 1
    assert "classified" not in numbers  # exact choices would be compared with themselves
    table = {name: np.array(values, float) for name, values in columns(directory / "branch_simulation.csv").items()}
    assert table["mean_capital"][500:-1].mean() == pytest.approx(numbers["mean_capital"], rel=1e-9)


def test_a_finished_run_is_measured_again_and_not_solved_again(solved):
    _, before, after = solved
    assert before["rules_error"] == 0.0625 != after["rules_error"]
    names = "train_seconds", "rounds", "steps"
    assert [after[name] for name in names] == [before[name] for name in names]


# --- what is refused -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", range(len(BAD)))
def test_wrong_input_is_told_in_a_line_and_leaves_nothing(tmp_path, number):
    done = run("solve_bloom", f"--run_dir={tmp_path / 'run'}", *BAD[number][0])
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
    for words in BAD[number][1]:
        assert words in done.stderr


# --- the other programs --------------------------------------------------------------------------------------
def test_an_export_is_measured_and_verified_from_its_own_files(trained, solved, tmp_path, monkeypatch):
    monkeypatch.setattr(branch_measuring, "branch_slices", lambda *_: {})  # which the solve has written
    (directory, _, flags), numbers, found = trained, solved[-1], tmp_path / "errors.json"
    shocks = next(flag for flag in flags if flag.startswith("--shocks"))
    done = run("evaluate", f"--model_dir={directory / 'saved_model'}", "--reference=none", shocks, f"--json={found}")
    assert done.returncode == 0, done.stderr
    again, names = json.loads(found.read_text()), ("sd_output", "rules_error", "value_lost_mean", "den_haan_price_max")
    assert [again[name] for name in names] == pytest.approx([numbers[name] for name in names], rel=1e-9)
    assert again["off_path_bellman_error"] > 0
