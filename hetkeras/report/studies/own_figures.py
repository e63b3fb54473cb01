"""Figures of a study of somebody's own model: numbers case by case, and the series of all cases in one picture."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hetkeras.report.parts.content import Block, Picture, Text
from hetkeras.report.parts.figures import BLUE, DASHES, GREY, ORANGE, SEQUENCE, Columns, decorate, finite, panel_grid
from hetkeras.report.parts.formats import words
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.published import labeled
from hetkeras.report.parts.reading import read_columns
from hetkeras.report.runs import branch_series
from hetkeras.report.runs.firm_page import firm_axes
from hetkeras.report.runs.household_page import SHOWN
from hetkeras.report.studies.cases import Case
from hetkeras.report.studies.own_cases import OwnTable
from hetkeras.report.studies.own_tables import ROUNDING, mean_of

MOST = 4  # panels side by side
LAST = 150  # periods of a series that are drawn
COLORS = tuple(SEQUENCE[number] for number in (0, 3, 2, 4, 1))  # neighbors far apart
LEAST = 1e-4  # relative distance between cases from which on a number differs


@dataclasses.dataclass(frozen=True)
class Series:
    """A file of a solve that is drawn: name, column along the axis, columns of the panels, caption.

    last: number of rows that are drawn, the last ones; top: rows in which the first panel is beyond are left out.
    """

    name: str
    x: str
    panels: tuple[str, ...]
    caption: str
    last: int = 0
    top: float = math.inf


RESPONSE = "Mean responses to a shock, in per cent."
SIMULATED = f"The simulated economies in their last {LAST} periods."
SERIES = (
    Series("simulation.csv", "period", ("output", "mean_capital", "price"), SIMULATED, LAST),
    Series(branch_series.SIMULATION, "period", ("output", "mean_capital", "price"), SIMULATED, LAST),
    Series("impulse_response.csv", "period", ("output", "investment", "consumption"), RESPONSE),
    Series(branch_series.RESPONSE, "period", ("output", "investment", "consumption"), RESPONSE),
    Series("economy.csv", "period", ("mean_capital",), SIMULATED, LAST),
    Series(
        "households.csv", "assets", ("share_below",), "Share of households that have no more than so much.", 0, SHOWN
    ),
    Series("paths.csv", "period", ("mean_state", "action"), "Mean state and, along one path, the action."),
    Series("transition.csv", "time", ("active_usual", "active_shocked"), "Share that is on, without and with a shock."),
    Series("horizon.csv", "time", ("value_mean",), "The value along fresh paths, their mean."),
)


# --- numbers -------------------------------------------------------------------------------------------------
def numbers_by_case(table: OwnTable) -> tuple[Block, ...]:
    """Returns dots of the numbers that differ most between cases; nothing if there is one case, or none differs."""
    chosen = most_different(table)
    if not chosen:
        return ()
    caption = (
        f"The {len(chosen)} numbers that differ most between cases, relative to their size. A dot is a solve, a line "
        "the mean of its case."
    )
    return (Picture(dots_figure(table, chosen), "Numbers by case, one panel each", caption),)


def most_different(table: OwnTable) -> list[str]:
    """Findings that all cases have, those with the largest relative range between means first."""
    ranges = {}
    for name in table.findings if len(table.designs) > 1 else ():
        means = [mean_of(seeds, name) for seeds in table.designs.values()]
        size = max(map(abs, means))
        if math.isfinite(size) and size > ROUNDING and not any(map(math.isnan, means)):
            ranges[name] = (max(means) - min(means)) / size
    kept = (name for name, distance in ranges.items() if distance > LEAST)
    return sorted(kept, key=lambda name: -ranges[name])[:MOST]


def dots_figure(table: OwnTable, columns: Sequence[str]) -> Figure:
    """One row a case, one panel a number."""
    names = list(table.designs)
    figure = Figure((10.0, 1.2 + 0.35 * len(names)), layout="constrained")
    panels = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    for axes, column in zip(panels, columns, strict=True):
        for row, seeds in enumerate(table.designs.values()):
            axes.plot(mean_of(seeds, column), row, color=GREY, marker="|", ms=16, mew=1.6)
            for case in seeds:
                color = BLUE if case.converged else ORANGE
                axes.plot(finite(np.array(case.numbers[column])), row, color=color, marker="o", ms=6, alpha=0.7)
        axes.tick_params(axis="x", labelsize=8)
        axes.locator_params(axis="x", nbins=4)
        decorate(axes, words(column), "")
    panels[0].set_yticks(range(len(names)), names)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


# --- series --------------------------------------------------------------------------------------------------
def curves_by_case(table: OwnTable) -> tuple[Block, ...]:
    """Returns a picture for each file of series that solves left, with a curve for each case.

    Raises:
      RunDirectoryError: if a file is damaged.
    """
    return tuple(block for series in SERIES for block in _curves(table, series))


def _curves(table: OwnTable, series: Series) -> tuple[Block, ...]:
    found = {name: case for name, seeds in table.designs.items() if (case := _first_right(seeds, series.name))}
    shown = dict(list(found.items())[: len(COLORS)])
    if not shown:
        return ()
    columns = {name: _read(case.directory / series.name, series) for name, case in shown.items()}
    metadata = read_metadata(next(iter(shown.values())).directory)
    labels = {name: labeled(metadata, name) for name in (series.x, *series.panels)} | firm_axes(metadata)
    seeds = ", ".join(f"{case.numbers['seed']:.0f}" for case in shown.values())
    caption = f"{series.caption} One curve a case, the first seed that converged (seed {seeds})."
    drawn = Picture(curves_figure(columns, series, labels), f"{series.name} by case", caption)
    absent = [name for name in table.designs if name not in shown]
    return (drawn, *([Text(f"Not drawn from {series.name}: {'; '.join(absent)}.")] if absent else []))


def _first_right(seeds: Sequence[Case], file: str) -> Case | None:
    usable = [case for case in seeds if case.converged and case.run_dir and (case.directory / file).is_file()]
    return min(usable, key=lambda case: case.numbers["seed"], default=None)


def _read(path: Path, series: Series) -> Columns:
    found = read_columns(path, series.panels, (series.x,))
    count = len(next(iter(found.values())))
    return {series.x: np.arange(count), **found}


def curves_figure(columns: Mapping[str, Columns], series: Series, labels: Mapping[str, str]) -> Figure:
    """One panel a column, one curve a case."""
    figure, rows = panel_grid(len(series.panels), share=False)
    for axes, panel in zip(rows[0], series.panels, strict=True):
        for (name, found), color, dashes in zip(columns.items(), COLORS, DASHES, strict=False):
            kept = np.flatnonzero(~(found[series.panels[0]] > series.top))[-series.last :]
            axes.plot(found[series.x][kept], finite(found[panel])[kept], color=color, ls=dashes, lw=1.7, label=name)
        decorate(axes, labels[series.x], "", labels[panel])
    handles = rows[0][0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper right", ncols=len(columns), frameon=False, fontsize=9)
    return figure
