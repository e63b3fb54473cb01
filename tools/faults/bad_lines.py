"""Command lines that are wrong: each ends in one clear line, at once, and leaves nothing behind.

The lines are made of what a subcommand takes and of what can be wrong with it: a value that a flag cannot have, a flag
twice, a file that is not there or is none, a stray word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from hetkeras.command_line.main import COMMANDS
from tools.faults.case import Case
from tools.faults.nursery import LATE, ROOT, Ended, Nursery, nursery
from tools.faults.wrong_commands import OTHERS, STRAY
from tools.faults.wrong_words import BY_MODEL, CALIBRATIONS, SETTINGS, SEVERAL

EXPECTED = "one line that begins with 'error: ', an exit status of 1, nothing written"
SHIPPED = ROOT / "exported_models"


def cases() -> Iterator[Case]:
    """Yields every bad line."""
    with nursery(seconds=30) as programs:
        for words in lines():
            group = words[0] if words[0] in COMMANDS else "no command"
            yield Case(group, " ".join(words)[:120], EXPECTED, partial(refused, programs, words))


def lines() -> Iterator[Sequence[str]]:
    """Yields the words of every bad line."""
    places = {path.name: str(path) for path in SHIPPED.glob("*/")}
    for command, endings in OTHERS.items():
        yield from ([*filter(None, [command]), *(word.format(**places) for word in words)] for words in endings)
    yield from (("solve", *words) for words in STRAY)
    for flag, values in SEVERAL.items():
        yield from (("solve", "investment", f"--{flag}={value}") for value in values)
    for model, known in BY_MODEL.items():
        yield from (("solve", model, f"--{flag}={value}") for flag, values in known.items() for value in values)
    for name, (chosen, settings) in SETTINGS.items():
        given = "solve", name.split()[0], *chosen
        yield from ((*given, f"--solver={field}={v}") for field, values in settings.items() for v in values)
    for model, fields in CALIBRATIONS.items():
        yield from (("solve", model, f"--set={field}={value}") for field, values in fields.items() for value in values)


def refused(programs: Nursery, words: Sequence[str], folder: Path) -> str | None:
    """Runs a line and returns what is wrong with how it ended."""
    furnish(folder)
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


def furnish(folder: Path) -> None:
    """Puts into a folder what the lines name."""
    for name in ("folder", "damaged_run", "listed_run", "empty_study"):
        (folder / name).mkdir()
    texts = {
        "empty.csv": "",
        "empty.npz": "",
        "raises.py": "raise ValueError('on import')",
        "malformed.json": "{",
        "list.json": "[]",
        "deep.json": "[" * 100_000,
        "nameless.json": json.dumps({"model": "investment", "cases": [{"flags": {}}]}),
        "damaged_run/run.json": "{",
        "listed_run/run.json": "[]",
        "empty_study/results.csv": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("bytes.csv", "bytes.npz"):
        (folder / name).write_bytes(bytes(range(256)))


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
