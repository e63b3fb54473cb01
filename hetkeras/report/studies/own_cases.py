"""The rows of a table of solves of any model: designs with their seeds, and which columns are numbers."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from hetkeras.report.parts import formats
from hetkeras.report.parts.reading import read_json, read_rows
from hetkeras.report.studies.cases import RESULTS, WORDS, Case, read_cases
from hetkeras.report.studies.krusell_smith_tables import by_group

CHECKS, RUN = "checks.csv", "run.json"
ACCURACY = re.compile(
    "error|gap|residual|regret|mse|_r2|den_haan|excess|off_|_limit$|_slope_|mismatch|lost|classified|reference|paths|"
    "bound|seconds|parameters|evaluations|value_scale|num_|^(steps|rounds|periods|cleared|points|out_of_range)$"
)
"""Names of what says how accurate a solution is, or what it took; the rest is what it is like."""


@dataclasses.dataclass(frozen=True)
class OwnTable:
    """Solves that are listed together.

    columns: of numbers, without calibration and seed.
    """

    name: str
    cases: tuple[Case, ...]
    columns: tuple[str, ...]

    @cached_property
    def designs(self) -> dict[str, list[Case]]:
        """Name of a case -> its seeds; without its group where there is one group only."""
        groups = by_group(self.cases)
        return {
            ", ".join(filter(None, (group if len(groups) > 1 else "", description))): seeds
            for group, descriptions in groups.items()
            for description, seeds in descriptions.items()
        }

    @cached_property
    def findings(self) -> tuple[str, ...]:
        """Columns that say what the solutions are like."""
        return tuple(name for name in self.columns if name not in self.measures)

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Columns that say how accurate the solutions are, and what they took."""
        checked = {row["check"] for case in self.cases for row in _rows(case.directory / CHECKS, ("check",))}
        return tuple(name for name in self.columns if name in checked or ACCURACY.search(name))

    @cached_property
    def differences(self) -> dict[str, str]:
        """Name of a case -> fields and options that make it another than the first; empty where nothing is known."""
        known = {name: _chosen(seeds) for name, seeds in self.designs.items()}
        first = next(iter(known.values()))
        return {name: _changed(fields, first) for name, fields in known.items()}


def read_own_tables(directory: Path) -> list[OwnTable]:
    """Returns the tables of results.csv, in order of appearance.

    Raises:
      RunDirectoryError: if it is damaged.
    """
    rows = read_rows(directory / RESULTS, (*WORDS, "seed"))
    names = list(dict.fromkeys(row["table"] for row in rows))
    settled = {*WORDS, "seed", "seeds", *_fields(directory, rows)}
    numeric = [name for name in rows[0] if name not in settled and _numeric(row[name] for row in rows)]
    cases = read_cases(directory, names, ("seed", *numeric))
    tables = []
    for name in names:
        own = tuple(case for case in cases if case.table == name)
        columns = tuple(column for column in numeric if any(math.isfinite(case.numbers[column]) for case in own))
        tables.append(OwnTable(name, own, columns))
    return tables


def _fields(directory: Path, rows: Sequence[Mapping[str, str]]) -> set[str]:
    """Fields of the calibrations, as far as the directories of the solves say."""
    files = (directory / row["run_dir"] / RUN for row in rows)
    return {name for file in files if file.is_file() for name in read_json(file, ("calibration",))["calibration"]}


def _numeric(cells: Iterable[str]) -> bool:
    found = [cell for cell in cells if cell]
    return bool(found) and all(_is_number(cell) for cell in found)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    return read_rows(path, columns) if path.is_file() else []


def _chosen(seeds: Sequence[Case]) -> dict[str, Any]:
    """Calibration and options of the first solve that has a run.json."""
    files = (case.directory / RUN for case in seeds)
    run = next((read_json(file, ("calibration",)) for file in files if file.is_file()), {})
    return {**run.get("options", {}), **run.get("settings", {}), **run.get("calibration", {})}


def _changed(fields: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    changed = [name for name, value in fields.items() if first and value != first.get(name)]
    return ", ".join(f"{formats.words(name)} {formats.brief(fields[name])}" for name in changed)
