"""Figures of firms that adjust capital and labor in branches. Pure functions from numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from hetkeras.report.parts.figures import GREY, decorate, finite
from hetkeras.report.parts.series_figures import LEGEND, PATHS, TIME, WIDTH

BRANCHES = ("#d9d9d9", "#0072b2", "#d55e00", "#1b1b1b")  # of shares, the first for inaction


def adjustment_figure(
    x: np.ndarray, curves: Mapping[tuple[int, int, int], np.ndarray], labels: tuple[str, str], held: str
) -> Figure:
    """Adjustment by what a firm has: rows by productivity of all, columns by that of the firm (Figures 8-13).

    Args:
      x: what the firm has, [P].
      curves: (productivity of all, of the firm, what is held fixed), from 1 -> adjustment [P].
      labels: of x and of the adjustment.
      held: name of what is held fixed, at 1/4, 1/2 and 3/4 of its range.
    """
    rows, columns, lines = (max(key[axis] for key in curves) for axis in range(3))
    figure = Figure((WIDTH, 0.6 + 1.7 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    names = [f"{held} at {share} of its range" for share in ("1/4", "1/2", "3/4")][:lines]
    for (z, e, i), curve in curves.items():
        axes = grid[z - 1][e - 1]
        color, dashes, width = PATHS[i - 1]
        axes.plot(x, finite(curve), color=color, ls=dashes, lw=width, label=names[i - 1])
    for z, row in enumerate(grid, 1):
        for e, axes in enumerate(row, 1):
            axes.axhline(0, color=GREY, lw=0.8, zorder=0.5)
            title = f"ε{e}" if z == 1 else ""
            decorate(axes, "", f"z{z}" if e == 1 else "", title)
    figure.supxlabel(labels[0], fontsize=10)
    figure.supylabel(labels[1], fontsize=10)
    figure.legend(*grid[0][0].get_legend_handles_labels(), loc="outside upper right", ncols=lines, **LEGEND)
    return figure


def shares_figure(periods: np.ndarray, shares: Mapping[str, np.ndarray], uncertain: np.ndarray) -> Figure:
    """Shares of firms by branch over time, per cent, stacked; periods of high uncertainty are marked below.

    Args:
      periods: [T].
      shares: name of a branch -> share of firms, [T].
      uncertain: whether uncertainty is high, [T].
    """
    figure = Figure((WIDTH, 3.0), layout="constrained")
    axes = figure.subplots()
    stack = [100 * finite(values) for values in shares.values()]
    axes.stackplot(periods, stack, colors=BRANCHES, labels=list(shares), lw=0)
    axes.fill_between(periods, -4, -1, where=uncertain, color="#cc79a7", lw=0, step="mid", label="high uncertainty")
    axes.set_ylim(-5, 100)
    axes.margins(x=0.01)
    decorate(axes, TIME, "share of firms (%)")
    axes.grid(visible=False)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1.0), borderaxespad=0, ncols=len(shares) + 1, **LEGEND)
    return figure


def architecture_figure(names: Sequence[str], shares: Mapping[str, Mapping[str, float]]) -> Figure:
    """Accuracy by the size of networks, one line a source; an architecture that a source lacks is passed over.

    Args:
      names: architectures in their order.
      shares: source -> architecture -> per cent.
    """
    figure = Figure((WIDTH, 3.2), layout="constrained")
    axes = figure.subplots()
    for (source, found), (color, dashes, width) in zip(shares.items(), PATHS, strict=False):
        places = [place for place, name in enumerate(names) if name in found]
        values = finite(np.array([found[names[place]] for place in places], float))
        axes.plot(places, values, color=color, ls=dashes, lw=width, marker="o", label=source)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.5, len(names) - 0.5)
    decorate(axes, "nodes x hidden layers", "in the right branch (%)")
    axes.legend(**LEGEND)
    return figure


def validation_figure(curves: Mapping[str, np.ndarray]) -> Figure:
    """Loss of the value by step on a log scale, one line a case.

    Args:
      curves: name -> steps and losses, [2, K].
    """
    figure = Figure((WIDTH, 3.6), layout="constrained")
    axes = figure.subplots()
    colors = colormaps["viridis"](np.linspace(0, 0.9, len(curves)))
    for (name, (step, loss)), color in zip(curves.items(), colors, strict=True):
        seen = finite(loss) > 0
        axes.plot(step[seen], loss[seen], color=color, lw=1.4, label=name)
    axes.set_yscale("log")
    decorate(axes, "step", "gap in the Bellman equation")
    axes.legend(**LEGEND)
    return figure
