"""The rows of a study: what was solved, and what the paper reports for the same design."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

from hetkeras.errors import RunDirectoryError
from hetkeras.report.parts.reading import REMEDY, number, read_json, read_rows

RESULTS = "results.csv"
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
    """One solve of a study; numbers: column -> value, NaN where the cell is empty or an optional column absent."""

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


def read_cases(
    directory: Path, tables: Sequence[str] = TABLES, numbers: Sequence[str] = NUMBERS, optional: Sequence[str] = ()
) -> list[Case]:
    """Returns the rows of results.csv.

    Args:
      directory: of the study.
      tables: names that the column `table` may hold.
      numbers: columns of numbers that must be there.
      optional: columns of numbers that may be there.

    Raises:
      RunDirectoryError: if it is damaged, or a cell holds what its column does not allow.
    """
    path = directory / RESULTS
    rows = read_rows(path, (*WORDS, *numbers))
    columns = (*numbers, *optional)
    return [_case(path, line, row, tables, columns) for line, row in enumerate(rows, 2)]


def published(table: str) -> list[dict[str, str]]:
    """Returns the rows of table1 or table2 of Kahou et al. (2022), as text."""
    return read_published(f"kahou_2022_{table}")


def read_published(name: str) -> list[dict[str, str]]:
    """Returns the rows of a file of published numbers, as text."""
    source = resources.files("hetkeras.report") / "published" / f"{name}.csv"
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


def _case(path: Path, line: int, row: Mapping[str, str], tables: Sequence[str], columns: Sequence[str]) -> Case:
    truth = row["converged"].strip().lower()
    for column, value, allowed in (("table", row["table"], tables), ("converged", truth, tuple(_TRUTH))):
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
        numbers={c: number(path, line, row, c) if c in row else math.nan for c in columns},
    )
