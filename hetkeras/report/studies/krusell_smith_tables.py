"""Tables of a study of Krusell-Smith methods: statistics in rows, published numbers beside ours over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Cell, Table
from hetkeras.report.studies.cases import Case, read_published
from hetkeras.report.studies.krusell_smith_rows import CALIBRATIONS, TABLES, Rows, Statistic


class Published(NamedTuple):
    """paper: file of published numbers; methods: what its methods are called; rows: of each table."""

    paper: str
    methods: Mapping[str, str]
    rows: Mapping[str, Rows]


YOKOMOTO = {"KS": "KS, Yokomoto", "NN-KS": "NN-KS, Yokomoto"}
KHAN_THOMAS = Published("yokomoto_2026_khan_thomas", {**YOKOMOTO, "Terry": "KS, Terry (2017)"}, TABLES)


def statistics_table(name: str, cases: Sequence[Case], study: Published) -> Table:
    """Returns a table of a study: a column for each published method, then one for each of our designs.

    Args:
      name: key of the rows of the study.
      cases: of one calibration.
      study: what is published.
    """
    papers = [row for row in read_published(study.paper) if row["table"] == name]
    methods = list(dict.fromkeys(row["method"] for row in papers))
    numbers = {(row["statistic"], row["method"]): row for row in papers}
    groups = by_group(cases)
    designs = [seeds for group in groups.values() for seeds in group.values()]
    first = (Cell("seeds right"), *[Cell("")] * len(methods), *map(right, designs))
    rows = [first]
    for row in study.rows[name]:
        if isinstance(row, str):
            rows.append((Cell(row, "heading"), *[Cell("")] * (len(methods) + len(designs))))
            continue
        theirs = [numbers.get((row.published or row.column, method)) for method in methods]
        ours = [summary(seeds, row.column, row.write) for seeds in designs]
        rows.append((Cell(row.label), *map(paper_cell, theirs), *ours))
    header = ("", *(study.methods[method] for method in methods), *(seeds[0].description for seeds in designs))
    published = [("published", len(methods))] if methods else []
    spans = [("", 1), *published, *((f"hetkeras, {group}", len(g)) for group, g in groups.items())]
    return Table(header, tuple(rows), tuple(spans))


def run_table(name: str, rows: Rows, numbers: Mapping[str, Any], study: Published | None = None) -> Table:
    """Returns statistics of one run, those of published methods before them.

    Args:
      name: of the table among the published numbers.
      rows: what is told.
      numbers: content of diagnostics.json.
      study: what is published of this calibration; None where nothing is.
    """
    papers = [row for row in read_published(study.paper) if row["table"] == name] if study else []
    methods = list(dict.fromkeys(row["method"] for row in papers))
    known = {(row["statistic"], row["method"]): row for row in papers}
    lines = []
    for row in rows:
        if isinstance(row, str):
            lines.append((Cell(row, "heading"), *[Cell("")] * (len(methods) + 1)))
            continue
        theirs = (known.get((row.published or row.column, method)) for method in methods)
        lines.append((Cell(row.label), *map(paper_cell, theirs), written_cell(numbers, row)))
    header = ("", *(study.methods[method] for method in methods if study), "this run")
    spans = (("", 1), ("published", len(methods)), ("hetkeras", 1)) if methods else ()
    return Table(header, tuple(lines), spans)


def written_cell(numbers: Mapping[str, Any], row: Statistic) -> Cell:
    """Returns the cell of a statistic of one run."""
    if row.column not in numbers:
        return Cell(formats.ABSENT)
    value = numbers[row.column]
    return Cell(formats.NOT_FINITE, "bad") if value is None else Cell(row.write(value))


def by_group(cases: Sequence[Case]) -> dict[str, dict[str, list[Case]]]:
    """Returns group -> description -> its seeds, in order of appearance."""
    found: dict[str, dict[str, list[Case]]] = {}
    for case in cases:
        found.setdefault(case.group, {}).setdefault(case.description, []).append(case)
    return found


def sources(name: str, study: Published) -> str:
    """Returns where the published numbers of a table are printed."""
    return "; ".join(dict.fromkeys(row["source"] for row in read_published(study.paper) if row["table"] == name))


def summary(cases: Sequence[Case], column: str, write: Callable[[float], str]) -> Cell:
    """Returns the mean over seeds, below it their standard deviation; red if a seed lacks the number."""
    if not column:
        return Cell(formats.ABSENT)
    values = [case.numbers[column] for case in cases]
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return Cell(formats.ABSENT, "bad")
    spread = f"({write(statistics.stdev(known))})" if len(known) > 1 else ""
    if len(known) < len(values):
        return Cell(
            write(statistics.fmean(known)), "bad", below=f"{spread} {len(known)} of {len(values)} seeds".strip()
        )
    return Cell(write(statistics.fmean(known)), below=spread)


def right(cases: Sequence[Case]) -> Cell:
    """Returns how many seeds passed every check."""
    count = sum(case.converged for case in cases)
    return Cell(f"{count}/{len(cases)}", "good" if count == len(cases) else "bad")


def calibrations_table(groups: Mapping[str, Sequence[Sequence[Case]]], fields: Mapping[str, str]) -> Table:
    """Returns one line for each method of each calibration.

    Args:
      groups: name of a calibration -> seeds of each method.
      fields: name of a calibration -> the values that make it another than the first.
    """
    rows = []
    for name, methods in groups.items():
        for number, seeds in enumerate(methods):
            label = Cell(name, below=fields[name]) if number == 0 else Cell("")
            numbers = (summary(seeds, row.column, row.write) for part in CALIBRATIONS.values() for row in part)
            rows.append((label, Cell(seeds[0].group), right(seeds), *numbers))
    labels = (row.label for part in CALIBRATIONS.values() for row in part)
    header = ("calibration", "method", "seeds right", *labels)
    spans = (("", 3), *((heading, len(part)) for heading, part in CALIBRATIONS.items()))
    return Table(header, tuple(rows), spans, numbers_from=2)


def paper_cell(row: Mapping[str, str] | None) -> Cell:
    """Returns the cell of a published number, below it its standard deviation over runs."""
    if row is None:
        return Cell(formats.ABSENT)
    return Cell(row["value"], below=f"({row['run_sd']})" if row["run_sd"] else "")
