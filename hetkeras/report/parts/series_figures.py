"""Figures of economies of firms: paths, functions of one firm, impulse responses. Pure functions from numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hetkeras.report.parts.figures import BLUE, GREY, INK, ORANGE, Columns, decorate, finite, pale, readable_log

TIME = "period, from the end of the burn-in"
PATHS = ((BLUE, "-", 1.9), (ORANGE, (0, (4, 3)), 1.6), ("#009e73", (0, (1, 1.5)), 1.8))
DISTANCES = ((INK, "-", 1.3), ("#cc79a7", "-", 1.3), ("#009e73", (0, (1, 1.2)), 1.5))
LEGEND = {"frameon": False, "fontsize": 9}
WIDTH = 10.0
MANY = 7  # curves, from which on a legend names the outer ones only


@dataclasses.dataclass(frozen=True)
class Panel:
    """Lines by name on one axis; distances are drawn about zero, in a lower panel."""

    label: str
    lines: Columns
    distance: bool = False


@dataclasses.dataclass(frozen=True)
class Curves:
    """One function of x for each idiosyncratic productivity, lowest first: curves [E, P]."""

    x_label: str
    y_label: str
    x: np.ndarray
    curves: Sequence[np.ndarray]
    log_x: bool = False
    log_y: bool = False
    reference: Sequence[np.ndarray] = ()  # of another solution, on top


def path_figure(periods: np.ndarray, rows: Sequence[Sequence[Panel]]) -> Figure:
    """Series over one window of periods, in rows of panels that share the axis of time.

    Args:
      periods: [T].
      rows: as they stand on the page; all of the same length.
    """
    heights = [1.0 if row[0].distance else 1.6 for row in rows]
    figure = Figure((WIDTH, 0.6 + 1.15 * sum(heights)), layout="constrained")
    grid = figure.subplots(len(rows), len(rows[0]), squeeze=False, sharex=True, height_ratios=heights)
    explained: set[tuple[str, ...]] = set()
    for number, row in enumerate(rows):
        for axes, panel in zip(grid[number], row, strict=True):
            _draw(axes, periods, panel)
            decorate(axes, TIME if number == len(rows) - 1 else "", panel.label)
            names = tuple(panel.lines)
            if len(names) > 1 and names not in explained:
                axes.legend(loc="lower right", bbox_to_anchor=(1, 0.97), borderaxespad=0, **LEGEND, ncols=len(names))
                explained.add(names)
    figure.align_ylabels()
    return figure


def firm_figure(panels: Sequence[Curves]) -> Figure:
    """Functions of one firm side by side, from the lowest productivity (dark) to the highest (bright)."""
    figure = Figure((WIDTH, 4.2), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        draw_curves(axes, panel)
    curves_legend(figure, figure.axes[0])
    return figure


def draw_curves(axes: Axes, panel: Curves) -> None:
    """Draws one function, a line for each productivity, and another solution as dashes on top."""
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.88, len(panel.curves)))
    names = _productivities(len(panel.curves))
    for curve, shade, name in reversed(list(zip(panel.curves, shades, names, strict=True))):
        axes.plot(panel.x, finite(curve), color=shade, lw=1.9, label=name or "_")
    for number, curve in enumerate(panel.reference):
        axes.plot(panel.x, finite(curve), color=INK, lw=0.9, ls=(0, (4, 4)), label="_" if number else "refined grids")
    decorate(axes, panel.x_label, panel.y_label)
    if panel.log_x:
        axes.set_xscale("log")
        readable_log(axes.xaxis)
    if panel.log_y:
        axes.set_yscale("log")
        readable_log(axes.yaxis)


def curves_legend(figure: Figure, axes: Axes) -> None:
    """Names the lines of a panel of curves above the figure, the lowest productivity first."""
    handles, labels = axes.get_legend_handles_labels()
    firms = len(labels) - ("refined grids" in labels)
    order = [*reversed(range(firms)), *range(firms, len(labels))]
    labels = [f"{'productivity of the firm: ' if number == 0 else ''}{labels[k]}" for number, k in enumerate(order)]
    handles = [handles[k] for k in order]
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels), columnspacing=1.4, **LEGEND)


def response_figure(curves: Mapping[str, Columns], panels: Mapping[str, str], first: float = -5) -> Figure:
    """Mean responses to one shock with bands of 95 per cent, three panels a row.

    Args:
      curves: name of a solution -> columns period, and of each panel its mean and standard error (`_se`).
      panels: column -> title.
      first: period of the shock is 0; earlier ones than this are not drawn.
    """
    rows = -(-len(panels) // 3)
    figure = Figure((WIDTH, 0.4 + 2.6 * rows), layout="constrained")
    grid = list(figure.subplots(rows, 3, squeeze=False, sharex=True).flat)
    for axes, (column, title) in zip(grid, panels.items(), strict=False):
        axes.axhline(0, color=GREY, lw=0.8, zorder=0.5)
        for (name, table), style in zip(curves.items(), PATHS, strict=False):
            seen = table["period"] >= first
            period, mean, error = (finite(table[key])[seen] for key in ("period", column, f"{column}_se"))
            _band(axes, period, mean, 1.96 * error, style[0], filled=table is next(iter(curves.values())))
            axes.plot(period, mean, color=style[0], ls=style[1], lw=style[2], label=name)
        decorate(axes, "periods after the shock", "per cent", title)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    if len(curves) > 1:
        grid[0].legend(**LEGEND)
    return figure


def _band(axes: Axes, x: np.ndarray, mean: np.ndarray, width: np.ndarray, color: str, filled: bool) -> None:
    """Bands that lie on each other can be told apart: one is filled, the others are outlined."""
    if filled:
        axes.fill_between(x, mean - width, mean + width, color=pale(color), lw=0)
        return
    for edge in (mean - width, mean + width):
        axes.plot(x, edge, color=color, lw=0.8, ls=(0, (2, 2)))


def _draw(axes: Axes, periods: np.ndarray, panel: Panel) -> None:
    styles = DISTANCES if panel.distance else PATHS
    if panel.distance:
        axes.axhline(0, color=GREY, lw=0.8, zorder=0.5)
    for (name, values), (color, dashes, width) in zip(panel.lines.items(), styles, strict=False):
        axes.plot(periods, finite(values), color=color, ls=dashes, lw=width, label=name)
    axes.margins(x=0.01)


def _productivities(count: int) -> list[str]:
    """Names of the curves, empty where there are too many to be told apart."""
    names = [f"ε{number}" for number in range(1, count + 1)]
    names[0], names[-1] = f"{names[0]} (lowest)", f"{names[-1]} (highest)"
    return names if count <= MANY else [names[0], *[""] * (count - 2), names[-1]]
