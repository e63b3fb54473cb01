"""Tries faults and counts what is survived; the exit status is 1 if anything is not.

  python -m tools.faults [PART ...] [--counts=docs/measured/faults.csv]

Parts that are not named keep their rows in the CSV file of counts.

Example:
  python -m tools.faults bad_lines
"""

from __future__ import annotations

import csv
import importlib
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

from absl import flags

from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.errors import CalibrationError
from hetkeras.files import write_columns
from tools.faults.case import Case

FLAGS = flags.FLAGS
flags.DEFINE_string("counts", "docs/measured/faults.csv", "Counts go to this CSV file.")

PARTS = ("bad_lines", "kills", "planted", "programs", "saved_models", "storage")
HEADER = ("part", "group", "tried", "survived")

Row = tuple[str, str, int, int]


def main(argv: list[str]) -> None:
    for name in argv[1:]:
        if name not in PARTS:
            raise CalibrationError(f"'{name}' is no part of the campaign; expected some of {', '.join(PARTS)}")
    sys.exit(0 if try_parts(argv[1:] or PARTS, Path(FLAGS.counts)) else 1)


def try_parts(names: Sequence[str], path: Path) -> bool:
    """Tries the parts, prints their counts and writes them to a CSV file; returns whether all is survived."""
    kept = [row for row in read_counts(path) if row[0] not in names and row[0] in PARTS]
    new = [row for name in names for row in counts(name, importlib.import_module(f"tools.faults.{name}").cases())]
    print(table(HEADER, new))
    columns = zip(*sorted([*kept, *new]), strict=True)
    write_columns(path, dict(zip(HEADER, columns, strict=True)))
    return all(tried == survived for _, _, tried, survived in new)


def counts(part: str, cases: Iterable[Case]) -> list[Row]:
    """Tries the cases of a part, tells each that is not survived, and counts by group."""
    tried: dict[str, list[bool]] = {}
    for case in cases:
        problem = outcome(case)
        tried.setdefault(case.group, []).append(problem is None)
        if problem is not None:
            print(f"{part}, {case.group}: {case.name}\n  expected: {case.expected}\n  happened: {problem}", flush=True)
    return [(part, group, len(survived), sum(survived)) for group, survived in tried.items()]


def outcome(case: Case) -> str | None:
    """What went wrong in a case, tried in a folder of its own; None if nothing did."""
    with tempfile.TemporaryDirectory(prefix="hetkeras_fault_") as folder:
        try:
            return case.act(Path(folder))
        except Exception:
            return traceback.format_exc()


def read_counts(path: Path) -> list[Row]:
    """The rows of an earlier campaign; none if there was none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["part"], row["group"], int(row["tried"]), int(row["survived"])) for row in csv.DictReader(stream)]


if __name__ == "__main__":
    run_app(main)
