"""A stranger's model: a wheel, an empty folder, one file. Solved, killed, resumed, and proved from elsewhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hetkeras.compile_cache import SWITCH
from tests.forked import Forked

ROOT = Path(__file__).parents[2]
SMALL = ["--network=moments", "--width=16", "--rho_depth=2", "--set=num_agents=16", "--steps=400", "--report=false"]
COMPILED = {"XDG_CACHE_HOME": str(Path.home() / ".cache")}  # what XLA compiled for the last run of the tests
COMPILED |= {name: os.environ[name] for name in (*COMPILED, SWITCH) if name in os.environ}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which the wheel is installed, alone."""
    place = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(ROOT / "hetkeras", place / "source" / "hetkeras")
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source.parent)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", place / "site", source.parent], check=True)
    return place / "site"


@pytest.fixture(scope="module")
def command(installed, tmp_path_factory):
    """Runs the installed command in a folder; returns the process, which starts from nothing or has TensorFlow."""

    def start(folder, *words, from_nothing=False):
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(installed), "HOME": str(folder)}
        environment |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"} | COMPILED
        line = [str(installed / "bin" / "hetkeras"), *map(str, words)]
        if not from_nothing:
            return Forked(line, folder, environment)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, *line], cwd=folder, env=environment, **pipes)

    return start


def ended(process):
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Empty but for the model."""
    place = tmp_path_factory.mktemp("own")
    shutil.copy(ROOT / "docs" / "examples" / "skills.py", place / "my_model.py")
    return place


@pytest.fixture(scope="module")
def solved(command, folder):
    """Killed in the middle of training and started again: what the second process said."""
    words = ["solve", "my_model.py:Skills", "--run_dir=run", "--checkpoint_seconds=0", *SMALL]
    first = command(folder, *words)
    while first.poll() is None and not list(folder.glob("run/checkpoints/*.index")):
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    assert ended(first)[0] == -signal.SIGKILL
    assert not (folder / "run" / "diagnostics.json").exists()
    return ended(command(folder, *words))


def test_the_wheel_has_every_file_of_the_package(installed):
    files = [path.relative_to(ROOT) for path in (ROOT / "hetkeras").rglob("*") if path.is_file()]
    kept = [file for file in files if "__pycache__" not in file.parts]
    assert [str(file) for file in kept if not (installed / file).is_file()] == []


def test_the_wheel_has_one_package(installed):
    packages = {path.name for path in installed.iterdir() if path.is_dir() and path.suffix != ".dist-info"}
    assert packages - {"__pycache__"} == {"hetkeras", "bin"}


def test_a_killed_solve_of_an_own_model_resumes_and_is_proved(solved, folder):
    status, out, err = solved
    assert status == 0, err
    assert "converged: True" in out
    assert (out.count("PASS"), out.count("FAIL")) == (7, 0)
    shown = [int(step) for step in re.findall(r"(\d+)/400", err)]
    assert shown[0] > 0  # it went on from the checkpoint
    run = json.loads((folder / "run" / "run.json").read_text())
    assert (run["model"], run["model_file"], run["calibration"]["num_agents"]) == ("Skills", "my_model.py", 16)


def test_the_page_asks_the_policy_at_one_state(solved, folder, capsys):
    page = (ROOT / "docs" / "own_model.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"## The policy at one state\n.*?```python\n(.*?)```", page, re.DOTALL)
    exec(code.replace("runs/skills/saved_model", str(folder / "run" / "saved_model")), found := {})
    assert "True" in capsys.readouterr().out
    after = found["functions"]["transition"](**found["state"], **found["shocks"])["industry_skills"].numpy()
    training = found["answer"]["training"].numpy()
    assert after == pytest.approx(0.92 * found["state"]["industry_skills"].numpy() + training, rel=1e-5)
    assert 0.05 < training[0] < 0.3


def test_another_folder_must_trust_the_file_of_the_model_first(solved, command, folder, tmp_path):
    moved = shutil.copytree(folder / "run" / "saved_model", tmp_path / "skills")
    trusted, plain = command(tmp_path, "verify", moved, "--trust"), command(tmp_path, "evaluate", moved)
    status, out, err = ended(trusted)
    assert status == 0, out + err
    assert "0 failed" in out
    status, _, err = ended(plain)
    assert status == 1
    assert "error: " in err
    assert "its model Skills is of the file my_model.py" in err
    assert "--trust" in err
    assert "Traceback" not in err


def test_verify_outside_a_checkout_says_what_to_pass(command, tmp_path):
    status, _, err = ended(command(tmp_path, "verify", from_nothing=True))
    assert status == 1
    assert "shipped models are here in a checkout only; give the directory of a SavedModel" in err


def test_an_edited_model_is_another_run(solved, command, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "own")
    file = tmp_path / "own" / "my_model.py"
    file.write_text(file.read_text().replace("self.wage_level *", "2 * self.wage_level *", 1))
    status, _, err = ended(command(tmp_path / "own", "solve", "my_model.py:Skills", "--run_dir=run", *SMALL))
    assert status == 1
    assert "belongs to another run" in err
    assert "model_checksum" in err
