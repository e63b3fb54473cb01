"""Kills: a solve that is killed anywhere and started again ends where it would have ended, to the bit.

Some kills come at random moments, some of them inside TensorFlow's writers. Others come just before each change that
Python makes to files, one after the other.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tools.faults import forks
from tools.faults.case import Case
from tools.faults.tiny_solve import solve

EXPECTED = "the solve resumes and ends as an undisturbed one, to the bit, and leaves nothing else behind"
RANDOM = 100  # kills at random moments
CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "tempfile.mkdtemp")  # events of Python, see `sys.audit`
WRITING = os.O_WRONLY | os.O_RDWR


class Whole(NamedTuple):
    """An undisturbed solve: its folder, what came out, its seconds, the files it leaves, its changes of files."""

    run_dir: Path
    value: str
    seconds: float
    left: set[str]
    changes: int


def cases() -> Iterator[Case]:
    """Yields every kill."""
    with tempfile.TemporaryDirectory(prefix="hetkeras_whole_") as place:
        whole = undisturbed(Path(place))
        for seed in range(RANDOM):
            yield Case("at random moments", f"seed {seed}", EXPECTED, partial(killed_at_random, whole, seed))
        for last in range(1, whole.changes + 1):
            yield Case("before each change", f"change {last}", EXPECTED, partial(killed_at_change, whole, last))
        for exchanging in (True, False):
            group = "of a finished run" if exchanging else "where names cannot be exchanged"
            for last in range(1, changes_when_finished(whole, Path(place), exchanging) + 1):
                act = partial(killed_when_finished, whole, last, exchanging)
                yield Case(f"before each change {group}", f"change {last}", EXPECTED, act)


def undisturbed(place: Path) -> Whole:
    """Solves without a fault, in a folder.

    Raises:
      RuntimeError: if that fails.
    """
    forks.outcome(solve, place / "first")  # whose seconds count the start of the process that forks
    begun = time.monotonic()
    found = forks.outcome(solve_until, place / "run", 0, True)
    if found.value is None:
        raise RuntimeError(f"an undisturbed solve fails: {found.refused or found.broken}")
    value, changes = found.value
    return Whole(place / "run", value, time.monotonic() - begun, listing(place / "run"), changes)


def changes_when_finished(whole: Whole, place: Path, exchanging: bool) -> int:
    """Changes that a finished run makes to files when it is started again."""
    shutil.copytree(whole.run_dir, place / f"finished{exchanging}")
    return forks.outcome(solve_until, place / f"finished{exchanging}", 0, exchanging).value[1]


def solve_until(run_dir: Path, last: int, exchanging: bool) -> tuple[str, int]:
    """Solves, up to just before a change of files; returns what came out and how many changes there were."""
    changes = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        if event in CHANGES or (event == "open" and arguments[2] & WRITING):
            changes += 1
            if changes == last:
                os.kill(os.getpid(), signal.SIGKILL)

    if not exchanging:
        from hetkeras import saved_model

        saved_model.exchange = refuse_exchange
    sys.addaudithook(watch)
    return solve(run_dir), changes


def refuse_exchange(first: Path, second: Path) -> None:
    """As on a system or a file system that cannot exchange names."""
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(first), None, str(second))


def killed_at_random(whole: Whole, seed: int, folder: Path) -> str | None:
    """Kills a solve, now and then twice, and lets it end."""
    draws = random.Random(seed)
    for _ in range(1 + seed % 2):
        seconds = draws.uniform(0, whole.seconds)
        while forks.started(solve, folder / "run").outcome(seconds).value is not None:  # it was faster
            shutil.rmtree(folder / "run")
            seconds /= 2
    return ended(whole, folder)


def killed_at_change(whole: Whole, last: int, folder: Path) -> str | None:
    """Kills a solve before one of its changes and lets it end."""
    killed = forks.outcome(solve_until, folder / "run", last, True)
    return unkilled(killed) or ended(whole, folder)


def killed_when_finished(whole: Whole, last: int, exchanging: bool, folder: Path) -> str | None:
    """Kills a finished run that is started again, before one of its changes, and lets it end."""
    shutil.copytree(whole.run_dir, folder / "run")
    killed = forks.outcome(solve_until, folder / "run", last, exchanging)
    return unkilled(killed) or ended(whole, folder)


def unkilled(found: forks.Outcome) -> str | None:
    """What happened in place of a kill."""
    return None if found.broken == f"it died with status {-signal.SIGKILL}" else f"it was not killed: {found}"


def ended(whole: Whole, folder: Path) -> str | None:
    """What is wrong with a solve that is started again; None if nothing is."""
    found = forks.outcome(solve, folder / "run")
    if found.value != whole.value:
        return forks.problem(found, whole.value) or f"it is refused: {found.refused}"
    if "damaged" in found.printed:
        return f"it finds damage: {found.printed}"
    more = listing(folder / "run") ^ whole.left
    return f"what is left differs: {', '.join(sorted(more))}" if more else None


def listing(run_dir: Path) -> set[str]:
    """Names of all files; those of TensorBoard apart, of which each start has one."""
    return {str(path.relative_to(run_dir)) for path in run_dir.rglob("*") if "tfevents" not in path.name}
