"""The page of a study of export entry: how far values are from exact ones, and what the paper's own losses come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Cell, Page, Picture, Section, Table, Text
from hetkeras.report.runs.flip_figures import Dots, dots_figure
from hetkeras.report.studies.cases import Case, devices, read_cases
from hetkeras.report.studies.kahou_2022_tables import failures, median, median_error, page_link, worst
from hetkeras.report.studies.krusell_smith_tables import by_group, right

MAIN, PAPER = "export_entry", "paper_losses"
NAMES = (MAIN, PAPER)
MODELS = ("ExportEntry",)
COLUMNS = ("seed", "num_destinations", "train_seconds", "residual_own_rms", "residual_drawn_rms")
REST = ("value_at_rest", "policy_value", "policy_value_error")
OPTIONAL = (
    "gain_residual_own_rms",
    "value_error_rms",
    "decisions_right",
    *REST,
    "policy_value_gap",
    "policy_value_limit",
)
EASY, USUAL, MANY = 0.003, 0.005, 0.01
"""Value errors aimed at: default destinations, one or ten; variants and maps; a hundred that are alike."""
HUNDRED = 100

RESIDUALS = ("residual_own", "residual_drawn", "gain_residual_own")
HEADER = (
    "",
    "case",
    "J",
    "converged",
    "median",
    "worst",
    "right",
    "own states",
    "drawn states",
    "gains",
    "value",
    "policy",
)
SPANS = (("", 4), ("value error", 2), ("decisions", 1), ("HJB residual", 3), ("at rest, serving none", 2), ("", 1))
NOTES = (
    "Value error: root mean square distance to the exact value, relative to it; median and worst over seeds, – where "
    "no exact value is known. Worst is green up to what was aimed at and red beyond: 0.3 % for one and ten "
    "destinations at their defaults, 0.5 % for variants and maps, 1 % for a hundred that are alike.",
    "Decisions right: share of opportunities at which the exact value decides alike, lowest over seeds. HJB residual: "
    "root mean square in units of the discount rate times the scale of the value, median over seeds, on states that "
    "the policy itself visits and on states drawn far beyond; for gains, of the equation of one flip's gain on visited "
    "states, in units of the discount rate times a J-th of that scale.",
    "Value is what the network says of a firm at rest that serves no destination; policy is what simulated firms earn "
    "that follow it, ± one standard error; both of the first seed. No policy earns more than the true value: where no "
    "exact value is known, this and the bounds of the model judge. Efforts without a bound are not simulated.",
    "Table 1 of the paper, losses on fresh paths, stands beside ours on the page of each case, which python -m "
    "apps.report draws in the directory of the case.",
)
FLAWS = (
    "The losses as Huang and Yu (2024, section 2.3) print them, and mended in part. What is wrong: the printed "
    "backward equation lacks the compensator of the jumps, so that the two losses contradict each other; trained over "
    "one step, it cannot see the curvature of the value; and dividing expectations by P_t slows the generator."
)
CAPTION = (
    "One dot a seed, on log scales; the bar is the most that is aimed at (left), and three standard errors of the "
    "simulation plus 1 % (right). Right, an error of the simulation is part of the distance. What is not known is not "
    "drawn."
)


def study_page(directory: Path) -> Page:
    """Returns the page of a study directory.

    Raises:
      RunDirectoryError: if results.csv or a file of a case is damaged.
    """
    cases = read_cases(directory, NAMES, COLUMNS, OPTIONAL)
    main, paper = ([case for case in cases if case.table == name] for name in NAMES)
    count = sum(case.converged for case in main)
    return Page(
        title=f"Export entry, solved and checked: {directory.resolve().name}",
        subtitle="After Huang and Yu (2024), a firm's export destinations among 2^J combinations",
        verdict=Text(f"{count} of {len(main)} solves converged", "good" if main and count == len(main) else "bad"),
        sections=(
            Section("Accuracy by case", _accuracy(main)),
            Section("Distances, seed by seed", _distances(cases)),
            Section("The paper's losses", _paper(paper)),
            Section("Solves that did not converge", (failures(cases) or Text("None."),)),
        ),
    )


def _accuracy(cases: Sequence[Case]) -> tuple[Block, ...]:
    if not cases:
        return (Text(f"No solve of the table {MAIN} is in results.csv."),)
    machines = devices(cases)
    notes = (*NOTES, f"Ran on: {'; '.join(machines)}.") if machines else NOTES
    return (_table(cases), *map(Text, notes))


def _paper(cases: Sequence[Case]) -> tuple[Block, ...]:
    if not cases:
        return (Text(f"No solve of the table {PAPER} is in results.csv."),)
    count = sum(case.converged for case in cases)
    return (Text(FLAWS), _table(cases), Text(f"Of {len(cases)} solves, {count or 'none'} passed every check."))


# --- tables --------------------------------------------------------------------------------------------------
def _table(cases: Sequence[Case]) -> Table:
    rows = []
    for group, designs in by_group(cases).items():
        for number, (description, seeds) in enumerate(designs.items()):
            link = next(filter(None, map(page_link, seeds)), "")
            label = Cell("" if number else group), Cell(description, link=link)
            rows.append((*label, *_numbers(seeds), Cell(formats.seconds(median(seeds, "train_seconds")))))
    return Table((*HEADER, "training (s)"), tuple(rows), SPANS, numbers_from=2)


def _numbers(seeds: Sequence[Case]) -> tuple[Cell, ...]:
    return (
        Cell(formats.fixed(median(seeds, "num_destinations"), 0)),
        right(seeds),
        Cell(formats.percent(median_error(seeds, "value_error_rms"))),
        _worst_error(seeds),
        _decisions(seeds),
        *(Cell(formats.percent(median_error(seeds, f"{states}_rms"))) for states in RESIDUALS),
        *_rest(seeds),
    )


def _worst_error(seeds: Sequence[Case]) -> Cell:
    error, limit = worst(seeds, "value_error_rms"), _aim(seeds)
    known = not math.isnan(error) and not math.isnan(limit)
    return Cell(formats.percent(error), ("good" if error <= limit else "bad") if known else "")


def _decisions(seeds: Sequence[Case]) -> Cell:
    """The lowest share over seeds; red if a seed lacks what another has."""
    shares = [case.numbers["decisions_right"] for case in seeds]
    known = [share for share in shares if math.isfinite(share)]
    if not known:
        return Cell(formats.ABSENT)
    return Cell(f"{formats.fixed(100 * min(known), 2)} %", "bad" if len(known) < len(shares) else "")


def _rest(seeds: Sequence[Case]) -> tuple[Cell, Cell]:
    """Value and policy value of the first seed that has them."""
    for numbers in (case.numbers for case in seeds):
        if all(math.isfinite(numbers[name]) for name in REST):
            value, policy, error = (numbers[name] for name in REST)
            return Cell(formats.plain(value)), Cell(formats.plain(policy), below=f"± {formats.significant(error)}")
    return (Cell(formats.ABSENT),) * 2


def _aim(seeds: Sequence[Case]) -> float:
    """The value error that was aimed at; NaN where the method is the paper's, or all seeds stopped."""
    case, count = seeds[0], median(seeds, "num_destinations")
    if case.table == PAPER or math.isnan(count):
        return math.nan
    if case.group == "alike":
        return MANY if count >= HUNDRED else EASY
    return EASY if case.description == "default" else USUAL


# --- figure --------------------------------------------------------------------------------------------------
def _distances(cases: Sequence[Case]) -> tuple[Block, ...]:
    names = [f"{case.group}, {case.description}" for case in cases]
    rows = list(dict.fromkeys(names))
    aims = np.array([_aim([case]) for case in cases])
    gap, limit = (_share(cases, f"policy_value_{part}") for part in ("gap", "limit"))
    panels = (
        Dots("value error (%)", 100 * _column(cases, "value_error_rms"), 100 * aims),
        Dots("value at rest to policy value (%)", 100 * gap, 100 * limit),
    )
    drawn = [panel for panel in panels if np.any(np.isfinite(panel.values) & (panel.values > 0))]
    if not drawn:
        return (Text("No solve has a value error or a policy value: nothing is drawn."),)
    places, passed = np.array([rows.index(name) for name in names]), np.array([case.converged for case in cases])
    figure = dots_figure(rows, places, passed, drawn)
    return (Picture(figure, "Value errors and distances to the policy value by case, one dot a seed", CAPTION),)


def _share(cases: Sequence[Case], name: str) -> np.ndarray:
    """Of the policy value, which is nothing where entry never pays, [S]."""
    policy = np.abs(_column(cases, "policy_value"))
    return _column(cases, name) / np.where(policy > 0, policy, np.nan)


def _column(cases: Sequence[Case], name: str) -> np.ndarray:
    """Numbers of the solves, [S]."""
    return np.array([case.numbers[name] for case in cases])
