"""Solves of a table as processes: what they leave, and that they end with the table."""

import sys
import threading
import time

import pytest

from hetkeras.command_line.jobs import Job
from hetkeras.command_line.solves import FINISHED, STOPPED, Solves

CASE = {"table": "t", "group": "g", "description": "d", "flags": {}}


@pytest.fixture
def job(tmp_path, monkeypatch):
    def make(code):
        monkeypatch.setattr(Job, "command", lambda self: [sys.executable, "-c", code])
        return Job(CASE, 0, "investment", tmp_path)

    return make


@pytest.mark.parametrize("status", [0, 3])
def test_a_solve_that_ends_is_not_run_again_converged_or_not(job, status):
    once = job(f"import sys; print('done'); sys.exit({status})")
    assert Solves().run(once)
    before = (once.run_dir / "log.txt").stat().st_mtime_ns
    assert Solves().run(once)
    assert (once.run_dir / "log.txt").stat().st_mtime_ns == before
    assert not (once.run_dir / STOPPED).exists()


def test_an_error_is_kept_with_its_last_line(job):
    wrong = job("import sys; sys.exit('error: width is 0')")
    assert not Solves().run(wrong)
    assert (wrong.run_dir / STOPPED).read_text() == "exit status 1: error: width is 0"
    assert not (wrong.run_dir / FINISHED).exists()


def test_a_solve_that_is_stopped_with_its_table_is_no_error(job):
    solves, ended = Solves(), []
    endless = job("import time; print('begun', flush=True); time.sleep(60)")
    thread = threading.Thread(target=lambda: ended.append(solves.run(endless)))
    thread.start()
    while "begun" not in ((endless.run_dir / "log.txt").read_text() if (endless.run_dir / "log.txt").exists() else ""):
        time.sleep(0.02)
    solves.stop()
    thread.join(20)
    assert ended == [False]
    assert {path.name for path in endless.run_dir.iterdir()} == {"log.txt"}
