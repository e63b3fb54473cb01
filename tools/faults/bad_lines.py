"""Command lines that are wrong: each ends in one clear line, at once, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tools.faults.case import Case
from tools.faults.nursery import LATE, Ended, Nursery, nursery

EXPECTED = "one line that begins with 'error: ', an exit status of 1, nothing written"


def cases() -> Iterator[Case]:
    """Yields every bad line."""
    with nursery() as programs:
        for words in lines():
            yield Case(words[0], " ".join(words), EXPECTED, partial(refused, programs, words))


def lines() -> Iterator[Sequence[str]]:
    """Yields the words of every bad line."""
    yield ("solve",)
    yield ("solve", "investmnt")
    yield ("solve", "investment", "--report", "false")


def refused(programs: Nursery, words: Sequence[str], folder: Path) -> str | None:
    """Runs a line and returns what is wrong with how it ended."""
    before = listing(folder)
    ended = programs.run(words, folder)
    return wrong(ended, sorted(listing(folder) - before))


def wrong(ended: Ended, written: Sequence[str]) -> str | None:
    """What is wrong with how a bad line ended; None if nothing is."""
    if ended.status == LATE:
        return "it took too long"
    if "Traceback" in ended.err or ended.status < 0:
        return f"exit status {ended.status}: {ended.err[-1500:]}"
    if ended.status != 1:
        return f"exit status {ended.status}: {ended.out[-300:]}{ended.err[-300:]}"
    if ended.out.strip() or not ended.err.startswith("error: ") or len(ended.err.strip().splitlines()) != 1:
        return f"not one line: {ended.out[-300:]}{ended.err[-1000:]}"
    return f"left behind: {', '.join(written)}" if written else None


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
