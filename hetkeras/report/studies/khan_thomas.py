"""The page of a study of Krusell-Smith methods: tables and figures of Yokomoto (2026), the paper's beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Page, Section, Text
from hetkeras.report.parts.reading import read_json
from hetkeras.report.parts.series import (
    AGGREGATES,
    RESPONSE,
    RESPONSES,
    SIMULATION,
    read_responses,
    read_simulation,
)
from hetkeras.report.runs.firm_page import INVERSE, RESPONSE_CAPTION
from hetkeras.report.studies.cases import Case, devices, read_cases
from hetkeras.report.studies.kahou_2022_tables import failures
from hetkeras.report.studies.krusell_smith_figures import PathFile, ResponseFile, compared_responses, compared_solves
from hetkeras.report.studies.krusell_smith_rows import COLUMNS, OPTIONAL
from hetkeras.report.studies.krusell_smith_tables import (
    KHAN_THOMAS,
    by_group,
    calibrations_table,
    sources,
    statistics_table,
)

MAIN, OTHERS = "khan_thomas", "calibrations"
NAMES = (MAIN, OTHERS)
MODELS = ("KhanThomas",)
BASELINE = "baseline of Terry (2017)"
SHOWN = {"KS": "fixed point of the rules", "NN-KS": "tables on closed-form baselines"}
"""Designs that figures prefer."""
FILE = PathFile(SIMULATION, read_simulation, AGGREGATES, "aggregate_index")
SHOCKED = ResponseFile(RESPONSE, read_responses, RESPONSES, RESPONSE_CAPTION.format(size="", pairs="") + INVERSE)

SEEDS = (
    "Ours is the mean over seeds, converged or not; in brackets below it the standard deviation over seeds (n − 1). A "
    "number in red is one that some seeds lack, because it is not finite or their solve stopped. – is not reported, "
    "in red not known of any seed."
)
NOTES = {
    "time": (
        "The paper's times are of a Core i7-12700F: KS is Terry's Fortran with OpenMP, NN-KS is PyTorch. Its totals "
        "are of six rounds; ours run until the forecast rules stand still.",
        "Terry's program maximises again for each of 250 kinds of firm at each price, although the best capital does "
        "not depend on what a firm has. Maximising once for each productivity takes 18 s instead of 151 s for 2,500 "
        "periods on one core, with the same numbers, and 1.3 to 1.9 s once the expected value is one spline. Our KS "
        "columns maximise once.",
    ),
    "bellman": (
        "The paper's error of KS is a harmless constant. Terry's program starts every policy evaluation at V = 0 and "
        "stops it after 50 steps, so that its V is too low by 2.02 at every state; hence an average and a maximum that "
        "are all but the same, 0.0473 and 0.0474. A constant in V moves no choice. Without that reset the error is "
        "3e-09 and policies differ by less than 1e-06. Rows other than the level judge the part that matters.",
        "Levels are taken on the paper's 2,500 states. The last row is what a firm loses by the target it aims at, on "
        "average, in units of the mean cost of adjustment.",
    ),
    "cycle": (
        "Logs, Hodrick-Prescott filter with λ = 100, first 500 periods left out. The paper's KS column is its own run "
        "of Terry's program on the shocks that ours uses, too; Terry's printed numbers are of other shocks.",
    ),
    "forecast": (
        "The paper's Den Haan statistics and errors of KS are Terry's, on other shocks. Terry's rules stop short of "
        "their fixed point: at half steps, his tolerance for a coefficient is 0.001. Den Haan statistics compare with "
        "forecasts that are iterated on the rules and never corrected. Refined grids are "
        "solved with rules of the same kind.",
    ),
    "state": (
        "R² of exactly 1.0000 in the paper's KS columns are Terry's; his program gives 0.9985 to 0.9998 on the shocks "
        "that we use.",
    ),
    "micro": ("Time means of moments over firms, as in Terry (2017); firms that do not adjust count as i/k = 0.",),
}
TITLES = {
    "time": "Table 1: computation time",
    "bellman": "Table 2: Bellman equation error",
    "cycle": "Table 3: business cycle statistics",
    "forecast": "Table 4: accuracy of the forecasting rules",
    "state": "Table 9: forecast accuracy by aggregate state",
    "micro": "Table 11 of the March appendix: investment rates of firms",
}


def study_page(directory: Path) -> Page:
    """Returns the page of a study directory.

    Raises:
      RunDirectoryError: if results.csv or a file of a case is damaged.
    """
    needed = tuple(column for column in COLUMNS if column not in OPTIONAL)
    cases = read_cases(directory, NAMES, ("seed", *needed), OPTIONAL)
    main, others = ([case for case in cases if case.table == name] for name in NAMES)
    count = sum(case.converged for case in cases)
    tables = [Section(title, _table(name, main)) for name, title in TITLES.items()]
    return Page(
        title=f"Krusell-Smith with networks, replicated: {directory.resolve().name}",
        subtitle="Yokomoto (2026), lumpy investment under aggregate shocks after Khan and Thomas (2008)",
        verdict=Text(f"{count} of {len(cases)} solves converged", "good" if count == len(cases) else "bad"),
        sections=(
            *tables,
            Section("Figure 3: simulated paths on the same shocks", compared_solves(main, SHOWN, FILE)),
            Section("Impulse responses", compared_responses(main, SHOWN, SHOCKED)),
            Section("Other calibrations", _calibrations(main, others)),
            Section("Solves that did not converge", (failures(cases) or Text("None."),)),
        ),
    )


def _table(name: str, cases: Sequence[Case]) -> tuple[Block, ...]:
    notes = [f"Published: {sources(name, KHAN_THOMAS)}.", *NOTES[name]]
    if name == "time":
        notes = [SEEDS, *notes]
        machines = devices(cases)
        notes += [f"Ours ran on: {'; '.join(machines)}."] if machines else []
    if not cases:
        notes = ["No solve of ours at the paper's calibration is in results.csv.", *notes]
    return (statistics_table(name, cases, KHAN_THOMAS), *map(Text, notes))


def _calibrations(main: Sequence[Case], others: Sequence[Case]) -> tuple[Block, ...]:
    if not others:
        return (Text(f"No solve of the table {OTHERS} is in results.csv."),)
    baseline = by_group([case for case in main if SHOWN.get(case.group) == case.description])
    groups = {BASELINE: [seeds for group in baseline.values() for seeds in group.values()]}
    for description in dict.fromkeys(case.description for case in others):
        same = by_group([case for case in others if case.description == description])
        groups[description] = [seeds for group in same.values() for seeds in group.values()]
    usual = _calibration(groups[BASELINE])
    fields = {name: _differences(_calibration(seeds), usual) for name, seeds in groups.items()}
    note = (
        "Published numbers exist for the baseline only. The two methods share economics, simulator and the form of the "
        "forecast rules, but neither values nor choices: where they agree, neither is likely to be wrong."
    )
    return (calibrations_table(groups, fields), Text(note))


def _calibration(methods: Sequence[Sequence[Case]]) -> dict[str, Any]:
    """Calibration of the first case that has a run.json."""
    files = (case.directory / "run.json" for seeds in methods for case in seeds)
    return next((read_json(file, ("calibration",))["calibration"] for file in files if file.is_file()), {})


def _differences(fields: dict[str, Any], usual: dict[str, Any]) -> str:
    changed = [f"{name} {formats.exact(value)}" for name, value in fields.items() if usual and value != usual.get(name)]
    return ", ".join(changed)
