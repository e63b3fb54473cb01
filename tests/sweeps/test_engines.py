"""Every engine gives each call once, loses what is killed and nothing else, and leaves no process behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from hetkeras.errors import SweepError
from hetkeras.sweeps import slurm
from hetkeras.sweeps.engines import engine_of
from hetkeras.sweeps.processes import KILLED, Processes
from hetkeras.sweeps.ray import Ray
from hetkeras.sweeps.serial import Serial
from hetkeras.sweeps.slurm import Batch, Slurm
from tests.sweeps.workers import asleep, full, killed, told

ROOT = Path(__file__).parents[2]
ENGINES = {
    "processes": lambda folder: Processes(2, calls_each=3),
    "slurm": lambda folder: Slurm(folder, 2, calls_each=5, cluster="local"),
    "ray": lambda folder: Ray(2, calls_each=3),
}


@pytest.fixture(params=["processes", "slurm", pytest.param("ray", marks=pytest.mark.long)])
def engine(request, tmp_path):
    with contextlib.closing(ENGINES[request.param](tmp_path / "jobs")) as one:
        yield one


def test_a_kill_loses_its_call_and_nothing_else(engine, tmp_path):
    log = tmp_path / "log"
    calls = [partial(told, log, value) for value in range(4)] + [partial(killed, log)]
    calls += [partial(told, log, value) for value in range(5, 12)]
    found = {ended.place: ended for ended in engine.run(calls)}
    assert sorted(found) == list(range(12))
    assert found.pop(4).lost.startswith("its ")
    assert [ended.value[1] for _, ended in sorted(found.items())] == [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert len({ended.value[0] for ended in found.values()}) >= 3, "workers are replaced"
    assert sorted(log.read_text().split()) == sorted([*map(str, range(4)), "killed", *map(str, range(5, 12))])
    with pytest.raises(OSError, match="No space left"):
        list(engine.run([full]))


def test_what_is_killed_while_it_waits_is_replaced(tmp_path):
    with contextlib.closing(Processes(1)) as engine:
        (first,) = engine.run([partial(told, tmp_path / "log")])
        os.kill(first.value[0], signal.SIGKILL)
        time.sleep(0.2)
        (second,) = engine.run([partial(told, tmp_path / "log", 1)])
    assert second.lost in ("", KILLED)
    assert second.lost or second.value[1] == 1


SWEEP = """
import sys
from functools import partial
from pathlib import Path
from hetkeras.sweeps.processes import Processes
from tests.sweeps.workers import asleep
if __name__ == "__main__":
    list(Processes(1).run([partial(asleep, Path(sys.argv[1]))]))
"""


def test_workers_end_with_a_sweep_that_is_killed(tmp_path):
    (tmp_path / "sweep.py").write_text(SWEEP)
    command = [sys.executable, tmp_path / "sweep.py", tmp_path / "log"]
    parent = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)})
    worker = begun(tmp_path / "log")
    parent.kill()
    parent.wait()
    assert ends(worker)


def test_workers_end_when_the_engine_is_closed(tmp_path):
    engine = Processes(2)
    calls = engine.run([partial(told, tmp_path / "other"), partial(asleep, tmp_path / "log")])
    next(calls)
    worker = begun(tmp_path / "log")
    engine.close()
    assert ends(worker)


def begun(log):
    """The process that left a line."""
    for _ in range(1500):
        if log.exists() and log.read_text().endswith("\n"):
            return int(log.read_text())
        time.sleep(0.02)
    raise AssertionError("no worker has begun")


def ends(process):
    for _ in range(1500):
        try:
            if "State:\tZ" in Path(f"/proc/{process}/status").read_text():  # nobody has asked how it ended
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_job_that_is_queued_again_goes_on_where_it_was(tmp_path):
    import cloudpickle

    log = tmp_path / "log"
    batch = Batch({place: cloudpickle.dumps(partial(told, log, place)) for place in range(3)}, tmp_path)
    (tmp_path / "0").write_bytes(cloudpickle.dumps(("known", None)))
    batch.checkpoint().function()
    assert log.read_text().split() == ["1", "2"]
    assert [ended.value if ended.place == 0 else ended.value[1] for ended in batch.ended()] == ["known", 1, 2]
    assert not batch.calls


def test_here_is_an_engine_too():
    assert [ended.value for ended in Serial().run([lambda: 3, lambda: 4])] == [3, 4]
    Serial().close()


@pytest.mark.parametrize(
    ("executor", "workers", "parameters", "message"),
    [
        ("threads", 2, {}, "executor is 'threads'; expected one of processes, slurm, ray"),
        ("processes", -1, {}, "workers is -1 with executor processes; expected at least 0"),
        ("ray", 0, {}, "workers is 0 with executor ray; expected at least 1"),
        ("processes", 1, {"timeout_min": 5}, "slurm is {'timeout_min': 5} with executor processes"),
        (
            "slurm",
            1,
            {},
            r"there is no Slurm here \(no sbatch, .*\); start it on a node of a cluster, or use processes",
        ),
        ("slurm", 1, {"cluster": "local", "colour": 1}, "submitit refuses the parameters of jobs: "),
    ],
)
def test_an_engine_that_is_not_there_is_refused_in_one_line(
    tmp_path, monkeypatch, executor, workers, parameters, message
):
    monkeypatch.setattr(slurm.shutil, "which", lambda name: None)
    with pytest.raises(SweepError, match=message) as caught:
        engine_of(executor, workers, tmp_path, parameters)
    assert "\n" not in str(caught.value)


def test_what_slurm_says_against_jobs_is_told(tmp_path, monkeypatch):
    for name in slurm.PROGRAMS:
        (tmp_path / name).write_text("#!/bin/sh\necho 'invalid partition' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    engine = engine_of("slurm", 2, tmp_path / "jobs", {"slurm_partition": "none", "calls_each": 1})
    with pytest.raises(SweepError, match=r"Slurm refuses the jobs: .*invalid partition") as caught:
        list(engine.run([partial(told, tmp_path / "log")] * 3))
    assert "\n" not in str(caught.value)
    (script,) = (tmp_path / "jobs").glob("**/*.sh")
    wanted = {"#SBATCH --partition=none", "#SBATCH --array=0-2%2", "#SBATCH --signal=USR2@90"}
    assert wanted <= set(script.read_text().splitlines())


@pytest.mark.parametrize(("executor", "package"), [("slurm", "submitit"), ("ray", "ray")])
def test_a_package_that_is_not_installed_is_named(tmp_path, monkeypatch, executor, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SweepError, match=f"the package {package} is not installed; install it with: pip install"):
        engine_of(executor, 1, tmp_path)


def test_a_cluster_that_does_not_answer_is_told(monkeypatch):
    ray = pytest.importorskip("ray")

    def refuse(**settings):
        raise ConnectionError("nobody there\nat all")

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(SweepError, match=r"RAY_ADDRESS does not answer: nobody there$"):
        Ray(1)
