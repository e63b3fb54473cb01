"""The lumpy-investment program as a user runs it: what it leaves behind, and one line for input that is wrong."""

import csv
import json
import shutil

import numpy as np
import pytest

from hetkeras.diagnosis.check import at_most
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.methods.krusell_smith.aggregate_paths import DATA
from hetkeras.methods.krusell_smith.lumpy.verbs import LumpyMethod
from hetkeras.saved_model import read_metadata
from tests import forked
from tests.apps.many_runs import ROOT, finished, run


def write_shocks(path, states, column="aggregate_index"):
    path.write_text("\n".join([column, *map(str, states)]) + "\n", encoding="utf-8")
    return path


def published_shocks(periods):
    with (DATA / "terry_2017_shocks.csv").open(encoding="utf-8") as stream:
        return [int(row["aggregate_index"]) for row in csv.DictReader(stream)][:periods]


def columns(path):
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


FOUND = Diagnosis({"rules_error": 0.0625}, (at_most("rules_error", 0.0625, 0.005, "more rounds"),), {})


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    directory = tmp_path_factory.mktemp("runs")
    shocks = write_shocks(directory / "shocks.csv", published_shocks(700))
    flags = ["--method=grid", f"--shocks={shocks}", "--reference=false", "--pairs=0", "--solver=tolerance=2e-4"]
    done = run("solve_khan_thomas", f"--run_dir={directory / 'solved'}", *flags)
    finished(done)
    return directory / "solved", done, flags


BAD_FLAGS = [
    ("grid", "--set=largest_cost=0", ("largest_cost is 0.0", "above 0", "free adjustment")),
    ("grid", "--set=discount_factor=1.0", ("discount_factor is 1.0", "strictly between 0 and 1")),
    ("grid", "--set=depretiation=0.07", ("no field 'depretiation'", "did you mean 'depreciation'")),
    ("grid", "--solver=unknown=1", ("GridSettings has no field 'unknown'", "Known fields")),
    ("neural", "--solver=unknown=1", ("KrusellSmithSettings has no field 'unknown'", "Known fields")),
]
BAD_SHOCKS = {
    "out of range": (
        [2] * 400 + [5] + [2] * 300,
        "aggregate_index",
        ("line 402: aggregate_index is no index", "indices from 0 to 4"),
    ),
    "no column": (
        [2] * 700,
        "state",
        ("lacks the column aggregate_index", "expected indices from 0 to 4 of aggregate states, one a row"),
    ),
    "too short": ([2] * 600, "aggregate_index", ("has 600 periods; expected more than 600",)),
    "missing": (None, "aggregate", ("missing.csv cannot be read", "expected a column 'aggregate_index'")),
}
BAD_RULES = {"missing": "cannot be read: No such file", "nan": "line 4: the cell of price_slope is missing"}


# --- a classical solve ---------------------------------------------------------------------------------------
def test_a_solve_leaves_everything_and_says_where(solved):
    directory, done, _ = solved
    names = {entry.name for entry in directory.iterdir()}
    files = {"run.json", "diagnostics.json", "report.html", "checks.csv", "simulation.csv"}
    assert files | {"value_slice.csv", "policy_slice.csv", "checkpoints", "tensorboard", "saved_model"} <= names
    assert "impulse_response.csv" not in names
    assert not [name for name in names if name.startswith(".saved_model")]
    about = json.loads((directory / "run.json").read_text())
    assert about["model"] == "KhanThomas"
    assert about["calibration"]["largest_cost"] == 0.0083
    assert str(directory / "saved_model") in done.stdout
    assert "Traceback" not in done.stderr
    assert "note: aggregate_chain has persistence 0.8419 where 0.859 is asked for, standard deviation" in done.stderr


def test_the_verdict_is_the_same_everywhere(solved):
    directory, done, _ = solved
    numbers = json.loads((directory / "diagnostics.json").read_text())
    checks = columns(directory / "checks.csv")
    assert numbers["converged"] == (set(checks["verdict"]) == {"PASS"})
    assert f"converged: {numbers['converged']}" in done.stdout
    assert (numbers["reason"] is None) == numbers["converged"]
    measured = read_metadata(directory / "saved_model")["measured"]
    assert measured == numbers
    assert numbers["cleared"] == 1
    assert numbers["excess_demand_max"] < 1e-6
    assert numbers["bellman_error_demeaned"] < 2e-5  # the rules move once more after the last Bellman equation
    assert 2 <= numbers["rounds"] <= 30
    assert "reference_gap_price" not in numbers


def test_the_tables_are_those_of_the_simulation(solved):
    directory, _, _ = solved
    table = {name: np.array(values, float) for name, values in columns(directory / "simulation.csv").items()}
    numbers = json.loads((directory / "diagnostics.json").read_text())
    assert table["aggregate_index"].astype(int).tolist() == published_shocks(700)
    assert table["mean_capital"][500:-1].mean() == pytest.approx(numbers["mean_capital"], rel=1e-9)
    assert numbers["periods"] == 200
    kept = 0.931 * table["mean_capital"] + table["investment"]
    np.testing.assert_allclose(table["mean_capital"][2:], kept[1:-1], rtol=1e-8)  # at first some are at the lowest node
    targets = {name: np.array(values, float) for name, values in columns(directory / "policy_slice.csv").items()}
    assert set(targets) == {"price", "mean_capital", *(f"target_{e}" for e in range(1, 6))}
    assert (np.diff(targets["target_3"]) < 0).all()
    values = {name: np.array(values, float) for name, values in columns(directory / "value_slice.csv").items()}
    assert (np.diff(values["value_3"]) > 0).all()


@pytest.fixture(scope="module")
def again(solved, tmp_path_factory):
    """The same command once more in a copy; what it exports is measured in a test below, here it finds FOUND."""
    whole, _, flags = solved
    directory = shutil.copytree(whole, tmp_path_factory.mktemp("again") / "finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LumpyMethod, "measure", lambda *_: FOUND)
        done = run("solve_khan_thomas", f"--run_dir={directory}", *flags, "--report=false")
    finished(done)
    return directory


def test_a_finished_run_is_measured_again_and_not_solved_again(solved, again):
    before, after = (json.loads((each / "diagnostics.json").read_text()) for each in (solved[0], again))
    assert after["rounds"] == before["rounds"]
    assert after["train_seconds"] == before["train_seconds"]
    assert after["rules_error"] == 0.0625 != before["rules_error"]


def test_another_calibration_in_the_same_directory_is_refused(solved):
    directory, _, flags = solved
    done = run("solve_khan_thomas", f"--run_dir={directory}", *flags, "--set=depreciation=0.07")
    refused(done, "belongs to another run", "calibration.depreciation: 0.069 there, 0.07 now")


# --- what is refused -----------------------------------------------------------------------------------------
def refused(done, *words):
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert lines[0].startswith("error: "), done.stderr
    assert len(done.stderr.split("error: ")) == 2
    for word in words:
        assert word in done.stderr, done.stderr


def refused_at_once(tmp_path, *flags, words):
    """A solve with wrong input; returns its outcome."""
    done = run("solve_khan_thomas", f"--run_dir={tmp_path / 'run'}", *flags)
    refused(done, *words)
    assert not (tmp_path / "run").exists()
    return done


@pytest.mark.parametrize("number", range(len(BAD_FLAGS)))
def test_flags_out_of_range_are_one_clear_line(tmp_path, number):
    method, flag, words = BAD_FLAGS[number]
    refused_at_once(tmp_path, f"--method={method}", flag, words=words)


@pytest.mark.parametrize("name", BAD_SHOCKS)
def test_shocks_that_are_no_path_are_one_clear_line(tmp_path, name):
    (states, column, words), file = BAD_SHOCKS[name], tmp_path / "missing.csv"
    if states is not None:
        file = write_shocks(tmp_path / f"{name}.csv", states, column)
    refused_at_once(tmp_path, "--method=grid", f"--shocks={file}", words=(*words, str(file)))


@pytest.mark.parametrize("name", BAD_RULES)
def test_first_rules_that_are_none_are_one_clear_line(tmp_path, name):
    file = tmp_path / f"rules_{name}.csv"
    if name == "nan":
        lines = (DATA / "terry_2017_rules.csv").read_text(encoding="utf-8").splitlines()
        lines[3] = lines[3].rsplit(",", 1)[0] + ",nan"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    refused_at_once(tmp_path, "--method=grid", f"--first_rules={file}", words=(BAD_RULES[name], str(file)))


def test_bad_input_of_a_program_of_its_own_ends_it_alike(tmp_path):
    """What the tests above take for granted, which run in one process."""
    method, flag, words = BAD_FLAGS[0]
    done = refused_at_once(tmp_path, f"--method={method}", flag, words=words)
    alone = forked.run(["-m", "apps.solve_khan_thomas", *done.args[1:]], ROOT)
    assert (alone.returncode, alone.stdout, alone.stderr) == (done.returncode, done.stdout, done.stderr)


# --- measured again ------------------------------------------------------------------------------------------
def test_evaluate_measures_the_same_numbers(solved, again, tmp_path):
    """Of what the finished run exported once more."""
    directory, _, flags = solved
    shocks = next(flag for flag in flags if flag.startswith("--shocks="))
    model, file = f"--model_dir={again / 'saved_model'}", tmp_path / "errors.json"
    done = run("evaluate", model, f"--json={file}", shocks, "--reference=false")
    assert done.returncode == 0, done.stderr
    found, recorded = (json.loads(each.read_text()) for each in (file, directory / "diagnostics.json"))
    assert (found["converged"], found["reason"]) == (recorded["converged"], recorded["reason"])
    for name, number in found.items():
        if isinstance(number, float):
            assert number == pytest.approx(recorded[name], rel=1e-5, abs=1e-10), name
    assert found["mean_capital"] == pytest.approx(recorded["mean_capital"], rel=1e-7)


def test_evaluate_refuses_shocks_that_are_no_path(solved, tmp_path):
    shocks, file = write_shocks(tmp_path / "shocks.csv", [2] * 650 + [9]), tmp_path / "errors.json"
    done = run("evaluate", f"--model_dir={solved[0] / 'saved_model'}", f"--json={file}", f"--shocks={shocks}")
    refused(done, "line 652: aggregate_index is no index", "indices from 0 to 4")
    assert not file.exists()


def test_evaluate_refuses_what_is_not_its_own(tmp_path):
    refused(run("evaluate", f"--model_dir={tmp_path}"), "not a SavedModel of hetkeras")
