"""Figures of a run in which firms face market-clearing prices, from the tables that lie in its directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Picture, Text, absent
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.forecast_block import forecast_block, forecast_errors
from hetkeras.report.parts.formats import words
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.published import labeled, published
from hetkeras.report.parts.reading import read_json
from hetkeras.report.parts.rules_block import RULES, rules_block
from hetkeras.report.parts.series import (
    AGGREGATES,
    RESPONSE,
    RESPONSES,
    SIMULATION,
    broken_numbers,
    broken_periods,
    first_period,
    largest,
    log_distances,
    read_responses,
    read_simulation,
    worst_window,
)
from hetkeras.report.parts.series_figures import Curves, Panel, firm_figure, path_figure, response_figure
from hetkeras.report.runs.distribution_block import distribution_block, numbered_columns
from hetkeras.report.runs.firm_tables import DIAGNOSTICS, firm_tables

VALUE, POLICY = "value_slice.csv", "policy_slice.csv"
FILES = (SIMULATION, VALUE, POLICY, RESPONSE)
MODEL = "KhanThomas"
RESPONSE_CAPTION = (
    "Responses to a rise of aggregate productivity{size} in period 0: mean over {pairs}pairs of economies that differ "
    "by that shock alone, bands of 95 % of its sampling error. The sampling error is mostly that of the shock itself, "
    "hence common to all panels."
)
DISTRIBUTIONS = (
    "Left, the probability that a firm adjusts, by its capital and productivity, where the economy usually is. Middle "
    "and right, firms of a panel that lives through the last periods: by capital, and by investment over capital; the "
    "outer bins are open. Dashed lines are those of the solution on refined grids, where there is one."
)
INVERSE = " The price is 1/consumption, its response that of consumption with the sign turned."


def firm_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns the figures of the four tables, each of them or a sentence in its place.

    Raises:
      RunDirectoryError: if a table is damaged.
    """
    axes = firm_axes(read_metadata(directory))
    inverse = INVERSE if published(directory, MODEL) else ""
    simulated = _simulation(directory / SIMULATION, axes)
    firms = *_slices(directory), *distribution_block(directory, DISTRIBUTIONS)
    numbers = read_json(directory / DIAGNOSTICS) if (directory / DIAGNOSTICS).exists() else {}
    rules = rules_block(directory / RULES, numbers)
    return (*firm_tables(directory), *rules, *simulated, *firms, *_responses(directory / RESPONSE, inverse))


def firm_axes(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Returns what the axes of output, mean capital and price say, their units on a line of their own."""
    units = {"output": "mean_capital", "mean_capital": "mean_capital", "price": "price"}
    return {name: labeled(metadata, unit, words(name)).replace(" (", "\n(", 1) for name, unit in units.items()}


def compared_paths(
    periods: np.ndarray,
    curves: Mapping[str, Columns],
    names: Sequence[str],
    first: int,
    axes: Mapping[str, str],
) -> Figure:
    """Draws output, mean capital and price of two solutions, and below how far the first is from the second.

    Args:
      periods: [T].
      curves: name of a solution -> the aggregates that are known of it, [T]; one solution is drawn without distance.
      names: the two solutions in the order of the distance.
      first: index of the first period that counts.
      axes: what the axes of these aggregates say.
    """
    distances = log_distances(*(curves[name] for name in names)) if len(curves) > 1 else {}
    window = worst_window(distances or {"": np.full(periods.size, np.nan)}, first)
    rows = []
    for name in AGGREGATES:
        lines = {label: columns[name][window] for label, columns in curves.items() if name in columns}
        rows.append([Panel(axes[name], lines)])
    if distances:
        below = {words(name): distance[window] for name, distance in distances.items()}
        rows.append([Panel(f"{names[0]} to\n{names[1]} (%)", below, distance=True)])
    return path_figure(periods[window], rows)


def _simulation(path: Path, axes: Mapping[str, str]) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(path.name, "paths and forecasts are not drawn"),)
    series = read_simulation(path)
    drawn = (_economy(series, axes), forecast_block(series, axes), _adjustment(series, axes))
    return (*broken_periods(series), *drawn)


def _economy(series: Columns, axes: Mapping[str, str]) -> Block:
    """Output, mean capital and price, against the reference as far as there is one."""
    reference = {name: series[f"reference_{name}"] for name in AGGREGATES if f"reference_{name}" in series}
    curves = {"simulated": series} | ({"refined grids": reference} if reference else {})
    first = first_period(series)
    figure = compared_paths(series["period"], curves, ("simulated", "refined grids"), first, axes)
    caption = "The simulated economy in its last periods."
    if reference:
        caption = (
            "The simulated economy and, on the same shocks, the solution of the classical method on refined grids; "
            "below, how far apart they are. Periods around the largest distance; "
            f"{largest(log_distances(series, reference), first)}."
        )
    return Picture(figure, "Output, mean capital and price by period", caption)


def _adjustment(series: Columns, axes: Mapping[str, str]) -> Block:
    """Who invests, and how output moves meanwhile."""
    window = worst_window({"price": forecast_errors(series)["price"]}, first_period(series))
    shares = {name: 100 * series[name][window] for name in ("inaction", "spikes_up", "spikes_down")}
    spikes = {"above +20 % of capital": shares["spikes_up"], "below −20 %": shares["spikes_down"]}
    rows = [
        [Panel(axes["output"], {"simulated": series["output"][window]})],
        [Panel("firms that do\nnot adjust (%)", {"inaction": shares["inaction"]})],
        [Panel("firms with\nspikes (%)", spikes)],
    ]
    caption = (
        "Lumpy investment over the cycle, in the same periods: share of firms that leave capital alone, and of firms "
        "with a spike of investment, which buy or sell at least a fifth of their capital."
    )
    return Picture(path_figure(series["period"][window], rows), "Inaction and investment spikes by period", caption)


def _slices(directory: Path) -> tuple[Block, ...]:
    metadata = read_metadata(directory)
    plans = (
        (VALUE, "value", "capital", labeled(metadata, "capital", "capital of the firm"), labeled(metadata, "value")),
        (POLICY, "target", "price", labeled(metadata, "price"), labeled(metadata, "target_capital")),
    )
    found: list[Curves] = []
    tables: list[Columns] = []
    said: list[Text] = []
    for name, prefix, x, x_label, y_label in plans:
        if not (directory / name).exists():
            said.append(absent(name, f"the {prefix} of a firm is not drawn"))
            continue
        columns, curves, other = numbered_columns(directory / name, x, prefix)
        tables.append(columns)
        logs = {"log_x": x == "capital", "log_y": prefix == "target"}
        found.append(Curves(x_label, y_label, columns[x], curves, **logs, reference=other))
        said += broken_numbers(name, columns)
    if not found:
        return tuple(said)
    caption = (
        "What a firm is worth by its capital, and the capital to which a firm that adjusts goes by today's price; one "
        "line for each productivity of the firm, aggregate productivity and mean capital in the middle of theirs."
    )
    if any("mean_capital" in columns for columns in tables):
        caption += (
            " Prices are those that the economy visits there: each with the mean capital at which it is expected."
        )
    if any(curves.reference for curves in found):
        caption += " Dashed on top, the solution on refined grids."
    return (*said, Picture(firm_figure(found), "Value by capital and target capital by price", caption))


def _responses(path: Path, inverse: str) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(path.name, "impulse responses are not drawn"),)
    table = read_responses(path)
    figure = response_figure({"": table}, RESPONSES)
    size = f" of {formats.significant(float(table['productivity'][table['period'] == 0][0]))} % on average"
    pairs = f"{table['pairs'][0]:,.0f} " if "pairs" in table else ""
    caption = RESPONSE_CAPTION.format(size=size, pairs=pairs) + inverse
    return (*broken_numbers(RESPONSE, table), Picture(figure, "Impulse responses with bands", caption))
