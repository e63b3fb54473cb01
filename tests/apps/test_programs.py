"""The programs as a user runs them: subprocesses, their exit status, what they leave behind."""

import json
import re
import shutil
import signal
from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.methods.euler_residual.verbs import EulerResidualMethod
from hetkeras.saved_model import load, read_metadata
from tests import forked
from tests.apps.investment_program import BAD_INPUT, alone, refused
from tests.apps.many_runs import ROOT, run, stepwise

TINY = ["--network=identity", "--width=16", "--rho_depth=2", "--set=num_firms=8"]
SOLVED = [*TINY, "--steps=300", "--learning_rate=0.003"]


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    directory = tmp_path_factory.mktemp("runs") / "solved"
    done = alone("solve_investment", f"--run_dir={directory}", *SOLVED)
    assert done.returncode == 0, done.stderr
    return directory, done


KILLED = """
import os, runpy, signal, sys
import hetkeras.command_line.device
from hetkeras.training.progress_bar import ProgressBar
show = ProgressBar.__call__
def show_and_die(bar, progress):
    show(bar, progress)
    if progress.step == 200:  # the checkpoint of this chunk is yet to come
        os.kill(os.getpid(), signal.SIGKILL)
ProgressBar.__call__ = show_and_die
runpy.run_module("apps.solve_investment", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A solve as `solved` that is killed: what came of it, what was left."""
    directory = tmp_path_factory.mktemp("interrupted") / "run"
    flags = [f"--run_dir={directory}", *SOLVED, "--report=false", "--checkpoint_seconds=0"]
    done = forked.run(["-c", KILLED, *flags], ROOT)
    return SimpleNamespace(directory=directory, flags=flags, done=done, left=files(directory))


FULL = """
import resource, runpy, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))
runpy.run_module("apps.solve_investment", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def full(killed):
    """It meets a full disk when it is resumed."""
    (killed.directory / ".saved_model.hetkeras-killed").mkdir()  # what a kill in mid-export leaves
    done = forked.run(["-c", FULL, *killed.flags], ROOT)
    return SimpleNamespace(done=done, left=files(killed.directory))


@pytest.fixture(scope="module")
def resumed(killed, full):
    """Then it is resumed with a disk that has room."""
    return alone("solve_investment", *killed.flags)


def files(directory):
    return {str(entry.relative_to(directory)) for entry in directory.rglob("*")}


def test_a_solve_leaves_everything_and_says_where(solved):
    directory, done = solved
    names = {entry.name for entry in directory.iterdir()}
    assert {"run.json", "checkpoints", "tensorboard", "saved_model", "diagnostics.json", "report.html"} <= names
    about = json.loads((directory / "run.json").read_text())
    assert about["model"] == "Investment"
    assert about["calibration"]["num_firms"] == 8
    assert about["device"].startswith(("CPU", "GPU"))
    numbers = json.loads((directory / "diagnostics.json").read_text())
    assert numbers["converged"] is True
    assert numbers["policy_error_mean"] < 1e-3
    assert numbers["signature_gap"] < 1e-5
    assert "converged: True" in done.stdout
    assert "PASS" in done.stdout
    assert str(directory / "saved_model") in done.stdout
    assert "converged" in (directory / "report.html").read_text().lower()
    assert read_metadata(directory / "saved_model")["measured"]["converged"] is True


def test_evaluate_measures_the_same_numbers(solved, tmp_path):
    directory, _ = solved
    done = run("evaluate", f"--model_dir={directory / 'saved_model'}", f"--json={tmp_path / 'errors.json'}")
    assert done.returncode == 0, done.stderr
    measured = json.loads((tmp_path / "errors.json").read_text())
    recorded = json.loads((directory / "diagnostics.json").read_text())
    assert measured["converged"] is True
    assert measured["policy_error_mean"] == pytest.approx(recorded["policy_error_mean"], rel=1e-3)


def test_verify_passes_a_solution_and_fails_one_that_is_not(solved, tmp_path):
    unfinished = tmp_path / "run"
    flags = [f"--run_dir={unfinished}", *TINY, "--steps=5", "--report=false"]
    with stepwise():
        assert run("solve_investment", *flags).returncode == 3
    assert run("solve_investment", *flags, "--allow_unconverged").returncode == 0
    assert json.loads((unfinished / "diagnostics.json").read_text())["converged"] is False
    right, wrong = (run("verify", f"--model_dir={each / 'saved_model'}") for each in (solved[0], unfinished))
    assert right.returncode == 0, right.stdout
    assert "0 failed" in right.stdout
    (line,) = [line for line in solved[1].stdout.splitlines() if re.match(r"policy_error_mean .* PASS", line)]
    expected = re.search(r"<= \S+ %", line).group()  # of the table of a solve: verify has the same units
    assert re.search(rf"policy_error_mean +\S+ % +{expected} +PASS", right.stdout), line
    assert wrong.returncode == 1
    assert "FAIL" in wrong.stdout


def test_verify_takes_parts_by_name_and_refuses_others(monkeypatch):
    found = Diagnosis({"policy_error_mean": 1.0}, (), {})
    monkeypatch.setattr(EulerResidualMethod, "measure", lambda *_: found)
    done = run("verify", "--only=investment_linear_n128")
    assert done.returncode == 1
    (row, last) = [line for line in done.stdout.splitlines()[2:] if line]
    assert re.fullmatch(r"investment_linear_n128 +policy_error_mean: distance to the metadata's +1 +<= .+ FAIL", row)
    assert last == "0 passed, 1 failed"
    refused(run("verify", "--only=references,bloome"), "--only=bloome", "did you mean 'bloom'?")
    refused(run("verify", "--only=bloom", "--model_dir=nowhere"), "give one of the two")
    refused(run("verify", "--model_dir=nowhere"), "nowhere is no directory; expected that of a SavedModel")
    assert run("verify", "nowhere").stderr.endswith("nowhere is no directory; expected that of a SavedModel\n")
    refused(run("verify", "--trust", "false"), "'false' is one word too many; did you mean --trust=false?")


def test_verify_fails_a_damaged_model(solved, tmp_path):
    shutil.copytree(solved[0] / "saved_model", tmp_path / "damaged")
    (tmp_path / "damaged" / "saved_model.pb").write_bytes(b"")
    done = run("verify", f"--model_dir={tmp_path / 'damaged'}")
    assert done.returncode == 1
    assert "truncated or edited" in done.stdout


def test_report_draws_the_page_again(solved):
    directory, _ = solved
    (directory / "report.html").unlink()
    assert run("report", f"--run_dir={directory}").returncode == 0
    assert (directory / "report.html").stat().st_size > 50_000


def test_another_calibration_in_the_same_directory_is_refused(solved):
    done = run("solve_investment", f"--run_dir={solved[0]}", *SOLVED, "--set=depreciation=0.06")
    refused(done, "belongs to another run", "calibration.depreciation: 0.05 there, 0.06 now")


def test_a_full_disk_is_reported_and_loses_nothing(killed, full):
    """Nor does what was there before: the run ends where a whole run does, see below."""
    assert full.done.returncode != 0
    assert "error: writing failed" in full.done.stderr, full.done.stderr
    assert not {"saved_model", "diagnostics.json"} & full.left
    assert "checkpoints/ckpt-150.index" in full.left


def test_a_killed_run_resumes_and_ends_as_if_nothing_had_happened(solved, killed, resumed):
    assert killed.done.returncode == -signal.SIGKILL
    assert "saved_model" not in killed.left
    assert {"checkpoints/ckpt-100.index", "checkpoints/ckpt-150.index"} <= killed.left
    assert "checkpoints/ckpt-200.index" not in killed.left
    assert resumed.returncode == 0, resumed.stderr
    assert not (killed.directory / ".saved_model.hetkeras-killed").exists()
    capital = np.linspace(0.6, 1.0, 24, dtype=np.float32).reshape(3, 8)
    left, right = (
        load(each / "saved_model").signatures["policy"](capital=capital[:, 0], industry_capital=capital)
        for each in (solved[0], killed.directory)
    )
    np.testing.assert_array_equal(left["investment"], right["investment"])


@pytest.mark.parametrize("case", range(len(BAD_INPUT)))
def test_bad_input_gets_one_clear_line(tmp_path, case):
    flags, words = BAD_INPUT[case]
    place = [] if "--run_dir" in flags[0] else [f"--run_dir={tmp_path / 'run'}"]
    refused(run("solve_investment", *place, *flags), *words)


def test_report_refuses_what_is_not_its_own(tmp_path):
    refused(run("report", f"--run_dir={tmp_path}"), "holds neither")


def test_help_teaches():
    done = run("solve_investment", "--helpshort")
    assert "hetkeras solve investment --run_dir=" in done.stdout
    assert "--set" in done.stdout
