"""Programs that read what a solve left, after something happened to it: a page and a measurement."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tools.faults import damage
from tools.faults.case import Case
from tools.faults.nursery import LATE, Ended, Nursery, nursery

EXPECTED = "one line that begins with 'error: ' and an exit status of 1, or what comes out without the fault"
SOLVE = ["--network=moments", "--width=4", "--rho_depth=1", "--set=num_firms=4", "--steps=40", "--run_dir=run"]
READ = ("*.json", "*.csv", "saved_model/assets/*")  # what a page is drawn from
GRAVE = ("emptied", "cut in half", "garbled", "grown to 300 MB", "lost", "a pipe in its place")
GRAVEST = ("cut in half", "lost", "a pipe in its place")


def cases() -> Iterator[Case]:
    """Yields every damaged file and each program that reads it."""
    with nursery() as programs, tempfile.TemporaryDirectory(prefix="hetkeras_whole_") as place:
        programs.run(["solve", "investment", *SOLVE], Path(place))
        run_dir = Path(place) / "run"
        drawn = [path for pattern in READ for path in sorted(run_dir.glob(pattern))]
        measured = [path for path in sorted((run_dir / "saved_model").rglob("*")) if path.is_file()]
        for words, files, faults in (("report", drawn, GRAVE), ("evaluate", measured, GRAVEST)):
            whole = programs.run([words, *where(words)], Path(place))
            for path in files:
                for what in faults:
                    name = path.relative_to(run_dir)
                    act = partial(after, programs, whole, run_dir, words, name, damage.OF_FILES[what])
                    yield Case(words, f"{name}: {what}", EXPECTED, act)


def where(command: str) -> list[str]:
    """The directory that a command reads."""
    return ["run"] if command == "report" else ["run/saved_model"]


def after(
    programs: Nursery, whole: Ended, run_dir: Path, command: str, name: Path, harm: damage.Harm, folder: Path
) -> str | None:
    """Runs a command after something happened to a file of a run."""
    shutil.copytree(run_dir, folder / "run")
    harm(folder / "run" / name)
    return wrong(programs.run([command, *where(command)], folder), whole)


def wrong(ended: Ended, whole: Ended) -> str | None:
    """What is wrong with how a command ended; None if nothing is."""
    if ended.status == LATE:
        return "it waits for ever"
    if ended.status == whole.status and ended.out == whole.out:
        return None
    if ended.status != 1 or not ended.err.startswith("error: ") or len(ended.err.strip().splitlines()) != 1:
        return f"exit status {ended.status}: {ended.out[-300:]}{ended.err[-1500:]}"
    return None
