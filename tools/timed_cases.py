"""What workers of a sweep do and when, from lines that each case leaves when it begins and when it ends."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hetkeras.sweeps.case import Case
from hetkeras.verbs.solved_case import solve_case

LOG = "TIMED_CASES"  # environment: where the lines go


class Line(NamedTuple):
    """what: begun or ended; case: its name; process: that is at it; seconds: processor time of the process so far."""

    what: str
    case: str
    process: int
    seconds: float


def solve_timed(case: Case, folder: Path) -> Mapping[str, Any]:
    """Solves a case between two lines; imports come before them."""
    from hetkeras.verbs import solve  # noqa: F401

    _leave("begun", case)
    numbers = solve_case(case, folder)
    _leave("ended", case)
    return numbers


def lines(log: Path) -> list[Line]:
    """All lines so far."""
    words = [line.split() for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    return [Line(what, case, int(process), float(seconds)) for what, case, process, seconds in words]


def seconds_inside(found: list[Line]) -> float:
    """Processor time of cases that ended."""
    begun = {(line.case, line.process): line.seconds for line in found if line.what == "begun"}
    return sum(line.seconds - begun[line.case, line.process] for line in found if line.what == "ended")


def seconds_between(found: list[Line]) -> float:
    """Processor time of workers from the end of a case to the beginning of their next one."""
    by_process: dict[int, list[Line]] = defaultdict(list)
    for line in found:
        by_process[line.process].append(line)
    pairs = [pair for each in by_process.values() for pair in itertools.pairwise(each)]
    return sum(after.seconds - before.seconds for before, after in pairs if before.what == "ended")


def begun_again(found: list[Line]) -> dict[str, int]:
    """Cases that were begun more than once, and how often beyond that."""
    names = [line.case for line in found if line.what == "begun"]
    return {name: names.count(name) - 1 for name in dict.fromkeys(names) if names.count(name) > 1}


class Killer(threading.Thread):
    """Kills workers at random, evenly over a sweep.

    Args:
      log: of the lines.
      cases: of the sweep.
      kills: how many.
      seed: of the moments and of the victims.
    """

    def __init__(self, log: Path, cases: int, kills: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._log, self._draws = log, random.Random(seed)
        self._after = [cases * (kill + 1) // (kills + 1) for kill in range(kills)]
        self.killed: list[str] = []  # the case that each victim had begun last
        self.seconds = 0.0  # processor time of this thread, which is none of the sweep's

    def run(self) -> None:
        for after in self._after:
            while sum(line.what == "ended" for line in lines(self._log)) < after:
                time.sleep(0.3)
                self.seconds = time.thread_time()
            time.sleep(self._draws.random())
            while not self._killed():
                time.sleep(0.1)

    def _killed(self) -> bool:
        last = {line.process: line.case for line in lines(self._log)}
        there = [process for process in last if Path(f"/proc/{process}").exists()]
        if not there:
            return False
        victim = self._draws.choice(there)
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended
            return False
        self.killed.append(last[victim])
        return True


def _leave(what: str, case: Case) -> None:
    with Path(os.environ[LOG]).open("a", encoding="utf-8") as stream:
        stream.write(f"{what} {case.name} {os.getpid()} {time.process_time()}\n")
