"""Tables of a study of somebody's own model: its cases, and their numbers side by side."""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Callable, Sequence

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Cell, Table
from hetkeras.report.runs import glossary
from hetkeras.report.studies.cases import Case
from hetkeras.report.studies.kahou_2022_tables import page_link
from hetkeras.report.studies.krusell_smith_tables import right, summary
from hetkeras.report.studies.own_cases import OwnTable

SAME = 5e-6  # relative, below which a difference is not told
ROUNDING = 1e-4  # numbers that are as small may be a zero


def cases_table(table: OwnTable) -> Table:
    """Returns a line for each case: how many seeds are right, and what makes it another than the first."""
    rows = []
    for number, (name, seeds) in enumerate(table.designs.items()):
        changed = table.differences[name] or ("what others are compared with" if number == 0 else "the same")
        rows.append((Cell(name, link=page_link(seeds[0])), Cell(changed), right(seeds)))
    return Table(("case", "what is different", "seeds right"), tuple(rows), numbers_from=2)


def findings_table(table: OwnTable) -> Table:
    """Returns a line for each finding, with its mean over seeds in each case and the distance to the first case."""
    first = next(iter(table.designs.values()))
    return _numbers(table, table.findings, functools.partial(_compared, first))


def measures_table(table: OwnTable) -> Table:
    """Returns a line for each measure of accuracy, with its mean over seeds in each case."""
    return _numbers(table, table.measures, _summary)


def _numbers(table: OwnTable, columns: Sequence[str], cell: Callable[[Sequence[Case], str], Cell]) -> Table:
    rows = [
        (Cell(column), Cell(glossary.explanation(column)), *(cell(seeds, column) for seeds in table.designs.values()))
        for column in columns
    ]
    return Table(("", "in words", *table.designs), tuple(rows), numbers_from=2)


def mean_of(seeds: Sequence[Case], column: str) -> float:
    """The mean of a column over the seeds that have it; NaN if none has."""
    known = [case.numbers[column] for case in seeds if math.isfinite(case.numbers[column])]
    return statistics.fmean(known) if known else math.nan


def _summary(seeds: Sequence[Case], column: str) -> Cell:
    return summary(seeds, column, functools.partial(glossary.written, column))


def _compared(first: Sequence[Case], seeds: Sequence[Case], column: str) -> Cell:
    cell, own, usual = _summary(seeds, column), mean_of(seeds, column), mean_of(first, column)
    change = (own - usual) / abs(usual) if abs(usual) > ROUNDING else math.nan
    if not math.isfinite(change) or abs(change) < SAME:
        return cell
    told = f"{'+' if change > 0 else '−'}{formats.percent(abs(change))}"
    return Cell(cell.text, cell.tone, below=f"{cell.below} {told}".strip())
