"""The program for firms with branches as a user runs it, on a tiny economy: both methods, resuming, wrong input."""

import csv
import json
import math
import shutil

import numpy as np
import pytest

from apps.branch_measuring import BranchPlan
from apps.measuring import measure
from apps.outputs import write_outputs
from hetkeras.diagnostics.business_cycle import AGGREGATES, business_cycle_moments
from hetkeras.run_directory import RunDirectory
from hetkeras.saved_model import load
from tests.apps.many_runs import run
from tests.small_branches import MODEL

FIELDS = ("num_aggregate", "num_idiosyncratic", "num_capital", "smallest_capital", "depreciation", "num_labor")
SMALL = {name: getattr(MODEL, name) for name in (*FIELDS, "separation")}
SMALL |= {"smallest_mean_capital": 0.2, "greatest_mean_capital": 4.0}
PERIODS = 640


def columns(path):
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.fixture(scope="module")
def common(tmp_path_factory):
    """Flags of all runs: the small calibration and a path of shocks."""
    file = tmp_path_factory.mktemp("shocks") / "shocks.csv"
    states = MODEL.aggregate_chain.paths(4, np.random.default_rng(1).uniform(size=PERIODS))
    file.write_text("\n".join(["aggregate", *map(str, states)]) + "\n", encoding="utf-8")
    return [f"--shocks={file}", *(f"--set={name}={value}" for name, value in SMALL.items())]


@pytest.fixture(scope="module")
def grid(common, tmp_path_factory):
    """A classical solve."""
    directory = tmp_path_factory.mktemp("grid") / "run"
    flags = [
        f"--run_dir={directory}",
        "--method=grid",
        "--economies=3",
        "--solver=num_mean_capital=5",
        "--solver=max_rounds=4",
        *common,
    ]
    done = run("solve_bloom", *flags)
    assert done.returncode == 0, done.stderr
    return directory, done, flags


NEURAL = ["--width=16", "--policy_width=8", "--depth=1", "--solver=first_steps=40", "--fixed_rules"]
NEURAL += ["--solver=batch_size=32", "--solver=warmup_steps=20", "--report=false"]
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
    files = {"run.json", "diagnostics.json", "report.html", "checks.csv", "rules.csv", "uncertainty_shock.csv"}
    assert files | tables | {"checkpoints", "tensorboard", "saved_model"} <= names
    assert json.loads((directory / "run.json").read_text())["model"] == "Bloom"
    assert "MiB of memory" in done.stdout
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
    assert len(columns(directory / "uncertainty_shock.csv")["period"]) == 100


def test_a_finished_run_is_measured_again_and_another_calibration_is_refused(grid, tmp_path):
    directory, _, flags = grid
    copy = shutil.copytree(directory, tmp_path / "finished")
    done = run("solve_bloom", f"--run_dir={copy}", *flags[1:], "--economies=0", "--report=false")
    assert done.returncode == 0, done.stderr
    first, again = (json.loads((place / "diagnostics.json").read_text()) for place in (directory, copy))
    names = ("sd_output", "rules_error", "value_lost_mean", "den_haan_price_max", "train_seconds")
    assert [again[name] for name in names] == pytest.approx([first[name] for name in names], rel=1e-6)
    done = run("solve_bloom", *flags, "--set=fixed_labor_cost=0.05")
    assert done.returncode == 1
    assert "fixed_labor_cost" in done.stderr
    assert json.loads((directory / "run.json").read_text())["calibration"]["fixed_labor_cost"] == 0.096


# --- networks ------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def networks(grid, common, tmp_path_factory):
    """A solve by networks, as short as it can be."""
    directory, rules = tmp_path_factory.mktemp("networks") / "run", grid[0] / "rules.csv"
    done = run("solve_bloom", f"--run_dir={directory}", *NEURAL, f"--first_rules={rules}", *common)
    assert done.returncode == 0, done.stderr
    return directory


def test_networks_start_from_the_rules_of_another_run(grid, networks):
    numbers = json.loads((networks / "diagnostics.json").read_text())
    assert numbers["steps"] == 40
    assert numbers["converged"] is False  # hardly trained
    assert (networks / "rules.csv").read_bytes() == (grid[0] / "rules.csv").read_bytes()
    assert "classified" not in numbers


def test_networks_are_compared_with_exact_choices(networks, common):
    plan = BranchPlan(common[0].removeprefix("--shocks="), reference="nodes")
    measured = measure(load(networks / "saved_model"), branches=plan)
    write_outputs(RunDirectory(networks), measured, {}, True)
    numbers = json.loads((networks / "diagnostics.json").read_text())
    assert numbers["points"] == math.prod((12, 10, 3, 14, 11))
    assert 0 < numbers["classified_strictly"] <= numbers["classified"] < 1
    table = {name: np.array(values, float) for name, values in columns(networks / "branch_simulation.csv").items()}
    gap = np.abs(np.log(table["price"] / table["reference_price"]))[500:-1].mean()
    assert numbers["reference_gap_price"] == pytest.approx(gap, rel=1e-9)
    assert gap > 0
    exact = {name: table[f"reference_{name}"][500:-1] for name in AGGREGATES}
    assert numbers["reference_sd_output"] == pytest.approx(business_cycle_moments(exact, 1600.0)["sd_output"], rel=1e-9)
    assert "Exact choices of firms that expect the same" in (networks / "report.html").read_text()


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
