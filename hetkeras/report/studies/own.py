"""The page of a table of solves of somebody's own model: its cases, what differs between them, numbers and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hetkeras.report.parts.content import Block, Page, Section, Text
from hetkeras.report.parts.reading import read_json
from hetkeras.report.studies.cases import Case, devices
from hetkeras.report.studies.kahou_2022_tables import failures
from hetkeras.report.studies.own_cases import OwnTable, read_own_tables
from hetkeras.report.studies.own_figures import curves_by_case, numbers_by_case
from hetkeras.report.studies.own_tables import cases_table, findings_table, measures_table

SEEDS = (
    "Means over seeds, converged or not. Below, in brackets, the standard deviation over seeds (n − 1), and how far "
    "the mean is from that of the first case. Red is what some seeds lack, as it is not finite or their solve stopped."
)


def study_page(directory: Path) -> Page:
    """Returns the page of a directory with results.csv.

    Raises:
      RunDirectoryError: if results.csv or a file of a case is damaged.
    """
    tables = read_own_tables(directory)
    cases = [case for table in tables for case in table.cases]
    count = sum(case.converged for case in cases)
    return Page(
        title=f"{_models(cases)}: {directory.resolve().name}",
        subtitle=_sizes(tables),
        verdict=Text(f"{count} of {len(cases)} solves converged", "good" if count == len(cases) else "bad"),
        sections=(
            *(section for table in tables for section in _sections(table, len(tables) > 1)),
            Section("Solves that did not converge", (failures(cases) or Text("None."),)),
        ),
    )


def _sections(table: OwnTable, several: bool) -> tuple[Section, ...]:
    where = f"{table.name}: " if several else ""
    machines = devices(table.cases)
    notes = [SEEDS, *([f"Solved on: {'; '.join(machines)}."] if machines else [])]
    pictures: tuple[Block, ...] = (*numbers_by_case(table), *curves_by_case(table))
    return (
        Section(f"{where}Cases", (cases_table(table),)),
        Section(f"{where}What the solutions say", (findings_table(table), *map(Text, notes))),
        Section(f"{where}Figures", pictures or (Text("No case that converged left a table that is drawn."),)),
        Section(f"{where}How accurate they are", (measures_table(table),)),
    )


def _models(cases: Sequence[Case]) -> str:
    """The models that were solved, as far as their directories say."""
    files = [case.directory / "run.json" for case in cases]
    names = dict.fromkeys(str(read_json(file, ("model",))["model"]) for file in files if file.is_file())
    return ", ".join(names) or "Solves"


def _sizes(tables: Sequence[OwnTable]) -> str:
    cases, solves = sum(len(table.designs) for table in tables), sum(len(table.cases) for table in tables)
    return f"{cases} case{'s' * (cases != 1)}, {solves} solve{'s' * (solves != 1)}"
