"""Tables of a study: the paper's numbers beside the median over our seeds."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Cell, Table
from hetkeras.report.studies.cases import Case, published, row_key

PAPER = {
    "seconds": "time (s)",
    "parameters_thousands": "params (K)",
    "train_mse": "train MSE",
    "test_mse": "test MSE",
    "validation_mse": "val. MSE",
    "policy_error_percent": "policy error",
}
OURS = ("right", "time (s)", "params (K)", "train MSE", "fresh MSE", "policy error", "worst")


def comparison(table: str, cases: Sequence[Case]) -> Table:
    """Returns Table 1 or Table 2: one line a design, in the paper's order, designs of our own after its group's.

    Args:
      table: "table1" or "table2".
      cases: of that table.
    """
    paper = {row_key(row["group"], row["description"]): row for row in published(table)}
    names = {key: (row["group"], row["description"]) for key, row in paper.items()}
    names |= {case.row: (case.group, case.description) for case in cases if case.row not in names}
    groups = list(dict.fromkeys(key.split("|")[0] for key in names))
    columns = [column for column in PAPER if column in next(iter(paper.values()))]
    rows, previous = [], ""
    for key in sorted(names, key=lambda key: groups.index(key.split("|")[0])):
        group, description = names[key]
        theirs = paper.get(key, {})
        mine = [case for case in cases if case.row == key]
        label = Cell("" if key.split("|")[0] == previous else formats.greek(group))
        rows.append((label, Cell(formats.greek(description)), *_paper_cells(theirs, columns), *_our_cells(mine)))
        previous = key.split("|")[0]
    header = ("network", "design", *(PAPER[column] for column in columns), *OURS)
    return Table(header, tuple(rows), (("", 2), ("paper", len(columns)), ("hetkeras", len(OURS))), 2)


def missing(table: str, cases: Iterable[Case]) -> list[str]:
    """Returns the designs of the paper that no row of results.csv has."""
    had = {case.row for case in cases}
    rows = [(row["group"], row["description"]) for row in published(table)]
    return [formats.greek(f"{group} {name}") for group, name in rows if row_key(group, name) not in had]


def fewer_seeds(cases: Sequence[Case]) -> list[str]:
    """Returns the designs solved with fewer seeds than others: their other solves stopped or are still to come."""
    counts = Counter(case.row for case in cases)
    most = max(counts.values(), default=0)
    names = {case.row: formats.greek(f"{case.group} {case.description}") for case in cases}
    return [f"{names[row]} ({count} of {most})" for row, count in counts.items() if count < most]


def failures(cases: Iterable[Case]) -> Table | None:
    """Returns the cases that did not converge and why, or None if all did."""
    rows = [_failure(case) for case in cases if not case.converged]
    if not rows:
        return None
    header = tuple(rows[0])
    return Table(header, tuple(tuple(row.values()) for row in rows), numbers_from=len(header))


def _failure(case: Case) -> dict[str, Cell]:
    name = formats.greek(f"{case.group} {case.description}")
    agents = {"N": Cell(formats.fixed(case.numbers["num_agents"], 0))} if "num_agents" in case.numbers else {}
    return {
        "table": Cell(case.table),
        "case": Cell(name, link=page_link(case)),
        **agents,
        "seed": Cell(formats.fixed(case.numbers["seed"], 0)),
        "reason": Cell(case.reason or "no reason is on file"),
    }


def page_link(case: Case) -> str:
    """Returns the address of a case's own page; empty if it has none."""
    there = case.run_dir and (case.directory / "report.html").is_file()
    return quote(f"{case.run_dir}/report.html") if there else ""


def median(cases: Sequence[Case], column: str) -> float:
    """Returns the median over the cases that have the number; NaN if none has."""
    return _over(statistics.median, cases, column, False)


def median_error(cases: Sequence[Case], column: str) -> float:
    """Returns the median over all cases, an error that is missing counting as infinite; NaN if all are missing."""
    return _over(statistics.median, cases, column, True)


def worst(cases: Sequence[Case], column: str) -> float:
    """Returns the largest error, infinite if one is missing; NaN if all are missing."""
    return _over(max, cases, column, True)


def _over(
    summary: Callable[[Sequence[float]], float], cases: Sequence[Case], column: str, missing_is_infinite: bool
) -> float:
    values = [case.numbers[column] for case in cases]
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return math.nan
    return summary([math.inf if math.isnan(v) else v for v in values] if missing_is_infinite else known)


def _paper_cells(row: Mapping[str, str], columns: Sequence[str]) -> tuple[Cell, ...]:
    units = {"policy_error_percent": " %"}
    texts = [row[column] + units.get(column, "") if row else formats.ABSENT for column in columns]
    return (*map(Cell, texts[:-1]), Cell(texts[-1], mark=row.get("footnote", "")))


def _our_cells(cases: Sequence[Case]) -> tuple[Cell, ...]:
    if not cases:
        return (Cell(formats.ABSENT),) * len(OURS)
    right = sum(case.converged for case in cases)
    return (
        Cell(f"{right}/{len(cases)}", "good" if right == len(cases) else "bad"),
        Cell(formats.seconds(median(cases, "train_seconds"))),
        Cell(formats.thousands(median(cases, "parameters"))),
        Cell(formats.scientific(median_error(cases, "train_mse"))),
        Cell(formats.scientific(median_error(cases, "euler_mse"))),
        Cell(formats.percent(median_error(cases, "policy_error_mean"))),
        Cell(formats.percent(worst(cases, "policy_error_mean"))),
    )
