"""Square matrices whose rows and columns are moments: in the order of names, or by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.csv_table import CsvTable
from hetkeras.errors import EstimationError, brief

FIRST = "moment"
ASYMMETRY = 1e-6  # in correlations: what rounding to few digits leaves


def named_matrix(matrix: Any, names: Sequence[str], what: str) -> np.ndarray:
    """The entries in the order of the names, [M, M].

    Args:
      matrix: a file as `read_matrix` takes it, a pandas frame with names on both sides in any order, or an array in
        the order of the names.
      names: of the moments.
      what: the matrix is, for errors.

    Raises:
      EstimationError: if sizes or names are others, or an entry is not finite, or not as the one across the diagonal.
    """
    labels, entries = read_matrix(matrix, what) if isinstance(matrix, str | Path) else _labeled(matrix, what)
    if labels is not None:
        if sorted(labels) != sorted(names):
            raise EstimationError(f"{what} is of {', '.join(labels)}; expected exactly the moments: {', '.join(names)}")
        order = [labels.index(name) for name in names]
        entries = entries[np.ix_(order, order)]
    if entries.shape != (len(names), len(names)):
        raise EstimationError(
            f"{what} has the shape {entries.shape}; expected {(len(names), len(names))}, a row and a column a moment"
        )
    _check_entries(entries, names, what)
    return entries


def read_matrix(path: str | Path, what: str) -> tuple[list[str], np.ndarray]:
    """Names and entries of a CSV file with a column `moment` and one column for each moment.

    Raises:
      CalibrationError: if `CsvTable` refuses the file.
      EstimationError: if rows and columns have not the same names.
    """
    table = CsvTable.read(path, (FIRST,), f"{what}: a column {FIRST} and one for each moment")
    rows, columns = list(table.names(FIRST, FIRST)), [name for name in table.columns if name != FIRST]
    if sorted(rows) != sorted(columns):
        raise EstimationError(
            f"{path} has rows {', '.join(rows)} and columns {', '.join(columns)}; expected the same moments in both"
        )
    return rows, np.stack([table.numbers(name) for name in rows], 1)


def _labeled(matrix: Any, what: str) -> tuple[list[str] | None, np.ndarray]:
    """Names, if the matrix has any, and entries with columns in the order of rows."""
    if not hasattr(matrix, "columns"):
        return None, np.asarray(matrix, float)
    rows = [str(name) for name in matrix.index]
    if sorted(rows) != sorted(map(str, matrix.columns)):
        raise EstimationError(
            f"{what} has rows {brief(rows)}, columns {brief(list(matrix.columns))}; expected the same moments in both"
        )
    return rows, np.asarray(matrix[list(matrix.index)], float)


def _check_entries(entries: np.ndarray, names: Sequence[str], what: str) -> None:
    for row, column in zip(*np.nonzero(~np.isfinite(entries)), strict=True):
        raise EstimationError(
            f"{what} is {entries[row, column]} at {names[row]}, {names[column]}; expected finite numbers"
        )
    scale = np.sqrt(np.abs(np.diag(entries)))
    apart = np.abs(entries - entries.T) > ASYMMETRY * np.outer(scale, scale)
    for row, column in zip(*np.nonzero(apart), strict=True):
        raise EstimationError(
            f"{what} is {entries[row, column]:.6g} at {names[row]}, {names[column]} and {entries[column, row]:.6g} "
            "across the diagonal; expected a symmetric matrix"
        )
