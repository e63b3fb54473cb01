"""The page of one solve: verdict, checks, calibration, figures, every number, and how to load the solution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetkeras.errors import RunDirectoryError
from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Cell, Facts, Page, Section, Table, Text, absent, cells
from hetkeras.report.parts.formats import words
from hetkeras.report.parts.loading import loading, read_metadata
from hetkeras.report.parts.loss_table import LOSSES, loss_table
from hetkeras.report.parts.published import published
from hetkeras.report.parts.reading import number, read_json, read_rows
from hetkeras.report.parts.training_block import FILE as TRAINING
from hetkeras.report.parts.training_block import training_block
from hetkeras.report.runs import (
    agent_page,
    box_page,
    branch_page,
    branch_series,
    firm_page,
    flip_page,
    glossary,
    horizon_page,
    household_page,
    network_page,
)
from hetkeras.report.runs.column_table import column_table

SHOWN_APART = ("model", "calibration")
FAMILIES = (
    (("Investment",), agent_page.FILES, agent_page.agent_pictures),
    (("KhanThomas",), firm_page.FILES, firm_page.firm_pictures),
    (("Huggett", "Aiyagari", "KrusellSmith"), household_page.FILES, household_page.household_pictures),
    (("ExportEntry",), flip_page.FILES, flip_page.flip_pictures),
    (("Bloom",), branch_series.FILES, branch_page.branch_pictures),
    (("ProductionNetwork", "LinkFormationGame"), network_page.FILES, network_page.network_pictures),
    (("LQControl", "AllenCahn", "DefaultRisk"), horizon_page.FILES, horizon_page.horizon_pictures),
)
"""Our models of a family, tables that are written together, and what draws them."""
GROUPS = {"settings": "Settings of the method", "options": "Options of the solve", "versions": "Versions of packages"}


def run_page(directory: Path) -> Page:
    """Returns the page of a run directory.

    Raises:
      RunDirectoryError: if run.json or diagnostics.json is missing, or any file is damaged.
    """
    run = read_json(directory / "run.json", ("model", "calibration"))
    numbers = read_json(directory / "diagnostics.json", ("converged",))
    checks = _checks(directory / "checks.csv")
    model, preset = str(run["model"]), run.get("preset")
    source = run.get("model_file")
    about = [f"model {model}" + (f" of {source}" if source else ""), *([f"preset {preset}"] if preset else [])]
    about += [f"seed {run['seed']}"] if "seed" in run else []
    return Page(
        title=f"{model}: {directory.resolve().name}",
        subtitle=", ".join(about),
        verdict=verdict(directory, numbers, checks),
        sections=(
            Section("Checks", (checks or absent("checks.csv", "the table of checks is left out"),)),
            Section("Calibration", (_calibration(directory, run["calibration"]),)),
            Section("Figures", _figures(directory)),
            Section("All diagnostics", (_diagnostics(numbers),), f"The {len(numbers)} numbers of diagnostics.json"),
            Section("Files of numbers", column_table(directory, _units(directory)), "Columns of every CSV, in words"),
            Section("How it was solved", (*_settings(run), *training_block(directory / TRAINING))),
            Section("Loading the solution", loading(directory, numbers)),
        ),
    )


def verdict(directory: Path, numbers: Mapping[str, Any], checks: Table | None) -> Text:
    """Returns the headline; a run whose checks and verdict disagree is never shown as right.

    Raises:
      RunDirectoryError: if `converged` is not true or false.
    """
    converged = numbers["converged"]
    if not isinstance(converged, bool):
        raise RunDirectoryError(
            f"{directory / 'diagnostics.json'}: converged is {converged!r}, expected true or false; solve again"
        )
    if not converged:
        return Text(f"Not converged: {numbers.get('reason') or 'no reason is on file'}", "bad")
    verdicts = [row[-1] for row in checks.rows] if checks else []
    failed = sum(cell.tone == "bad" for cell in verdicts)
    if failed:
        return Text(f"Converged by its diagnostics, but {failed} of {len(verdicts)} checks fail", "bad")
    return Text("Converged" + (f": {len(verdicts)} of {len(verdicts)} checks pass" if verdicts else ""), "good")


def _units(directory: Path) -> Mapping[str, str]:
    """Of inputs and outputs of the solution."""
    return read_metadata(directory).get("units", {})


def _figures(directory: Path) -> tuple[Block, ...]:
    """The figures of a family of which there is a table; its other tables are missed by name."""
    drawn: list[Block] = [*box_page.box_pictures(directory)]
    for _, names, draw in FAMILIES:
        if any((directory / name).exists() for name in names):
            drawn += draw(directory)
    return tuple(drawn) or (*loss_table(directory / LOSSES), _no_figures(directory))


def _no_figures(directory: Path) -> Text:
    """Names the tables of our models; which ones a method writes for a model of somebody's own is not known here."""
    names = [name for models, files, _ in FAMILIES if published(directory, *models) for name in files]
    missed = f"None of {', '.join(names)}" if names else "No table from which a figure is drawn"
    return Text(f"{missed} is in the directory: there are no figures.")


def _checks(path: Path) -> Table | None:
    if not path.exists():
        return None
    rows = []
    for line, row in enumerate(read_rows(path, ("check", "measured", "expected", "verdict")), 2):
        if row["verdict"] not in ("PASS", "FAIL"):
            raise RunDirectoryError(f"{path}, line {line}: verdict is {row['verdict']!r}, expected PASS or FAIL")
        found, name = number(path, line, row, "measured"), row["check"]
        measured = glossary.quantity(name, found if math.isfinite(found) else None)
        verdict = Cell(row["verdict"], "good" if row["verdict"] == "PASS" else "bad")
        about = glossary.explanation(name) or words(name)
        rows.append((*cells(about, name, measured, glossary.limit(name, row["expected"])), verdict))
    return Table(("check", "name", "measured", "expected", "verdict"), tuple(rows), numbers_from=2)


def _diagnostics(numbers: Mapping[str, Any]) -> Table:
    rows = [
        cells(glossary.explanation(name) or words(name), name, glossary.written(name, value))
        for name, value in numbers.items()
    ]
    return Table(("diagnostic", "name", "value"), tuple(rows), numbers_from=2)


def _calibration(directory: Path, values: Any) -> Block:
    if not isinstance(values, dict):
        raise RunDirectoryError(
            f"{directory / 'run.json'}: calibration is {values!r}, expected field -> value; solve again"
        )
    return _facts(values)


def _settings(run: Mapping[str, Any]) -> tuple[Block, ...]:
    """Everything else in run.json: single values first, then each group that is not empty under its title."""
    rest = {name: value for name, value in run.items() if name not in SHOWN_APART}
    groups = {name: value for name, value in rest.items() if isinstance(value, dict)}
    single = {name: value for name, value in rest.items() if name not in groups}
    return (_facts(single), *(_facts(values, GROUPS.get(name, name)) for name, values in groups.items() if values))


def _facts(values: Mapping[str, Any], title: str = "") -> Facts:
    return Facts(tuple((name, formats.brief(value)) for name, value in values.items()), title)
