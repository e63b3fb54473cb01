"""Figures: pure functions from numbers to a Matplotlib figure. No global state, no files."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

Columns = Mapping[str, np.ndarray]
"""Column name -> values [T]."""
LABEL = 28  # characters of a line beside an axis

INK, BLUE, BAND, ORANGE, GREY = "#1b1b1b", "#08306b", "#9ecae1", "#d55e00", "#8c8c8c"
SEQUENCE = ("#08306b", "#0072b2", "#009e73", "#d55e00", "#cc79a7")  # Okabe and Ito: safe for the color-blind
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


def residual_figure(panels: Mapping[str, Columns], name: str = "Euler residual (units of the payoff)") -> Figure:
    """Euler residuals along equilibrium paths, one panel a network: mean and 95 % band (Figures 1 and 4).

    Args:
      panels: title -> columns period, residual_mean, residual_low, residual_high; an empty title for one panel.
      name: of what is drawn, for the axis.
    """
    figure, rows = panel_grid(len(panels))
    for axes, (title, paths) in zip(rows[0], panels.items(), strict=True):
        low, mean, high = (finite(paths[f"residual_{part}"]) for part in ("low", "mean", "high"))
        axes.fill_between(paths["period"], low, high, color=BAND, lw=0, label="2.5th to 97.5th percentile")
        axes.plot(paths["period"], mean, color=BLUE, lw=1.8, label="mean over paths")
        axes.axhline(0, color=GREY, lw=0.8, zorder=0.5)
        decorate(axes, "period", "", title)
        _powers_of_ten(axes)
    _name_values(rows[0][0], name)
    rows[0][0].legend(frameon=False, fontsize=9)
    return figure


def policy_figure(panels: Mapping[str, Columns], action: str) -> Figure:
    """The policy along one path against the reference, and their relative distance below (Figure 2).

    Args:
      panels: title -> columns period, action and, where there is one, reference_action.
      action: its name and unit, for the axis.
    """
    referenced = any("reference_action" in paths for paths in panels.values())
    figure, rows = panel_grid(len(panels), 2 if referenced else 1)
    for column, (title, paths) in enumerate(panels.items()):
        top = rows[0][column]
        top.plot(paths["period"], finite(paths["action"]), color=BLUE, lw=2, label="network")
        if "reference_action" in paths:
            reference = finite(paths["reference_action"])
            top.plot(paths["period"], reference, color=ORANGE, lw=1.6, ls=(0, (4, 3)), label="reference")
            _relative_error(rows[1][column], paths["period"], finite(paths["action"]), reference)
        decorate(top, "" if referenced else "period", "", title)
        top.legend(frameon=False, fontsize=9)
    _name_values(rows[0][0], action)
    if referenced:
        _name_values(rows[1][0], "error (%)")
    figure.align_ylabels()
    return figure


def state_figure(paths: Columns, state: str) -> Figure:
    """The mean state along equilibrium paths.

    Args:
      paths: columns period, mean_state.
      state: its name and unit, for the axis.
    """
    figure, rows = panel_grid(1)
    rows[0][0].plot(paths["period"], finite(paths["mean_state"]), color=BLUE, lw=2)
    decorate(rows[0][0], "period", state)
    return figure


def concentration_figure(columns: Columns) -> Figure:
    """Spread of the Euler residual under one draw of the idiosyncratic shocks, against N.

    Args:
      columns: num_agents, residual_sd and, where there is one, analytic_sd.
    """
    figure, rows = panel_grid(1)
    axes = rows[0][0]
    agents, measured = columns["num_agents"], _positive(columns["residual_sd"])
    analytic = _positive(columns.get("analytic_sd", np.full_like(measured, np.nan)))
    if np.isfinite(analytic).any():
        axes.plot(agents, analytic, color=ORANGE, lw=1.6, ls=(0, (4, 3)), label="analytic")
    elif np.isfinite(measured[-1]):
        axes.plot(agents, measured[-1] * np.sqrt(agents[-1] / agents), color=GREY, lw=1, label="slope −1/2")
    axes.plot(agents, measured, color=BLUE, marker="o", ms=6, ls="", label="measured")
    axes.set_yscale("log")
    _doublings(axes)
    decorate(axes, "number of agents, N", "s.d. of the Euler residual (units of the payoff)")
    axes.legend(frameon=False, fontsize=9)
    return figure


def size_figure(agents: np.ndarray, rows: Mapping[str, np.ndarray]) -> Figure:
    """Performance against the number of agents (Figure 3).

    Args:
      agents: N, [S].
      rows: label of the axis -> [3, S], lowest, median and highest over seeds.
    """
    figure, (panels,) = panel_grid(len(rows), share=False)
    for axes, (label, values) in zip(panels, rows.items(), strict=True):
        low, median, high = map(_positive, values)
        whiskers = np.nan_to_num([median - low, high - median])
        axes.errorbar(agents, median, whiskers, color=BLUE, ecolor=GREY, marker="o", ms=6, lw=1.4, capsize=4)
        axes.set_yscale("log")
        _doublings(axes)
        readable_log(axes.yaxis)
        decorate(axes, "number of agents, N", label)
    return figure


def curves_figure(curves: Mapping[str, Columns], action: str) -> Figure:
    """One policy path for each of several calibrations (Figure 5).

    Args:
      curves: label -> columns period, action.
      action: its name and unit, for the axis.
    """
    figure, rows = panel_grid(1)
    styles = zip(SEQUENCE, DASHES, strict=True)
    for (label, paths), (color, dashes) in zip(curves.items(), styles, strict=False):
        rows[0][0].plot(paths["period"], finite(paths["action"]), color=color, ls=dashes, lw=1.9, label=label)
    decorate(rows[0][0], "period", action)
    rows[0][0].legend(frameon=False, fontsize=9)
    return figure


def to_svg(figure: Figure) -> bytes:
    """Returns the figure as an SVG file, the same one each time."""
    return _saved(figure, "svg", {"Date": None, "Creator": None})


def to_pdf(figure: Figure) -> bytes:
    """Returns the figure as a PDF file, the same one each time."""
    return _saved(figure, "pdf", {"CreationDate": None, "Creator": None, "Producer": None})


def _saved(figure: Figure, kind: str, metadata: Mapping[str, None]) -> bytes:
    stream = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "hetkeras", "pdf.fonttype": 42}):
        figure.savefig(stream, format=kind, dpi=150, metadata=metadata)
    figure.set_layout_engine("none")  # what is laid out once is where it belongs in every other file
    return stream.getvalue()


def panel_grid(columns: int, rows: int = 1, share: bool = True) -> tuple[Figure, np.ndarray]:
    """A figure and its axes, [rows, columns]: one column is a wide panel, several stand side by side."""
    width = 7.2 if columns == 1 else 1 + 3.4 * columns
    figure = Figure((width, 3.4 if rows == 1 else 4.4), layout="constrained")
    heights = (3, 1.2)[:rows]
    grid = figure.subplots(
        rows, columns, sharex="col", sharey="row" if share else False, squeeze=False, height_ratios=heights
    )
    return figure, grid


def _relative_error(axes: Axes, periods: np.ndarray, action: np.ndarray, reference: np.ndarray) -> None:
    error = 100 * (action - reference) / np.where(reference == 0, np.nan, np.abs(reference))
    axes.axhline(0, color=GREY, lw=0.8, zorder=0.5)
    axes.plot(periods, error, color=INK, lw=1.3)
    decorate(axes, "period", "")


def decorate(axes: Axes, x: str, y: str, title: str = "") -> None:
    """Names the axes and clears away what is not data; an empty name leaves an axis without one."""
    axes.set_xlabel(x)
    if y:
        _name_values(axes, y)
    axes.set_title(title, fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e6e6e6", lw=0.7)
    axes.set_axisbelow(True)


def _name_values(axes: Axes, name: str) -> None:
    first, *rest = (name.replace(" (", "\n(", 1) if len(name) > LABEL else name).split("\n")
    axes.set_ylabel("\n".join([first, *(line for part in rest for line in textwrap.wrap(part, LABEL))]))


def pale(color: str, share: float = 0.18) -> tuple[float, ...]:
    """A color on white, of which so much is seen: for areas, without transparency that not every program draws."""
    return tuple(1 - share * (1 - part) for part in to_rgb(color))


def _powers_of_ten(axes: Axes) -> None:
    formatter = ticker.ScalarFormatter(useMathText=True)
    formatter.set_powerlimits((-2, 3))
    axes.yaxis.set_major_formatter(formatter)


def _doublings(axes: Axes) -> None:
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:.10g}"))


def readable_log(axis: Axis, marks: Sequence[float] = (1, 2, 5)) -> None:
    """Labels these in each decade: a range below one decade still shows its numbers."""
    axis.set_major_locator(ticker.LogLocator(subs=marks))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def finite(values: np.ndarray) -> np.ndarray:
    """Returns the values with NaN, at which lines break, for all that cannot be drawn."""
    values = np.asarray(values, np.float64)
    return np.where(np.isfinite(values) & (np.abs(values) < 1e30), values, np.nan)


def _positive(values: np.ndarray) -> np.ndarray:
    values = finite(values)
    return np.where(values > 0, values, np.nan)
