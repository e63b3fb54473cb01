"""Figures of a study that set one solve of each Krusell-Smith method beside the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hetkeras.report.parts.content import Block, Picture, Text
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.series import broken_numbers, broken_periods, first_period, largest, log_distances
from hetkeras.report.parts.series_figures import response_figure
from hetkeras.report.runs.firm_page import compared_paths, firm_axes
from hetkeras.report.studies.cases import Case


class PathFile(NamedTuple):
    """Simulated series of a solve: name; what reads it; aggregates that are drawn; column that tells shocks apart."""

    name: str
    read: Callable[[Path], Columns]
    aggregates: Sequence[str]
    shocks: str


class ResponseFile(NamedTuple):
    """Responses of a solve to a shock: name; what reads it; panels, column -> title; caption."""

    name: str
    read: Callable[[Path], Columns]
    panels: Mapping[str, str]
    caption: str


def compared_solves(cases: Sequence[Case], designs: Mapping[str, str], file: PathFile) -> tuple[Block, ...]:
    """Draws paths of both methods under the same shocks, or says why not."""
    found = chosen(cases, file.name, designs)
    if len(found) < len(designs):
        return missing(found, file.name, designs)
    series = {group: file.read(case.directory / file.name) for group, case in found.items()}
    ours, theirs = series["NN-KS"], series["KS"]
    if not np.array_equal(ours[file.shocks], theirs[file.shocks]):
        return (Text(f"KS and NN-KS were simulated on different shocks ({told(found)}): paths are not drawn.", "bad"),)
    curves = {group: {name: table[name] for name in file.aggregates} for group, table in series.items()}
    first = max(first_period(ours), first_period(theirs))
    axes = firm_axes(read_metadata(found["NN-KS"].directory))
    figure = compared_paths(ours["period"], curves, ("NN-KS", "KS"), first, axes)
    caption = (
        f"Paths of the two methods under the same shocks: {told(found)}. Periods around the largest distance between "
        f"them; {largest(log_distances(curves['NN-KS'], curves['KS']), first)}."
    )
    broken = [text for table in series.values() for text in broken_periods(table, file.name)]
    return (*broken, Picture(figure, "Output, mean capital and price of KS and NN-KS by period", caption))


def compared_responses(cases: Sequence[Case], designs: Mapping[str, str], file: ResponseFile) -> tuple[Block, ...]:
    """Draws responses of both methods to a shock, or of the one that has them."""
    found = chosen(cases, file.name, designs)
    if not found:
        return missing(found, file.name, designs)
    curves = {group: file.read(case.directory / file.name) for group, case in found.items()}
    figure = response_figure(curves, file.panels)
    drawn = Picture(figure, "Responses of KS and NN-KS with bands", f"{told(found)}. {file.caption}")
    broken = [text for table in curves.values() for text in broken_numbers(file.name, table)]
    return (*broken, drawn, *(missing(found, file.name, designs) if len(found) < len(designs) else ()))


def chosen(cases: Sequence[Case], file: str, designs: Mapping[str, str]) -> dict[str, Case]:
    """Of each group the first seed that converged and left the file, of the design to be shown if there is one."""
    found = {}
    for group, design in designs.items():
        usable = [c for c in cases if c.group == group and c.converged and (c.directory / file).is_file()]
        best = min(usable, key=lambda c: (c.description != design, c.numbers["seed"]), default=None)
        if best is not None:
            found[group] = best
    return found


def told(found: Mapping[str, Case]) -> str:
    """Says which solves these are."""
    return "; ".join(f"{g}, {case.description}, seed {case.numbers['seed']:.0f}" for g, case in found.items())


def missing(found: Mapping[str, Case], file: str, designs: Mapping[str, str]) -> tuple[Text, ...]:
    """Says of which groups nothing can be drawn."""
    absent = ", ".join(group for group in designs if group not in found)
    return (Text(f"Missing, hence not drawn (no converged solve with {file}): {absent}."),)
