"""What the lines of timed cases say."""

import subprocess
import sys

import pytest

from tools.timed_cases import Killer, begun_again, lines, seconds_between, seconds_inside

LINES = """begun a 10 1.0
begun b 11 1.5
ended a 10 1.25
begun c 10 1.5
begun b 12 0.5
ended b 12 1.0
"""


def test_times_and_repetitions_are_those_of_the_lines(tmp_path):
    (tmp_path / "log").write_text(LINES)
    found = lines(tmp_path / "log")
    assert seconds_inside(found) == pytest.approx(0.25 + 0.5)
    assert seconds_between(found) == pytest.approx(0.25)
    assert begun_again(found) == {"b": 1}


def test_a_killer_ends_a_worker_and_says_what_it_was_at(tmp_path):
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (tmp_path / "log").write_text(f"begun a {worker.pid} 0.1\nended a {worker.pid} 0.2\nbegun b {worker.pid} 0.3\n")
    killer = Killer(tmp_path / "log", cases=2, kills=1, seed=0)
    killer.run()
    assert worker.wait() == -9
    assert killer.killed == ["b"]
