"""Reading what a run leaves behind; anything damaged is refused with the file's name and a remedy."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.csv_table import CsvTable
from hetkeras.errors import CalibrationError, RunDirectoryError
from hetkeras.files import LARGEST_JSON, check_regular

REMEDY = "start the command that wrote it again with the same --run_dir, or delete the file"


def read_json(path: Path, required: Sequence[str] = ()) -> dict[str, Any]:
    """Returns the JSON object at path.

    Raises:
      RunDirectoryError: if it is missing, not an object, or lacks one of the required keys.
    """
    try:
        value = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise RunDirectoryError(f"{path} is damaged: {error}, expected a JSON object; {REMEDY}") from error
    if not isinstance(value, dict):
        raise RunDirectoryError(f"{path} holds a {type(value).__name__}, expected a JSON object; {REMEDY}")
    absent = [key for key in required if key not in value]
    if absent:
        raise RunDirectoryError(f"{path} has no {', '.join(absent)} among its keys {_listed(value)}; {REMEDY}")
    return value


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Returns the rows of a CSV file by column name; columns that nobody asked for come along.

    Raises:
      RunDirectoryError: if `CsvTable` refuses it.
    """
    try:
        table = CsvTable.read(path, columns, "what a finished run writes")
    except CalibrationError as error:
        raise RunDirectoryError(f"{error}; {REMEDY}") from error
    return [dict(zip(table.columns, cells, strict=True)) for cells in zip(*table.columns.values(), strict=True)]


def read_columns(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Returns column name -> numbers [T]; an empty cell is NaN, an optional column may be absent.

    Raises:
      RunDirectoryError: as `read_rows`, or if a cell is not a number.
    """
    rows = read_rows(path, columns)
    wanted = [*columns, *(column for column in optional if column in rows[0])]
    return {c: np.array([number(path, line, row, c) for line, row in enumerate(rows, 2)]) for c in wanted}


def number(path: Path, line: int, row: Mapping[str, str], column: str) -> float:
    """Returns the number in one cell of a CSV file, NaN where the cell is empty."""
    try:
        return float(row[column] or math.nan)
    except ValueError as error:
        raise RunDirectoryError(
            f"{path}, line {line}: {column} is no number; expected one, or an empty cell; {REMEDY}"
        ) from error


def _text(path: Path) -> str:
    try:
        check_regular(path, LARGEST_JSON)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RunDirectoryError(f"{path} is missing, expected a file that a finished run writes; {REMEDY}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RunDirectoryError(f"{path} cannot be read ({error}), expected UTF-8 text; {REMEDY}") from error


def _listed(names: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(names) or "none"
