"""The program for production networks as a user runs it: what it leaves behind, one line for wrong input."""

import json
import re

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from hetkeras.analysis.production_network.verbs import ProductionNetworkMethod
from hetkeras.diagnosis.check import at_most
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.report.runs.network_page import FILES
from hetkeras.saved_model import read_metadata
from tests.apps.many_runs import finished, run, stepwise

SMALL = ["--table=none", "--set=num_sectors=2", "--set=shares=0.3", "--set=num_factors=1", "--width=8", "--latent=4"]
SMALL += ["--set=productivity_loadings=0.05", "--solver=num_steps=1", "--solver=warmup_steps=0"]
SMALL += ["--solver=batch_size=32"]
SQUARE = "sector,consumption_share,farms,mills\nfarms,0.5,0.1,0.2\nmills,0.5,0.3,0.1\n"
TABLES = {
    "missing": (None, "cannot be read"),
    "not square": (SQUARE.replace("farms,mills\n", "farms,mines\n"), "is not square"),
    "no number": (SQUARE.replace("0.3", "much"), "line 3: column 3 is no plain number"),
    "shares of one": (SQUARE.replace("0.3", "0.9"), "shares of inputs sum to 1 in sector 1"),
    "consumption": (SQUARE.replace("farms,0.5", "farms,0.7"), "consumption_shares sum to 1.2; expected 1"),
}
BAD = [
    (["--set=num_sectors=1"], "num_sectors is 1; expected from 2"),
    (["--set=sectors=3"], "no field 'sectors'"),
    (["--set=discount_rate=nan"], "discount_rate is nan"),
    (["--solver=flip_draws=3"], "flip_draws is 3 where flips take turns"),
    (["--solver=batch_size=3"], "must give even numbers of states"),
    (["--decides=users", "--network=dense"], "network is 'dense' where 5 sectors decide themselves; expected 'links'"),
    (["--decides=users", "--set=joint=1"], "--set=joint=1 with --decides=users; expected --decides=pairs"),
    (["--decides=users", "--set=risk_aversion=2"], "expected 1: delegates care for log unit costs"),
]


TURNS, PATHS = "methods.jump_diffusion.switching.diagnosis", "analysis.production_network.network_paths"
SIZES = {f"{TURNS}.PATHS": 32, f"{PATHS}.EVENTS": 60, f"{PATHS}.TIMES": (0, 1, 5, 20)}


def solve(directory, *flags):
    """With fewer paths in what is measured."""
    with stepwise(), pytest.MonkeyPatch.context() as patch:
        for name, size in SIZES.items():
            patch.setattr(f"hetkeras.{name}", size)
        return run("solve_production_network", f"--run_dir={directory}", *flags)


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    directory = tmp_path_factory.mktemp("networks") / "solved"
    return directory, solve(directory, *SMALL)


@pytest.fixture
def measured_at_once(monkeypatch):
    """Measuring takes longer than all else; where it is not asked about, it finds this."""
    numbers = {"residual_own_rms": 0.0625}
    found = Diagnosis(numbers, (at_most("residual_own_rms", 0.0625, 0.03, "train longer"),), {})
    monkeypatch.setattr(ProductionNetworkMethod, "measure", lambda *_: found)


def test_a_feed_forward_network_is_solved_and_exported_alike(measured_at_once, tmp_path):
    done = solve(tmp_path / "dense", *SMALL, "--network=dense", "--report=false")
    finished(done)
    assert read_metadata(tmp_path / "dense" / "saved_model")["training"]["network"] == "DenseRegimeValue"


def test_a_solve_leaves_everything_and_its_verdict_is_the_same_everywhere(solved):
    directory, done = solved
    finished(done)
    names = {entry.name for entry in directory.iterdir()}
    assert {"run.json", "diagnostics.json", "report.html", "checks.csv", "saved_model", *FILES} <= names
    numbers = json.loads((directory / "diagnostics.json").read_text())
    metadata = read_metadata(directory / "saved_model")  # it was loaded to be measured
    assert metadata["measured"] == numbers
    assert metadata["calibration"]["num_sectors"] == 2
    assert numbers["converged"] is ("FAIL" not in (directory / "checks.csv").read_text())
    assert f"converged: {numbers['converged']}" in done.stdout
    assert 0 <= numbers["decisions_right"] <= 1
    assert numbers["policy_worth_error"] > 0
    assert numbers["signature_gap"] < 1e-5
    assert numbers["frozen_network_consumption"] != 0
    assert (directory / "report.html").read_text(encoding="utf-8").count("data:image/svg+xml") == 4


def test_sectors_that_decide_themselves_are_solved_and_shown_alike(tmp_path):
    directory = tmp_path / "game"
    done = solve(directory, *SMALL, "--decides=pairs", "--set=link_cost=0.1")
    finished(done)
    metadata = read_metadata(directory / "saved_model")
    assert metadata["model"] == "LinkFormationGame"
    assert metadata["calibration"]["joint"] == 1
    assert 0 <= metadata["measured"]["decisions_right"] <= 1
    page = (directory / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml") == 4
    assert "the pair does not want" in page


def test_tensorboard_shows_economics_while_it_trains(solved):
    directory, _ = solved
    events = EventAccumulator(str(directory / "tensorboard"))
    events.Reload()
    shown = {tag.removeprefix("economics/") for tag in events.Tags()["tensors"] if tag.startswith("economics/")}
    residuals = {f"residual_q{q}" for q in (50, 95, 99)}
    assert shown - {"value_error"} == residuals | {
        *("value_at_rest_none", "value_at_rest_all", "active_share", "accepted_share")
    }


def test_a_finished_run_is_measured_again_and_another_calibration_is_refused(solved, measured_at_once):
    directory, _ = solved
    before = json.loads((directory / "diagnostics.json").read_text())
    done = solve(directory, *SMALL, "--report=false")
    finished(done)
    assert re.search(r"residual_own_rms +6\.25 % +<= 3 % +FAIL", done.stdout)
    after = json.loads((directory / "diagnostics.json").read_text())
    assert after["residual_own_rms"] == 0.0625 != before["residual_own_rms"]
    assert after["train_seconds"] == before["train_seconds"]
    done = solve(directory, *SMALL, "--set=risk_aversion=3")
    assert done.returncode == 1
    assert "risk_aversion" in done.stderr


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, (_, words) in TABLES.items()])
def test_a_wrong_table_is_told_in_a_line_and_leaves_nothing(tmp_path, name, words):
    if TABLES[name][0] is not None:
        (tmp_path / "table.csv").write_text(TABLES[name][0])
    done = solve(tmp_path / "run", f"--table={tmp_path / 'table.csv'}")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("number", range(len(BAD)))
def test_wrong_flags_are_told_in_a_line_and_leave_nothing(tmp_path, number):
    done = solve(tmp_path / "run", "--table=none", *BAD[number][0])
    assert done.returncode == 1
    assert BAD[number][1] in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
