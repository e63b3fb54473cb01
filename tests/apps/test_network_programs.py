"""The program for production networks as a user runs it: what it leaves behind, one line for wrong input."""

import json

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from hetkeras.report.network_page import FILES
from hetkeras.saved_model import load
from tests.apps.many_runs import run_many

SMALL = ["--table=none", "--set=num_sectors=2", "--set=shares=0.3", "--set=num_factors=1", "--width=8", "--latent=4"]
SMALL += ["--set=productivity_loadings=0.05", "--solver=num_steps=60", "--solver=warmup_steps=5"]
SMALL += ["--solver=batch_size=32"]
SQUARE = "sector,consumption_share,farms,mills\nfarms,0.5,0.1,0.2\nmills,0.5,0.3,0.1\n"
TABLES = {
    "missing": (None, "cannot be read"),
    "not square": (SQUARE.replace("farms,mills\n", "farms\n").replace("0.2\n", "\n"), "is not square"),
    "no number": (SQUARE.replace("0.3", "much"), "expected a number"),
    "shares of one": (SQUARE.replace("0.3", "0.9"), "shares of inputs sum to 1 in sector 1"),
    "consumption": (SQUARE.replace("farms,0.5", "farms,0.7"), "consumption_shares sum to 1.2; expected 1"),
}
BAD = [
    (["--set=num_sectors=1"], "num_sectors is 1; expected from 2"),
    (["--set=sectors=3"], "no field 'sectors'"),
    (["--set=discount_rate=nan"], "discount_rate is nan"),
    (["--solver=flip_draws=3"], "flip_draws is 3 where flips take turns"),
    (["--solver=batch_size=3"], "must give even numbers of states"),
    (["--decides=users", "--network=dense"], "--network=dense with --decides=users; expected --network=links"),
    (["--decides=users", "--set=joint=1"], "--set=joint=1 with --decides=users; expected --decides=pairs"),
    (["--decides=users", "--set=risk_aversion=2"], "expected 1: delegates care for log unit costs"),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """All command lines in one process: name -> directory and outcome."""
    place, cases = tmp_path_factory.mktemp("networks"), {}
    cases["solved"] = [*SMALL]
    cases["dense"] = [*SMALL, "--network=dense", "--report=false"]
    cases["game"] = [*SMALL, "--decides=pairs", "--set=link_cost=0.1", "--solver=num_steps=20"]
    cases["again"] = [f"--run_dir={place / 'solved'}", *SMALL, "--report=false"]
    cases["other"] = [f"--run_dir={place / 'solved'}", *SMALL, "--set=risk_aversion=3"]
    for name, (text, _) in TABLES.items():
        file = place / f"{name}.csv"
        if text is not None:
            file.write_text(text)
        cases[name] = [f"--table={file}"]
    for number, (flags, _) in enumerate(BAD):
        cases[f"bad {number}"] = ["--table=none", *flags]
    lines = [flags if "run_dir" in flags[0] else [f"--run_dir={place / name}", *flags] for name, flags in cases.items()]
    done = run_many("solve_production_network", lines)
    return {name: (place / name, outcome) for name, outcome in zip(cases, done, strict=True)}


def test_a_feed_forward_network_is_solved_and_exported_alike(runs):
    directory, done = runs["dense"]
    assert done.returncode == 0, done.stderr
    assert load(directory / "saved_model").metadata["training"]["network"] == "DenseRegimeValue"


def test_a_solve_leaves_everything_and_its_verdict_is_the_same_everywhere(runs):
    directory, done = runs["solved"]
    assert done.returncode == 0, done.stderr
    names = {entry.name for entry in directory.iterdir()}
    assert {"run.json", "diagnostics.json", "report.html", "checks.csv", "saved_model", *FILES} <= names
    numbers = json.loads((directory / "diagnostics.json").read_text())
    loaded = load(directory / "saved_model")
    assert loaded.metadata["measured"] == numbers
    assert loaded.model.num_sectors == 2
    assert numbers["converged"] is ("FAIL" not in (directory / "checks.csv").read_text())
    assert f"converged: {numbers['converged']}" in done.stdout
    assert 0 <= numbers["decisions_right"] <= 1
    assert numbers["policy_worth_error"] > 0
    assert numbers["frozen_network_consumption"] != 0
    assert (directory / "report.html").read_text(encoding="utf-8").count("data:image/png") == 3


def test_sectors_that_decide_themselves_are_solved_and_shown_alike(runs):
    directory, done = runs["game"]
    assert done.returncode == 0, done.stderr
    loaded = load(directory / "saved_model")
    assert loaded.metadata["model"] == "SectorDelegates"
    assert loaded.model.joint == 1
    assert 0 <= loaded.metadata["measured"]["decisions_right"] <= 1
    page = (directory / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 3
    assert "the pair does not want" in page


def test_tensorboard_shows_economics_while_it_trains(runs):
    directory, _ = runs["solved"]
    events = EventAccumulator(str(directory / "tensorboard"))
    events.Reload()
    shown = {tag.removeprefix("economics/") for tag in events.Tags()["tensors"] if tag.startswith("economics/")}
    assert shown == {"value_at_rest_none", "value_at_rest_all", "active_share", "accepted_share"}


def test_a_finished_run_is_measured_again_and_another_calibration_is_refused(runs):
    _, done = runs["again"]
    assert done.returncode == 0, done.stderr
    assert "residual_own_rms" in done.stdout
    _, done = runs["other"]
    assert done.returncode == 1
    assert "risk_aversion" in done.stderr


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, (_, words) in TABLES.items()])
def test_a_wrong_table_is_told_in_a_line_and_leaves_nothing(runs, name, words):
    directory, done = runs[name]
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not directory.exists()


@pytest.mark.parametrize("number", range(len(BAD)))
def test_wrong_flags_are_told_in_a_line_and_leave_nothing(runs, number):
    directory, done = runs[f"bad {number}"]
    assert done.returncode == 1
    assert BAD[number][1] in done.stderr
    assert "Traceback" not in done.stderr
    assert not directory.exists()
