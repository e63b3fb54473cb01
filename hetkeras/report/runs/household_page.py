"""Figures of a run with households that save in one asset, from the table that lies in its directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hetkeras.report.parts.content import Block, Picture, absent
from hetkeras.report.parts.figures import BLUE, GREY, SEQUENCE, Columns, decorate, finite, panel_grid
from hetkeras.report.parts.reading import read_columns, read_json, read_rows
from hetkeras.report.parts.rules_block import RULES, rules_block
from hetkeras.report.parts.series_figures import Panel, path_figure

HOUSEHOLDS, ECONOMY, DIAGNOSTICS = "households.csv", "economy.csv", "diagnostics.json"
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
        *_economy(directory),
    )


def _economy(directory: Path) -> tuple[Block, ...]:
    """Forecast rules, and mean capital over time, where there are aggregate shocks."""
    path = directory / ECONOMY
    if not path.exists():
        return ()
    columns = read_columns(path, ("mean_capital", "dynamic_mean_capital"), ("reference_mean_capital",))
    numbers = read_json(directory / DIAGNOSTICS) if (directory / DIAGNOSTICS).exists() else {}
    compared = " and where it was solved the same economy on more nodes;" if len(columns) > 2 else ""
    caption = (
        f"Mean capital in the last {WINDOW} periods; its forecast by shocks alone from the end of the burn-in "
        f"on (Den Haan),{compared} below, how far simulated mean capital is from them."
    )
    drawn = Picture(capital_figure(columns), "Mean capital, its forecast and that of the reference", caption)
    return (*rules_block(directory / RULES, numbers), drawn)


def capital_figure(columns: Columns) -> Figure:
    """One line each for what happens, what is forecast long before, and the reference; below, distances to them."""
    simulated = columns["mean_capital"]
    first = int(np.argmax(np.isfinite(columns["dynamic_mean_capital"])))
    others = {"forecast": "dynamic_mean_capital", "more nodes": "reference_mean_capital"}
    known = {label: columns[name] for label, name in others.items() if name in columns}
    distances = {
        f"to {'the ' * (label == 'forecast')}{label}": 100 * np.log(simulated / other) for label, other in known.items()
    }
    shown = slice(max(first, len(simulated) - WINDOW), None)
    lines = {"simulated": simulated, **known}
    panels = Panel("mean capital", _cut(lines, shown)), Panel("distance (%)", _cut(distances, shown), distance=True)
    return path_figure(np.arange(len(simulated))[shown] - first, [[panel] for panel in panels])


def _cut(lines: Mapping[str, np.ndarray], shown: slice) -> dict[str, np.ndarray]:
    return {name: values[shown] for name, values in lines.items()}


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
