"""The program for firms with branches as a user runs it, on a tiny economy: both methods, resuming, wrong input."""

import csv
import json
import shutil

import numpy as np
import pytest

from hetkeras.saved_model import load
from tests.apps.many_runs import run
from tests.apps.small_bloom import small_flags


def without(flags, *names):
    return [flag for flag in flags if not flag.startswith(names)]


def columns(path):
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """A classical solve."""
    directory = tmp_path_factory.mktemp("grid") / "run"
    flags = [
        f"--run_dir={directory}",
        "--method=grid",
        "--solver=num_mean_capital=5",
        "--solver=max_rounds=2",
        "--report=false",
        *small_flags(directory.parent),
    ]
    done = run("solve_bloom", *flags)
    assert done.returncode == 0, done.stderr
    return directory, done, flags


BAD = [
    (["--set=fixed_labor_cost=-0.1"], ("fixed_labor_cost is -0.1",)),
    (["--set=regime_transition=0.9,0.2,0.1,0.9"], ("regime_transition", "which sums to 1.1; expected 1")),
    (["--set=num_labor=1"], ("num_labor is 1", "or the grid is empty")),
    (["--set=fixed_labour_cost=0.1"], ("no field 'fixed_labour_cost'", "did you mean 'fixed_labor_cost'")),
    (["--solver=finer_labor=0", "--method=grid"], ("finer_labor is 0; expected at least 1",)),
    (["--solver=round_step=10"], ("NeuralBranchingSettings has no field 'round_step'",)),
    (["--paths=1"], ("flag --paths=1", "expected 0, or at least 2")),
    (["--first_rules=nowhere.csv"], ("nowhere.csv", "holds no forecast rules")),
    (["--shocks=nowhere.csv"], ("nowhere.csv", "is no path of aggregate states")),
]


# --- a classical solve ---------------------------------------------------------------------------------------
def test_a_solve_leaves_everything_and_says_where(grid):
    directory, done, _ = grid
    names = {entry.name for entry in directory.iterdir()}
    tables = {"branch_simulation.csv", "investment_slice.csv", "hiring_slice.csv", "price_slice.csv"}
    files = {"run.json", "diagnostics.json", "checks.csv", "rules.csv"}
    assert files | tables | {"checkpoints", "tensorboard", "saved_model"} <= names
    assert json.loads((directory / "run.json").read_text())["model"] == "Bloom"
    assert str(directory / "saved_model") in done.stdout
    assert "Traceback" not in done.stderr


def test_the_verdict_is_the_same_everywhere(grid):
    directory, done, _ = grid
    numbers = json.loads((directory / "diagnostics.json").read_text())
    checks = columns(directory / "checks.csv")
    assert numbers["converged"] == (set(checks["verdict"]) == {"PASS"})
    assert f"converged: {numbers['converged']}" in done.stdout
    assert load(directory / "saved_model").metadata["measured"] == numbers
    assert numbers["cleared"] == 1
    assert "classified" not in numbers  # exact choices would be compared with themselves
    table = {name: np.array(values, float) for name, values in columns(directory / "branch_simulation.csv").items()}
    assert table["mean_capital"][500:-1].mean() == pytest.approx(numbers["mean_capital"], rel=1e-9)


def test_a_finished_run_is_measured_again_and_another_calibration_is_refused(grid, tmp_path):
    directory, _, flags = grid
    copy = shutil.copytree(directory, tmp_path / "finished")
    done = run("solve_bloom", f"--run_dir={copy}", *without(flags, "--run_dir", "--report"), "--economies=3")
    assert done.returncode == 0, done.stderr
    assert "MiB of memory" in done.stdout
    assert len(columns(copy / "uncertainty_shock.csv")["period"]) == 100
    assert (copy / "report.html").exists()
    first, again = (json.loads((place / "diagnostics.json").read_text()) for place in (directory, copy))
    names = ("sd_output", "rules_error", "value_lost_mean", "den_haan_price_max", "train_seconds")
    assert [again[name] for name in names] == pytest.approx([first[name] for name in names], rel=1e-6)
    done = run("solve_bloom", *flags, "--set=fixed_labor_cost=0.05")
    assert done.returncode == 1
    assert "fixed_labor_cost" in done.stderr
    assert json.loads((directory / "run.json").read_text())["calibration"]["fixed_labor_cost"] == 0.096


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
def test_an_export_is_measured_and_verified_from_its_own_files(grid, tmp_path):
    directory, _, flags = grid
    shocks = next(flag for flag in flags if flag.startswith("--shocks"))
    numbers = json.loads((directory / "diagnostics.json").read_text())
    found = tmp_path / "errors.json"
    done = run("evaluate", f"--model_dir={directory / 'saved_model'}", "--reference=false", shocks, f"--json={found}")
    assert done.returncode == 0, done.stderr
    again = json.loads(found.read_text())
    assert {name: again[name] for name in ("sd_output", "rules_error")} == pytest.approx(
        {name: numbers[name] for name in ("sd_output", "rules_error")}, rel=1e-9
    )
