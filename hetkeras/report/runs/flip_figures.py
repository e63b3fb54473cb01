"""Figures of a value over binary states: worth of elements, opportunities taken, what a shock does, how far off."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hetkeras.report.parts.figures import BLUE, GREY, INK, ORANGE, Columns, decorate, finite, readable_log
from hetkeras.report.parts.series_figures import LEGEND, PATHS, WIDTH

ALIKE = 1e-9  # relative range below which numbers count as the same


@dataclasses.dataclass(frozen=True)
class Line:
    """y = intercept + slope x by least squares; fit is its R^2, NaN where there is nothing to explain."""

    intercept: float
    slope: float
    fit: float

    def at(self, x: np.ndarray) -> np.ndarray:
        """Returns y."""
        return self.intercept + self.slope * x


@dataclasses.dataclass(frozen=True)
class Scatter:
    """One point for each element and the line through them: x, y [J]."""

    x_label: str
    y_label: str
    x: np.ndarray
    y: np.ndarray
    line: Line


@dataclasses.dataclass(frozen=True)
class Dots:
    """One dot for each solve, and what it may be at most, on a log axis: values, limits [S], NaN where unknown."""

    label: str
    values: np.ndarray
    limits: np.ndarray


def varies(values: np.ndarray) -> bool:
    """Whether finite numbers differ by more than rounding."""
    return bool(np.ptp(values) > ALIKE * np.abs(values).max())


def regress(x: np.ndarray, y: np.ndarray) -> Line:
    """Returns the line through finite points; a flat one through their mean where x is the same for all."""
    if not varies(x):
        return Line(float(y.mean()), 0.0, float("nan"))
    away = x - x.mean()
    slope = float(away @ y / (away @ away))
    fit = float(np.corrcoef(x, y)[0, 1] ** 2) if varies(y) else float("nan")
    return Line(float(y.mean() - slope * x.mean()), slope, fit)


def scatter_figure(panels: Sequence[Scatter]) -> Figure:
    """Points and regression lines, two panels a row (Figure 1 of Huang and Yu, 2024)."""
    columns, rows = min(len(panels), 2), -(-len(panels) // 2)
    figure = Figure((WIDTH * columns / 2, 4.0 * rows), layout="constrained")
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    for axes, panel in zip(grid, panels, strict=False):
        ends = np.array([panel.x.min(), panel.x.max()])
        axes.scatter(panel.x, panel.y, s=30, color=BLUE, alpha=0.6, lw=0, label="element")
        axes.plot(ends, panel.line.at(ends), color=ORANGE, lw=1.8, label="regression line")
        if panel.y.min() < 0 < panel.y.max():
            axes.axhline(0, color=GREY, lw=0.8, zorder=0.5)
        decorate(axes, panel.x_label, panel.y_label)
        axes.margins(y=0.12)
        axes.legend(**LEGEND)
    return figure


def opportunity_figure(impulses: np.ndarray, curves: Columns) -> Figure:
    """Share of opportunities taken against the aggregate shock.

    Args:
      impulses: in standard deviations, [T].
      curves: name -> share, [T].
    """
    figure = Figure((7.2, 3.8), layout="constrained")
    axes = figure.subplots()
    for (name, share), (color, dashes, width) in zip(curves.items(), PATHS, strict=False):
        axes.plot(impulses, 100 * finite(share), color=color, ls=dashes, lw=width, label=name)
    axes.axvline(0, color=GREY, lw=0.8, zorder=0.5)
    decorate(axes, "aggregate shock (standard deviations)", "opportunities taken (%)")
    axes.set_ylim(-4, 104)
    axes.margins(x=0.01)
    axes.legend(title="switched on meanwhile", title_fontsize=9, **LEGEND)
    return figure


@dataclasses.dataclass(frozen=True)
class TransitionLabels:
    """What the axes of a transition say."""

    time: str = "time after the shock"
    active: str = "switched on (%)"
    entries: str = "switched on\n(per unit of time)"
    exits: str = "switched off\n(per unit of time)"


def transition_figure(
    time: np.ndarray, active: Columns, entries: Columns, exits: Columns, labels: TransitionLabels = TransitionLabels()
) -> Figure:
    """The active share over time, below it entries and exits on one scale.

    Args:
      time: after the shock, [T].
      active: name of a path -> share, [T].
      entries, exits: name of a path -> flips of a decision maker per unit of time, [T].
      labels: of the axes.
    """
    figure = Figure((WIDTH, 5.6), layout="constrained")
    grid = figure.subplot_mosaic([["active"] * 2, ["entries", "exits"]], height_ratios=(1.5, 1))
    _paths(grid["active"], time, {name: 100 * share for name, share in active.items()})
    decorate(grid["active"], "", labels.active)
    grid["active"].legend(**LEGEND)
    grid["exits"].sharey(grid["entries"])
    for name, paths, label in (("entries", entries, labels.entries), ("exits", exits, labels.exits)):
        _paths(grid[name], time, paths)
        decorate(grid[name], labels.time, label)
    figure.align_ylabels([grid["active"], grid["entries"]])
    return figure


def dots_figure(names: Sequence[str], rows: np.ndarray, right: np.ndarray, panels: Sequence[Dots]) -> Figure:
    """Measures of solves, one row a case, panels side by side.

    Args:
      names: of the rows, first on top.
      rows: the row of each solve, [S].
      right: whether it converged, [S].
      panels: what is measured.
    """
    figure = Figure((WIDTH, 1.2 + 0.3 * len(names)), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels, strict=True):
        for kept, color, label in ((right, BLUE, "converged"), (~right, ORANGE, "did not converge")):
            if kept.any():
                axes.scatter(finite(panel.values[kept]), rows[kept], s=34, color=color, alpha=0.7, lw=0, label=label)
        limits = np.where(np.isfinite(panel.values), panel.limits, np.nan)
        axes.scatter(finite(limits), rows, s=130, color=INK, marker="|", lw=1.6, label="at most")
        axes.set_xscale("log", nonpositive="mask")
        readable_log(axes.xaxis, (1, 3))
        axes.tick_params(axis="x", labelsize=8)
        decorate(axes, panel.label, "")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=3, **LEGEND)
    return figure


def _paths(axes: Axes, time: np.ndarray, paths: Mapping[str, np.ndarray]) -> None:
    for (name, values), (color, dashes, width) in zip(paths.items(), PATHS, strict=False):
        axes.plot(time, finite(values), color=color, ls=dashes, lw=width, label=name)
    axes.margins(x=0.01)
    axes.set_xlim(left=0)
