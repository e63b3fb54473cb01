"""Figures of an estimate: fit of the moments, sensitivity, profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from hetkeras.report.parts.figures import BAND, BLUE, GREY, INK, ORANGE, Columns, decorate, finite, panel_grid

CRITICAL = 1.96
WHITE_ABOVE = 0.6  # of the darkest color: numbers on it are white


def fit_figure(moments: Sequence[str], t_values: np.ndarray) -> Figure:
    """Data less model of each moment, in standard errors of that difference.

    Args:
      moments: names, M.
      t_values: [M]; NaN where a moment is fitted exactly.
    """
    figure = Figure((7.2, 1.0 + 0.32 * len(moments)), layout="constrained")
    axes, places = figure.subplots(), np.arange(len(moments))
    axes.axvspan(-CRITICAL, CRITICAL, color=BAND, alpha=0.5, lw=0)
    axes.axvline(0, color=GREY, lw=0.8)
    axes.scatter(finite(t_values), places, color=BLUE, zorder=3)
    axes.set_yticks(places, _spelled(moments))
    axes.set_ylim(len(moments) - 0.5, -0.5)
    widest = max(3.0, 1.1 * float(np.nanmax(np.abs(finite(t_values)), initial=0.0)))
    axes.set_xlim(-widest, widest)
    decorate(axes, "data less model, in standard errors of the difference", "")
    return figure


def sensitivity_figure(parameters: Sequence[str], moments: Sequence[str], values: np.ndarray) -> Figure:
    """A heat map of what moves the estimates.

    Args:
      parameters, moments: names, P and M.
      values: [P, M]; NaN, left grey, for a parameter that has no standard error.
    """
    figure = Figure((2.6 + 0.95 * len(moments), 1.9 + 0.45 * len(parameters)), layout="constrained")
    axes, shown = figure.subplots(), np.ma.masked_invalid(values)
    largest = float(np.abs(shown).max()) if shown.count() else 1.0
    image = axes.imshow(shown, cmap="RdBu", vmin=-largest, vmax=largest, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            ink = "white" if abs(value) > WHITE_ABOVE * largest else INK
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=9)
    axes.set_xticks(range(len(moments)), _spelled(moments), rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(parameters)), _spelled(parameters))
    axes.set_facecolor("#f0f0f0")
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, shrink=0.9, label="standard errors")
    return figure


def profile_figure(profiles: Mapping[str, Columns], estimates: Mapping[str, float], limit: float | None) -> Figure:
    """The distance that the other parameters can reach, along each parameter; one panel a parameter.

    Args:
      profiles: name -> columns value and distance.
      estimates: name -> where the estimate is; NaN if there is none.
      limit: distance above the smallest at which a 95 % interval ends; None where weights are not optimal.
    """
    figure, ((*panels,),) = panel_grid(len(profiles))
    for axes, (name, columns) in zip(panels, profiles.items(), strict=True):
        above = finite(columns["distance"]) - np.nanmin(finite(columns["distance"]))
        axes.plot(columns["value"], above, color=BLUE, marker="o", ms=4, lw=1.6)
        if np.isfinite(estimates[name]):
            axes.axvline(estimates[name], color=ORANGE, lw=1.4, label="estimate")
        if limit is not None:
            axes.axhline(limit, color=GREY, ls="--", lw=1, label="end of the 95 % interval")
        axes.set_yscale("symlog", linthresh=limit or 1.0)
        decorate(axes, name.replace("_", " "), "distance above the smallest" if axes is panels[0] else "")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", frameon=False, fontsize=9, ncols=2)
    return figure


def _spelled(names: Sequence[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]
