"""The table that tells what is in the files of numbers of a run directory."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from hetkeras.report.parts.content import Block, Cell, Table, cells
from hetkeras.report.runs.column_glossary import ROWS, column_meaning

FEW = 3  # columns of one meaning that are all named


def column_table(directory: Path, units: Mapping[str, str]) -> tuple[Block, ...]:
    """Returns every known file of numbers in a directory with the meanings of its columns; nothing if there is none.

    Args:
      directory: of the run.
      units: of inputs and outputs of the solution.
    """
    rows: list[tuple[Cell, ...]] = []
    for file in filter(lambda name: (directory / name).is_file(), ROWS):
        rows.append((Cell(f"{file}: a row is {ROWS[file]}", "heading"), Cell("")))
        rows += [cells(_listed(names), meaning) for meaning, names in _meanings(directory / file, units).items()]
    return (Table(("column", "what it is"), tuple(rows), numbers_from=2),) if rows else ()


def _meanings(path: Path, units: Mapping[str, str]) -> dict[str, list[str]]:
    """Meaning -> the columns that have it, in their order."""
    with path.open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream), [])
    found: dict[str, list[str]] = {}
    for column in header:
        found.setdefault(column_meaning(path.name, column, units), []).append(column)
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= FEW else f"{names[0]} … {names[-1]}"
