"""The figure of a run over a box of calibrations: where in it the solution is how good."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hetkeras.report.parts import figures
from hetkeras.report.parts.content import Block, Picture
from hetkeras.report.parts.formats import words
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.reading import read_columns

BOX = "box.csv"
MEASURES = ("policy_error_mean", "euler_residual_rms")
"""What is drawn: the first of them that was measured."""
CAPTION = (
    "{} at the calibrations where the solution was measured: corners of the box, middles of its faces, and points "
    "inside that training did not know. A cross marks a calibration at which a check fails."
)


def box_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns the error over the box; nothing for a solution of one calibration.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    names = list(read_metadata(directory).get("over", {}))
    if not names or not (directory / BOX).exists():
        return ()
    columns = read_columns(directory / BOX, (*names, "converged"), MEASURES)
    measure = next((name for name in MEASURES if name in columns), "converged")
    title = words(measure).capitalize()
    return (Picture(box_figure(columns, names, measure), f"{title} over the box", CAPTION.format(title)),)


def box_figure(columns: figures.Columns, names: Sequence[str], measure: str) -> Figure:
    """A map for each pair of parameters, or a curve where there is one.

    Args:
      columns: parameters, the measure, and "converged", one entry for each calibration.
      names: of the parameters.
      measure: of which the size is drawn.
    """
    values = 100 * columns[measure]
    failed = columns["converged"] == 0
    if len(names) == 1:
        figure, rows = figures.panel_grid(1)
        order = np.argsort(columns[names[0]])
        rows[0][0].plot(columns[names[0]][order], values[order], color=figures.BLUE, marker="o", ms=4)
        _mark(rows[0][0], columns[names[0]][failed], values[failed])
        figures.decorate(rows[0][0], words(names[0]), f"{words(measure)} (%)")
        return figure
    pairs = list(itertools.combinations(names, 2))
    wide = min(3, len(pairs))
    figure = Figure((1 + 3.4 * wide, 0.4 + 2.9 * -(-len(pairs) // wide)), layout="constrained")
    grid = figure.subplots(-(-len(pairs) // wide), wide, squeeze=False).ravel()
    scale: Mapping[str, Any] = {"vmin": 0.0, "vmax": float(np.nanmax(values, initial=1e-12)), "cmap": "viridis_r"}
    for axes, (x, y) in zip(grid, pairs, strict=False):
        drawn = axes.scatter(columns[x], columns[y], c=values, s=46, edgecolors=figures.INK, linewidths=0.4, **scale)
        _mark(axes, columns[x][failed], columns[y][failed])
        figures.decorate(axes, words(x), words(y))
    for axes in grid[len(pairs) :]:
        axes.set_axis_off()
    figure.colorbar(drawn, ax=list(grid), label=f"{words(measure)} (%)", shrink=0.9)
    return figure


def _mark(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    axes.scatter(x, y, marker="x", s=90, color=figures.ORANGE, zorder=3)
