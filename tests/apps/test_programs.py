"""The programs as a user runs them: subprocesses, their exit status, what they leave behind."""

import csv
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hetkeras.saved_model import load

ROOT = Path(__file__).parents[2]
TINY = ["--network=identity", "--width=16", "--rho_depth=2", "--set=num_firms=8"]


def command(program, *flags):
    return [sys.executable, "-m", f"apps.{program}", *map(str, flags)]


def run(program, *flags, **options):
    return subprocess.run(
        command(program, *flags), capture_output=True, text=True, cwd=ROOT, timeout=300, check=False, **options
    )


def refused(done, *words):
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in ("error:", *words)), done.stderr


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    directory = tmp_path_factory.mktemp("runs") / "solved"
    done = run("solve_investment", f"--run_dir={directory}", *TINY, "--steps=1500", "--learning_rate=0.003")
    assert done.returncode == 0, done.stderr
    return directory, done


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
    assert "converged: True" in done.stdout
    assert "PASS" in done.stdout
    assert str(directory / "saved_model") in done.stdout
    assert "converged" in (directory / "report.html").read_text().lower()
    assert load(directory / "saved_model").metadata["measured"]["converged"] is True


def test_evaluate_measures_the_same_numbers(solved, tmp_path):
    directory, _ = solved
    done = run("evaluate", f"--model_dir={directory / 'saved_model'}", f"--json={tmp_path / 'errors.json'}")
    assert done.returncode == 0, done.stderr
    measured = json.loads((tmp_path / "errors.json").read_text())
    recorded = json.loads((directory / "diagnostics.json").read_text())
    assert measured["converged"] is True
    assert measured["policy_error_mean"] == pytest.approx(recorded["policy_error_mean"], rel=1e-3)


def test_verify_passes_a_solution_and_fails_one_that_is_not(solved, tmp_path):
    directory, _ = solved
    done = run("verify", f"--model_dir={directory / 'saved_model'}")
    assert done.returncode == 0, done.stdout
    assert "0 failed" in done.stdout
    unfinished = tmp_path / "unfinished"
    assert run("solve_investment", f"--run_dir={unfinished}", *TINY, "--steps=20", "--report=false").returncode == 0
    assert json.loads((unfinished / "diagnostics.json").read_text())["converged"] is False
    done = run("verify", f"--model_dir={unfinished / 'saved_model'}")
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    (unfinished / "saved_model" / "saved_model.pb").write_bytes(b"")
    done = run("verify", f"--model_dir={unfinished / 'saved_model'}")
    assert done.returncode == 1
    assert "truncated or edited" in done.stdout


def test_report_draws_the_page_again(solved):
    directory, _ = solved
    (directory / "report.html").unlink()
    assert run("report", f"--run_dir={directory}").returncode == 0
    assert (directory / "report.html").stat().st_size > 50_000


def test_another_calibration_in_the_same_directory_is_refused(solved):
    directory, _ = solved
    done = run("solve_investment", f"--run_dir={directory}", *TINY, "--steps=1500", "--set=depreciation=0.06")
    refused(done, "belongs to another run", "calibration.depreciation: 0.05 there, 0.06 now")


def test_a_killed_run_resumes_and_ends_as_if_nothing_had_happened(tmp_path):
    flags = [*TINY, "--steps=6000", "--report=false", "--checkpoint_seconds=0.1"]
    whole = run("solve_investment", f"--run_dir={tmp_path / 'whole'}", *flags)
    assert whole.returncode == 0, whole.stderr
    killed = tmp_path / "killed"
    process = subprocess.Popen(command("solve_investment", f"--run_dir={killed}", *flags), cwd=ROOT)
    deadline = time.monotonic() + 120
    while not list(killed.glob("checkpoints/*.index")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "saved_model").exists()
    (killed / ".saved_model.hetkeras-killed").mkdir()  # what a kill in mid-export leaves
    resumed = run("solve_investment", f"--run_dir={killed}", *flags)
    assert resumed.returncode == 0, resumed.stderr
    assert not (killed / ".saved_model.hetkeras-killed").exists()
    capital = np.linspace(0.6, 1.0, 24, dtype=np.float32).reshape(3, 8)
    left, right = (
        load(tmp_path / name / "saved_model").signatures["policy"](capital=capital[:, 0], industry_capital=capital)
        for name in ("whole", "killed")
    )
    np.testing.assert_array_equal(left["investment"], right["investment"])


def test_a_full_disk_is_reported_and_loses_nothing(tmp_path):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    flags = [f"--run_dir={tmp_path / 'run'}", *TINY, "--width=64", "--steps=100", "--report=false"]
    done = run("solve_investment", *flags, preexec_fn=small_files)
    assert done.returncode != 0
    assert "error: writing failed" in done.stderr, done.stderr
    assert not (tmp_path / "run" / "saved_model").exists()
    assert not (tmp_path / "run" / "diagnostics.json").exists()
    assert run("solve_investment", *flags).returncode == 0


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--set=num_firms=0", "--set=demand_curvature=0.5"], ["num_firms is 0", "nu >= 1"]),
        (["--set=initial_mean=nan"], ["finite"]),
        (["--set=discount_facto=0.9"], ["did you mean 'discount_factor'"]),
        (["--run_dir=/proc/no/such"], ["cannot be written"]),
        (["--learning_rate=-1", "--idiosyncratic_draws=3"], ["learning_rate is -1.0", "an even number"]),
    ],
)
def test_bad_input_gets_one_clear_line(flags, words, tmp_path):
    refused(run("solve_investment", f"--run_dir={tmp_path / 'run'}", *flags), *words)


def test_evaluate_refuses_what_is_not_its_own(tmp_path):
    refused(run("evaluate", f"--model_dir={tmp_path}"), "not a SavedModel of hetkeras")
    refused(run("report", f"--run_dir={tmp_path}"), "holds neither")


def test_a_table_runs_its_cases_once_and_reports_failures(tmp_path):
    def case(description, **flags):
        shape = {"network": "identity", "width": 8, "rho_depth": 1, "steps": 20, **flags}
        return {"table": "table1", "group": "phi(Identity)", "description": description, "flags": shape}

    cases = [case("right", set=["num_firms=8"]), case("wrong", set=["num_firms=0"])]
    (tmp_path / "table.json").write_text(json.dumps({"app": "apps.solve_investment", "cases": cases}))
    flags = [f"--table={tmp_path / 'table.json'}", f"--out_dir={tmp_path / 'out'}"]
    done = run("run_table", *flags)
    assert done.returncode == 1
    rows = {row["description"]: row for row in csv.DictReader((tmp_path / "out" / "results.csv").open())}
    assert rows["right"]["num_agents"] == "8"
    assert float(rows["right"]["policy_error_mean"]) > 0
    assert rows["wrong"]["converged"] == "False"
    assert "exit status 1" in rows["wrong"]["reason"]
    finished = tmp_path / "out" / rows["right"]["run_dir"] / "diagnostics.json"
    assert rows["right"]["network"] == "identity"
    before = finished.stat().st_mtime_ns
    run("run_table", *flags, "--only=right")
    assert finished.stat().st_mtime_ns == before
    refused(run("run_table", *flags, "--only=nothing_like_it"), "picks none")
    refused(run("run_table", f"--table={tmp_path / 'absent.json'}"), "cannot be used")


def test_help_teaches():
    done = run("solve_investment", "--helpshort", env={**os.environ, "COLUMNS": "120"})
    assert "python -m apps.solve_investment --run_dir=" in done.stdout
    assert "--set" in done.stdout
