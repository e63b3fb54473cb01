"""The export-entry program as a user runs it: what it leaves behind, and one line for input that is wrong."""

import csv
import json

import numpy as np
import pytest

from hetkeras.saved_model import read_metadata
from tests.apps.many_runs import finished, run

SMALL = ["--set=num_destinations=2", "--width=16", "--latent=8", "--solver=num_steps=300", "--solver=batch_size=32"]
GEOGRAPHY = (
    "destination,language,agreement,revenue,mean_cost,entry_cost,first_loading,second_loading,latitude,longitude"
)
BROKEN = f"{GEOGRAPHY}\nA,en,eu,1,0.8,0.8,0.1,0.1,10,10\nB,en,eu,1,0.8,,0.1,0.1,12,10\n"
REFUSED = {
    "rate": (["--set=opportunity_rate=0"], ("opportunity_rate is 0.0", "expected above 0, per year")),
    "discount": (["--set=discount_rate=-0.1"], ("discount_rate is -0.1",)),
    "shape of C": (["--set=complementarity=0,0.1,0.2"], ("complementarity has 3 numbers", "expected 1 or 100")),
    "diagonal of C": (
        ["--set=num_destinations=2", "--set=complementarity=1,0,0,1"],
        ("complementarity has 2 entries on its diagonal",),
    ),
    "nan": (["--set=entry_cost=nan"], ("entry_cost is (nan,)", "expected finite float entries")),
    "unknown field": (["--set=entry_kost=1"], ("no field 'entry_kost'", "did you mean 'entry_cost'")),
    "factors": (["--set=num_factors=11"], ("num_factors is 11", "expected from 1 to 10")),
    "memory": (
        ["--solver=batch_size=1000000", "--width=4000"],
        ("GiB", "choose a smaller batch with --solver=batch_size="),
    ),
    "subsets": (["--solver=flip_draws=11"], ("flip_draws is 11 with 10 elements", "at most as many")),
    "setting": (["--solver=spam=1"], ("JumpSettings has no field 'spam'",)),
    "no map": (["--geography=missing.csv"], ("missing.csv cannot be read", "expected one row a destination")),
}


def columns(path):
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    directory = tmp_path_factory.mktemp("runs") / "solved"
    done = run("solve_export_entry", f"--run_dir={directory}", *SMALL)
    finished(done)
    return directory, done


def test_a_solve_leaves_everything_and_one_verdict(solved):
    directory, done = solved
    names = {entry.name for entry in directory.iterdir()}
    files = {"run.json", "diagnostics.json", "report.html", "checks.csv", "elements.csv", "losses.csv"}
    assert files | {"entry_probability.csv", "transition.csv", "checkpoints", "tensorboard", "saved_model"} <= names
    numbers, checks = json.loads((directory / "diagnostics.json").read_text()), columns(directory / "checks.csv")
    assert numbers["converged"] == (set(checks["verdict"]) == {"PASS"})
    assert f"converged: {numbers['converged']}" in done.stdout
    assert read_metadata(directory / "saved_model")["measured"] == numbers
    assert "Traceback" not in done.stderr


def test_its_tables_are_those_of_the_model(solved):
    directory, _ = solved
    elements = {name: np.array(values, float) for name, values in columns(directory / "elements.csv").items()}
    assert elements["contribution"].tolist() == [0.02, 0.02]
    assert elements["revenue"].tolist() == [1, 1]
    path = {name: np.array(values, float) for name, values in columns(directory / "transition.csv").items()}
    assert path["time"][-1] == pytest.approx(30, abs=0.5)
    assert path["active_shocked"][:5].mean() < path["active_usual"][:5].mean()  # costs are higher
    net = path["entries_usual"] - path["exits_usual"]
    moved = np.diff(path["active_usual"]) * 2
    assert moved == pytest.approx(net[1:] * np.diff(path["time"]), abs=0.03)  # luck: 4,000 firms, .17 flips of each
    assert path["exits_usual"].mean() == pytest.approx(0.1 * 2 * path["active_usual"].mean(), rel=0.03)
    taken = {name: np.array(values, float) for name, values in columns(directory / "entry_probability.csv").items()}
    assert taken["taken_0"][0] == 1
    assert taken["taken_0"][-1] == 0


def test_measuring_again_gives_the_same_numbers(solved, tmp_path):
    directory, _ = solved
    done = run("evaluate", f"--model_dir={directory / 'saved_model'}", f"--json={tmp_path / 'errors.json'}")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "errors.json").read_text())
    recorded = json.loads((directory / "diagnostics.json").read_text())
    for name in ("value_at_rest", "residual_own_rms", "policy_value", "value_error_rms"):
        assert found[name] == pytest.approx(recorded[name], rel=1e-4), name


def refused(directory, flags, words):
    """A solve with wrong input is one clear line and leaves nothing."""
    done = run("solve_export_entry", f"--run_dir={directory / 'run'}", *flags)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.split("error: ")) == 2
    for word in words:
        assert word in done.stderr, done.stderr
    assert not (directory / "run").exists()


@pytest.mark.parametrize("name", [*REFUSED, "missing cell"])
def test_wrong_input_is_one_clear_line_and_leaves_nothing(tmp_path, name):
    if name in REFUSED:
        refused(tmp_path, *REFUSED[name])
    else:
        broken = tmp_path / "broken.csv"
        broken.write_text(BROKEN, encoding="utf-8")
        refused(tmp_path, [f"--geography={broken}"], ("line 3", "entry_cost is missing"))
