"""The rows of a study: what was solved, and what the paper reports for the same design."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

from hetkeras.errors import RunDirectoryError
from hetkeras.report.reading import REMEDY, number, read_json, read_rows

TABLES = ("table1", "table2", "figure3", "figure5")
NUMBERS = (
    "seed",
    "num_agents",
    "demand_curvature",
    "parameters",
    "train_seconds",
    "train_mse",
    "euler_mse",
    "policy_error_mean",
)
WORDS = ("table", "group", "description", "converged", "reason", "run_dir")
_TRUTH = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False, "": False}


@dataclasses.dataclass(frozen=True)
class Case:
    """One solve of a study; numbers: column -> value, NaN where the cell is empty."""

    table: str
    group: str
    description: str
    converged: bool
    reason: str
    directory: Path
    run_dir: str
    numbers: Mapping[str, float]

    @property
    def row(self) -> str:
        """Identifies group and description however they are spaced."""
        return row_key(self.group, self.description)


def read_cases(directory: Path) -> list[Case]:
    """Returns the rows of results.csv.

    Raises:
      RunDirectoryError: if it is damaged, or a cell holds what its column does not allow.
    """
    path = directory / "results.csv"
    return [_case(path, line, row) for line, row in enumerate(read_rows(path, (*WORDS, *NUMBERS)), 2)]


def published(table: str) -> list[dict[str, str]]:
    """Returns the paper's rows of table1 or table2, as text."""
    source = resources.files("hetkeras.report") / "published" / f"kahou_2022_{table}.csv"
    return list(csv.DictReader(io.StringIO(source.read_text(encoding="utf-8"))))


def row_key(group: str, description: str) -> str:
    """Returns group and description without case, spaces and signs, with phi and rho spelt out."""
    spelt = f"{group}|{description}".lower().replace("φ", "phi").replace("ρ", "rho")
    return re.sub(r"[^a-z0-9|]", "", spelt)


def devices(cases: Iterable[Case]) -> list[str]:
    """Returns on what the cases ran, as far as their directories say."""
    files = [case.directory / "run.json" for case in cases]
    found = [read_json(file).get("device") for file in files if file.is_file()]
    return sorted({str(device) for device in found if device})


def _case(path: Path, line: int, row: Mapping[str, str]) -> Case:
    truth = row["converged"].strip().lower()
    for column, value, allowed in (("table", row["table"], TABLES), ("converged", truth, tuple(_TRUTH))):
        if value not in allowed:
            expected = ", ".join(filter(None, allowed))
            raise RunDirectoryError(f"{path}, line {line}: {column} is {value!r}, expected one of {expected}; {REMEDY}")
    return Case(
        table=row["table"],
        group=row["group"],
        description=row["description"],
        converged=_TRUTH[truth],
        reason=row["reason"],
        directory=path.parent / row["run_dir"],
        run_dir=row["run_dir"],
        numbers={column: number(path, line, row, column) for column in NUMBERS},
    )
