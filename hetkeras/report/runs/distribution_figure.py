"""Who adjusts, how firms are spread over capital, and by how much they invest. Pure functions from numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hetkeras.report.parts.figures import BLUE, Columns, decorate, finite, pale, readable_log
from hetkeras.report.parts.series_figures import WIDTH, Curves, curves_legend, draw_curves


def distribution_figure(hazard: Curves | None, capital: Columns | None, rates: Columns | None, unit: str) -> Figure:
    """Panels side by side; what is None is left out.

    Args:
      hazard: probability of adjusting, in per cent.
      capital: low, high, share of firms in each bin.
      rates: low, high, and the shares of firms that adjust and that wait.
      unit: what the axis of capital says.
    """
    drawn = [panel for panel in (hazard, capital, rates) if panel is not None]
    figure = Figure((WIDTH, 3.6), layout="constrained")
    grid = iter(figure.subplots(1, len(drawn), squeeze=False)[0])
    if hazard is not None:
        axes = next(grid)
        draw_curves(axes, hazard)
        curves_legend(figure, axes)
    if capital is not None:
        axes = next(grid)
        _stairs(axes, capital, capital["share"])
        axes.set_xscale("log")
        readable_log(axes.xaxis)
        decorate(axes, unit, "firms (%)")
    if rates is not None:
        axes, waiting = next(grid), 100 * float(np.nansum(rates["waiting"]))
        _stairs(axes, rates, rates["adjusting"])
        decorate(axes, "investment over capital", "firms (%)")
        axes.annotate(f"{waiting:.1f} % of firms\ndo not adjust", (0.03, 0.88), xycoords="axes fraction", fontsize=9)
        axes.margins(y=0.25)
    return figure


def _stairs(axes: Axes, bins: Columns, shares: np.ndarray) -> None:
    edges = np.append(bins["low"], bins["high"][-1])
    axes.stairs(100 * finite(shares), edges, fill=True, color=pale(BLUE, 0.3))
    axes.stairs(100 * finite(shares), edges, color=BLUE, lw=1.2)
