"""Figures of a run with households that save in one asset, from the table that lies in its directory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hetkeras.report.parts.content import Block, Picture, absent
from hetkeras.report.parts.figures import BLUE, GREY, SEQUENCE, Columns, decorate, finite, panel_grid
from hetkeras.report.parts.reading import read_columns, read_rows

HOUSEHOLDS, ECONOMY = "households.csv", "economy.csv"
FILES = (HOUSEHOLDS,)
WINDOW = 400  # periods that are drawn
SHOWN = 0.999  # share of households whose assets the first two figures reach to


def household_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns the figures of the table, or a sentence in their place.

    Raises:
      RunDirectoryError: if the table is damaged.
    """
    path = directory / HOUSEHOLDS
    if not path.exists():
        return (absent(HOUSEHOLDS, "what households consume and hold is not drawn"),)
    first = read_rows(path, ("assets", "share_below", "consumption_1"))[0]
    incomes = sum(name.startswith("consumption_") for name in first)
    names = [f"{kind}_{e + 1}" for e in range(incomes) for kind in ("consumption", "assets_next", "share")]
    columns = read_columns(path, ("assets", "share_below", *names))
    return (
        Picture(
            policy_figure(columns, incomes),
            "Consumption and saving by assets and income",
            "What households consume, and what they add to their assets, by assets and income; up to the assets that "
            "all but a thousandth of households stay below.",
        ),
        Picture(
            wealth_figure(columns),
            "The distribution of assets and its Lorenz curve",
            "Left, the share of households that have no more than so much. Right, the share of all assets that the "
            "poorest hold; equality is the diagonal.",
        ),
        *_economy(directory / ECONOMY),
    )


def _economy(path: Path) -> tuple[Block, ...]:
    """Mean capital over time, where there are aggregate shocks."""
    if not path.exists():
        return ()
    known = read_rows(path, ("mean_capital", "dynamic_mean_capital"))[0]
    names = [name for name in ("mean_capital", "dynamic_mean_capital", "reference_mean_capital") if name in known]
    return (
        Picture(
            capital_figure(read_columns(path, names)),
            "Mean capital, its forecast and that of the reference",
            f"Mean capital in the last {WINDOW} periods, the forecast that looks at shocks alone from the first period "
            "on (Den Haan), and where it was solved the same economy on more nodes.",
        ),
    )


def capital_figure(columns: Columns) -> Figure:
    """One line each for what happens, what is forecast long before, and the reference."""
    figure, rows = panel_grid(1, share=False)
    labels = {"mean_capital": "simulated", "dynamic_mean_capital": "forecast", "reference_mean_capital": "reference"}
    for (name, label), color in zip(labels.items(), SEQUENCE[::2], strict=False):
        if name in columns:
            rows[0][0].plot(finite(columns[name][-WINDOW:]), color=color, lw=1.6, label=label)
    decorate(rows[0][0], "period", "", "mean capital")
    rows[0][0].legend(frameon=False, fontsize=9)
    return figure


def policy_figure(columns: Columns, incomes: int) -> Figure:
    """Consumption, and next period's assets less today's, one line an income."""
    shown = columns["share_below"] <= SHOWN
    shown[: shown.sum() + 1] = True
    assets = columns["assets"][shown]
    figure, rows = panel_grid(2, share=False)
    for e in range(incomes):
        color = SEQUENCE[e % len(SEQUENCE)]
        label = {0: "lowest income", incomes - 1: "highest income"}.get(e)
        rows[0][0].plot(assets, finite(columns[f"consumption_{e + 1}"][shown]), color=color, lw=1.8, label=label)
        rows[0][1].plot(assets, finite(columns[f"assets_next_{e + 1}"][shown]) - assets, color=color, lw=1.8)
    rows[0][1].axhline(0, color=GREY, lw=0.8, zorder=0.5)
    decorate(rows[0][0], "assets", "", "consumption")
    decorate(rows[0][1], "assets", "", "added to assets")
    rows[0][0].legend(frameon=False, fontsize=9)
    return figure


def wealth_figure(columns: Columns) -> Figure:
    """Share of households below, and the Lorenz curve where nobody is in debt."""
    assets, below = columns["assets"], columns["share_below"]
    shown = below <= SHOWN
    figure, rows = panel_grid(2, share=False)
    rows[0][0].plot(assets[shown], 100 * below[shown], color=BLUE, lw=2)
    rows[0][0].set_ylim(0, 100)
    decorate(rows[0][0], "assets", "", "households with no more, percent")
    shares = np.diff(below, prepend=0.0)
    owned = np.cumsum(shares * assets)
    rows[0][1].plot([0, 100], [0, 100], color=GREY, lw=0.8)
    rows[0][1].plot(100 * np.append(0, below), 100 * np.append(0, owned / owned[-1]), color=BLUE, lw=2)
    decorate(rows[0][1], "poorest households, percent", "", "assets they hold, percent")
    return figure
