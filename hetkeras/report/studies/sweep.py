"""The page of a sweep: its cases with the fields that they set, how they ended, and the range of their numbers."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from hetkeras.errors import RunDirectoryError
from hetkeras.report.parts.content import Cell, Page, Section, Table, Text, cells
from hetkeras.report.parts.reading import REMEDY, read_rows
from hetkeras.report.runs import glossary

SWEEP, CASES = "sweep.csv", "cases.json"
MOST = 200  # cases on the page; sweep.csv has all of them
LAST = ("status", "converged", "reason")

Rows = Sequence[Mapping[str, str]]


def study_page(directory: Path) -> Page:
    """Returns the page of a directory with sweep.csv.

    Raises:
      RunDirectoryError: if sweep.csv or cases.json is damaged.
    """
    rows, known = read_rows(directory / SWEEP, ("name", "seed", "model", *LAST)), _calibrated(directory / CASES)
    count = sum(map(_right, rows))
    fields = [name for name in rows[0] if name in known]
    numbers = [name for name in rows[0] if name not in {"name", "seed", "model", *fields, *LAST}]
    return Page(
        title=f"{', '.join(dict.fromkeys(Path(row['model']).name for row in rows))}: {directory.resolve().name}",
        subtitle=f"a sweep of {len(rows):,} cases",
        verdict=Text(f"{count:,} of {len(rows):,} cases converged", "good" if count == len(rows) else "bad"),
        sections=(
            Section("Cases", _cases(rows, fields)),
            Section("What the solutions say", (_ranges(rows, numbers),)),
        ),
    )


def _calibrated(path: Path) -> set[str]:
    """Fields of the calibrations of all cases."""
    try:
        return {name for case in json.loads(path.read_text(encoding="utf-8")) for name in case["calibration"]}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunDirectoryError(f"{path} is damaged or missing ({error}); {REMEDY}") from error


def _right(row: Mapping[str, str]) -> bool:
    return row["converged"] == "True"


def _cases(rows: Rows, fields: Sequence[str]) -> tuple[Table | Text, ...]:
    """Those that are not right first."""
    shown = sorted(rows, key=_right)[:MOST]
    lines = tuple((*cells(row["name"], row["seed"], *(row[name] for name in fields)), _ended(row)) for row in shown)
    table = Table(("case", "seed", *fields, "how it ended"), lines, numbers_from=1)
    left = Text(f"{len(rows) - len(shown):,} more cases are in {SWEEP}.")
    return (table, left) if len(shown) < len(rows) else (table,)


def _ended(row: Mapping[str, str]) -> Cell:
    return Cell("right", "good") if _right(row) else Cell(f"{row['status']}: {row['reason']}", "bad")


def _ranges(rows: Rows, numbers: Sequence[str]) -> Table:
    """Smallest, middle and largest value of each number over the cases that converged."""
    lines = []
    for name in numbers:
        found = [value for row in rows if _right(row) and math.isfinite(value := _number(row[name]))]
        if found:
            middle = min(found), statistics.median(found), max(found)
            told = (glossary.quantity(name, value) for value in middle)
            lines.append(cells(name, glossary.explanation(name), *told))
    return Table(("", "in words", "smallest", "median", "largest"), tuple(lines), numbers_from=2)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
