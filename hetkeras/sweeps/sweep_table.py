"""The table of a sweep: a row a case, in the order of the cases, of those that have one.

Times are no results. They go to a file beside it, so that two sweeps of the same cases have the same table.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hetkeras.files import write_columns
from hetkeras.sweeps.case import Case
from hetkeras.sweeps.case_folder import Row, starts

TABLE, SECONDS = "sweep.csv", "seconds.csv"
LAST = ("status", "converged", "reason")
PAUSE = 1.0  # seconds between two writings at least; a row is safe in its folder before it is in the table
SHARE = 20  # times what a writing took, between two of them


class SweepTable:
    """Rows of all cases, written to sweep.csv and seconds.csv.

    Args:
      folder: of the sweep.
      cases: in the order of rows.
      folders: of the cases.
      calibrations: of the cases, whole, in the same order.
    """

    def __init__(
        self, folder: Path, cases: Sequence[Case], folders: Sequence[Path], calibrations: Sequence[Mapping[str, Any]]
    ) -> None:
        self._folder, self._cases, self._folders, self._calibrations = folder, cases, folders, calibrations
        self._fields = dict.fromkeys(field for case in cases for field in case.calibration)
        self._rows: dict[int, Row] = {}
        self._starts: dict[int, int] = {}
        self._next = 0.0

    def add(self, place: int, row: Row) -> None:
        """Takes the row of a case, and writes the table if a while has passed.

        Raises:
          OSError: if it cannot be written.
        """
        self._rows[place], self._starts[place] = row, starts(self._folders[place])
        if time.monotonic() > self._next:
            self.write()

    def write(self) -> None:
        """Writes all rows that there are, each file in one step.

        Raises:
          OSError: if it cannot be written.
        """
        started = time.monotonic()
        _write(self._folder / TABLE, self.rows())
        _write(self._folder / SECONDS, [self._seconds(place) for place in sorted(self._rows)])
        now = time.monotonic()
        self._next = now + max(PAUSE, SHARE * (now - started))

    def rows(self) -> list[dict[str, Any]]:
        """Column -> cell of each row: the case, fields that the cases set, numbers, and how it ended."""
        rows = [self._row(place) for place in sorted(self._rows)]
        names = dict.fromkeys(name for row in rows for name in row if name not in LAST)
        return [{name: row.get(name, "") for name in (*names, *LAST)} for row in rows]

    def failures(self) -> int:
        """How many cases have no numbers."""
        return sum(row["status"] == "failed" for row in self._rows.values())

    def _row(self, place: int) -> dict[str, Any]:
        case, row = self._cases[place], self._rows[place]
        fields = {name: self._calibrations[place].get(name, "") for name in self._fields}
        head = {"name": case.name, "seed": case.seed, "model": case.model, **fields}
        numbers = {name: value for name, value in row["numbers"].items() if not _is_time(name)}
        told = {name if name not in head else f"measured.{name}": value for name, value in numbers.items()}
        return {**{name: _cell(value) for name, value in {**head, **told}.items()}, "status": row["status"]}

    def _seconds(self, place: int) -> dict[str, Any]:
        case, row = self._cases[place], self._rows[place]
        inside = {name: value for name, value in row["numbers"].items() if _is_time(name)}
        whole = {"seconds": row["seconds"].get("case", ""), "starts": self._starts[place]}
        return {"name": case.name, "seed": case.seed, **whole, **inside}


def _is_time(name: str) -> bool:
    return name.endswith("seconds")


def _cell(value: Any) -> Any:
    return "" if value is None else json.dumps(value) if isinstance(value, list | tuple | dict) else value


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    names = dict.fromkeys(name for row in rows for name in row)
    write_columns(path, {name: [row.get(name, "") for row in rows] for name in names})
