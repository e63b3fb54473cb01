"""The page of a study of production networks: how far values are from exact ones, and what policies are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Cell, Page, Picture, Section, Table, Text
from hetkeras.report.parts.loss_table import loss_study
from hetkeras.report.runs.flip_figures import Dots, dots_figure
from hetkeras.report.runs.network_page import LOSS_REMARK, PAPER
from hetkeras.report.studies.cases import Case, devices, read_cases
from hetkeras.report.studies.kahou_2022_tables import failures, median, median_error, page_link, worst
from hetkeras.report.studies.krusell_smith_tables import by_group, right

EXACT, ECONOMY = "exact_network", "network"
NAMES = (EXACT, ECONOMY)
MODELS = ("ProductionNetwork", "LinkFormationGame")
COLUMNS = ("seed", "train_seconds", "residual_own_rms", "gain_residual_own_rms")
OPTIONAL = (
    *("option_error_rms", "range_error_max", "decisions_right", "value_full", "policy_worth", "policy_worth_error"),
    *("policy_worth_gap", "policy_worth_limit", "value_scale", "rejected_share", "rejected_share_known"),
)
AIMS = {
    **{"two sectors": 0.005, "three sectors": 0.005, "37 sectors": 0.01},
    **{"two delegates": 0.01, "three delegates": 0.01},
}
"""Errors relative to the option value that are aimed at, by group."""
HEADER = (
    "",
    "case",
    "converged",
    "median",
    "worst",
    "of range",
    "right",
    "rejected",
    "own states",
    "gains",
    "value",
    "policy",
)
SPANS = (
    *(("", 3), ("error of the option value", 2), ("", 1), ("decisions", 2), ("residual", 2)),
    *(("full network at rest", 2), ("", 1)),
)
NOTES = (
    "Error of the option value: root mean square distance to exact values in units of constant consumption, relative "
    "to what forming links at all is worth there; median and worst over seeds, – where nothing is known exactly; worst "
    "is green up to what was aimed at. Of range: largest distance relative to the range of exact values.",
    "Decisions right: share of opportunities to form a link at which exact gains decide alike, lowest over seeds; "
    "rejected: share of what is offered that is not taken, on average over states, below as exact gains have it, of "
    "the first seed. Residual: root mean square of the HJB equation on states that the policy itself visits, in units "
    "of the discount rate times the scale "
    "of the value; for gains, of the equation of one link's gain, relative to what the gain does to it; medians over "
    "seeds.",
    "Value is what the network says of the full network at rest, policy what simulated planners who follow it come to, "
    "± one standard error; both of the first seed. Delegates are sectors that decide on their own links, each for its "
    "own unit cost: exact is an equilibrium on a grid, and values are means over delegates.",
)
CAPTION = (
    "One dot a seed, on log scales; the bar is the most that is aimed at (left), and three standard errors of the "
    "simulation plus 1 % of the scale (right). What is not known is not drawn."
)


def study_page(directory: Path) -> Page:
    """Returns the page of a study directory.

    Raises:
      RunDirectoryError: if results.csv or a file of a case is damaged.
    """
    cases = read_cases(directory, NAMES, COLUMNS, OPTIONAL)
    count = sum(case.converged for case in cases)
    return Page(
        title=f"Production networks, solved and checked: {directory.resolve().name}",
        subtitle="After Huang and Yu (2024), links between sectors, formed one at a time by a planner or by sectors",
        verdict=Text(f"{count} of {len(cases)} solves converged", "good" if count == len(cases) > 0 else "bad"),
        sections=(
            Section("Where the solution is known", _accuracy([case for case in cases if case.table == EXACT])),
            Section("Economies", _accuracy([case for case in cases if case.table == ECONOMY])),
            Section("Distances, seed by seed", _distances(cases)),
            Section("The paper's losses, for comparison", loss_study(cases, PAPER, LOSS_REMARK)),
            Section("Solves that did not converge", (failures(cases) or Text("None."),)),
        ),
    )


def _accuracy(cases: Sequence[Case]) -> tuple[Block, ...]:
    if not cases:
        return (Text("No solve of this kind is in results.csv."),)
    rows = []
    for group, designs in by_group(cases).items():
        for number, (description, seeds) in enumerate(designs.items()):
            link = next(filter(None, map(page_link, seeds)), "")
            label = Cell("" if number else group), Cell(description, link=link)
            rows.append((*label, *_numbers(seeds), Cell(formats.seconds(median(seeds, "train_seconds")))))
    table = Table((*HEADER, "training (s)"), tuple(rows), SPANS, numbers_from=2)
    machines = devices(cases)
    notes = (*NOTES, f"Ran on: {'; '.join(machines)}.") if machines else NOTES
    return (table, *map(Text, notes))


def _numbers(seeds: Sequence[Case]) -> tuple[Cell, ...]:
    error, limit = worst(seeds, "option_error_rms"), AIMS.get(seeds[0].group, math.nan)
    known = not math.isnan(error) and not math.isnan(limit)
    decided = [case.numbers["decisions_right"] for case in seeds if math.isfinite(case.numbers["decisions_right"])]
    return (
        right(seeds),
        Cell(formats.percent(median_error(seeds, "option_error_rms"))),
        Cell(formats.percent(error), ("good" if error <= limit else "bad") if known else ""),
        Cell(formats.percent(worst(seeds, "range_error_max"))),
        Cell(f"{formats.fixed(100 * min(decided), 2)} %" if decided else formats.ABSENT),
        _rejected(seeds[0]),
        *(Cell(formats.percent(median(seeds, name))) for name in ("residual_own_rms", "gain_residual_own_rms")),
        *_worth(seeds),
    )


def _rejected(case: Case) -> Cell:
    mine, known = (case.numbers[name] for name in ("rejected_share", "rejected_share_known"))
    if not math.isfinite(mine) or not math.isfinite(known):
        return Cell(formats.ABSENT)
    return Cell(formats.percent(mine), below=f"exact {formats.percent(known)}")


def _worth(seeds: Sequence[Case]) -> tuple[Cell, Cell]:
    """Value and worth of the policy of the first seed that has them."""
    for numbers in (case.numbers for case in seeds):
        value, policy, error = (numbers[name] for name in ("value_full", "policy_worth", "policy_worth_error"))
        if all(map(math.isfinite, (value, policy, error))):
            return Cell(formats.plain(value)), Cell(formats.plain(policy), below=f"± {formats.significant(error)}")
    return (Cell(formats.ABSENT),) * 2


def _distances(cases: Sequence[Case]) -> tuple[Block, ...]:
    names = [f"{case.group}, {case.description}" for case in cases]
    rows = list(dict.fromkeys(names))
    column = {name: np.array([case.numbers[name] for case in cases]) for name in OPTIONAL}
    aims = np.array([AIMS.get(case.group, math.nan) for case in cases])
    gap, limit = (column[f"policy_worth_{part}"] / column["value_scale"] for part in ("gap", "limit"))
    panels = (
        Dots("error of the option value (%)", 100 * column["option_error_rms"], 100 * aims),
        Dots("value to worth of the policy (% of the scale)", 100 * gap, 100 * limit),
    )
    drawn = [panel for panel in panels if np.any(np.isfinite(panel.values) & (panel.values > 0))]
    if not drawn:
        return (Text("No solve has an error or a worth of its policy: nothing is drawn."),)
    places, passed = np.array([rows.index(name) for name in names]), np.array([case.converged for case in cases])
    figure = dots_figure(rows, places, passed, drawn)
    return (Picture(figure, "Errors and distances to what the policy is worth by case, one dot a seed", CAPTION),)
