"""Figures and tables of a run in which firms choose in branches, from what lies in its directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.report.parts.content import Block, Picture, Text, absent
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.forecast_block import forecast_block
from hetkeras.report.parts.formats import words
from hetkeras.report.parts.loading import read_metadata
from hetkeras.report.parts.published import has_calibration, labeled, published
from hetkeras.report.parts.reading import read_json
from hetkeras.report.parts.rules_block import RULES, rules_block
from hetkeras.report.parts.series import (
    broken_numbers,
    broken_periods,
    first_period,
    largest,
    log_distances,
    worst_window,
)
from hetkeras.report.parts.series_figures import Curves, Panel, firm_figure, path_figure, response_figure
from hetkeras.report.runs.branch_figures import adjustment_figure, shares_figure
from hetkeras.report.runs.branch_series import (
    AGGREGATES,
    HIRING,
    INVESTMENT,
    PRICE,
    RESPONSE,
    RESPONSES,
    SHARES,
    SIMULATION,
    read_prices,
    read_responses,
    read_simulation,
    read_slice,
)
from hetkeras.report.runs.branch_tables import own_tables
from hetkeras.report.runs.distribution_block import distribution_block
from hetkeras.report.studies.bloom_tables import CALIBRATION, beside_published, by_state

MODEL, DIAGNOSTICS = "Bloom", "diagnostics.json"
SHOWN = 500  # periods of Figure 7
MOVES = {"investment": "capital_next", "hiring": "labor"}  # what is adjusted, and what it is a part of
CLASSIFIED = (
    "Branches against exact choices of firms that expect the same (Tables 11 and 12), at all nodes, states and ten "
    "levels of mean capital. Exact choices are on nodes: one who invests by less than a node where the exact choice "
    "waits counts as right, as in the paper. Deviations are those of points in the wrong branch."
)
RESPONSE_CAPTION = (
    "Responses to uncertainty: in period 0 it is high in all {economies}economies, before and after it moves as it "
    "does. "
    "Deviations of means over economies from the period before, bands of 95 % of their sampling error; uncertainty and "
    "inaction are shares."
)
DISTRIBUTIONS = (
    "Left, the share of firms that adjust capital, by their capital and productivity, over the labor that they have. "
    "Middle and right, firms by capital and by investment over capital; the outer bins are open. Firms are those at "
    "the end of the path, productivity of all is in the middle, uncertainty low."
)


def branch_pictures(directory: Path) -> tuple[Block, ...]:
    """Returns tables and figures, each of them or a sentence in its place.

    Raises:
      RunDirectoryError: if a table is damaged.
    """
    metadata, ours = read_metadata(directory), published(directory, MODEL)
    units, papers = metadata.get("units", {}), ours and has_calibration(directory, CALIBRATION)
    return (
        *(_tables(directory) if papers else own_tables(read_json(directory / DIAGNOSTICS), units)),
        *rules_block(directory / RULES, read_json(directory / DIAGNOSTICS)),
        *_simulation(directory / SIMULATION, branch_axes(metadata), ours),
        *_responses(directory / RESPONSE),
        *_prices(directory / PRICE, metadata, ours),
        *_adjustments(directory, metadata, ours),
        *distribution_block(directory, DISTRIBUTIONS),
    )


def branch_axes(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Returns what the axes of aggregates say."""
    units = {"output": "mean_capital", "investment": "mean_capital", "mean_capital": "mean_capital", "price": "price"}
    found = {name: labeled(metadata, unit, words(name)) for name, unit in units.items()}
    return {name: found.get(name, "labor").replace(" (", "\n(", 1) for name in AGGREGATES}


def _tables(directory: Path) -> tuple[Block, ...]:
    numbers = read_json(directory / DIAGNOSTICS)
    said: tuple[str, ...] = (
        "Business cycle (Table 7: logs, Hodrick-Prescott filter with λ = 1600, first 500 quarters left out). The "
        "published numbers are of the paper's own shocks.",
        "Accuracy of the forecast rules (Table 8). Our R² takes each aggregate state about its own mean, which asks "
        "more of the rules than all about one.",
        "The same by aggregate state (Table 10): productivity of all, today's uncertainty, the last quarter's; 0 is "
        "low. Of a state that was visited a few times R² says little.",
    )
    made = [beside_published("cycle", numbers), beside_published("forecast", numbers), by_state(numbers)]
    if "classified" in numbers:
        said += (CLASSIFIED,)
        made.append(beside_published("classification", numbers))
    return tuple(block for text, table in zip(said, made, strict=True) for block in (Text(text), table))


def _simulation(path: Path, axes: Mapping[str, str], ours: bool) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(path.name, "paths and forecasts are not drawn"),)
    series = read_simulation(path)
    drawn = (_paths(series, axes, ours), forecast_block(series, axes), _branches(series, ours))
    return (*broken_periods(series, path.name), *drawn)


def _paths(series: Columns, axes: Mapping[str, str], ours: bool) -> Block:
    """Aggregates by period, against a reference as far as there is one (Figure 7)."""
    reference = {name: series[f"reference_{name}"] for name in AGGREGATES if f"reference_{name}" in series}
    first = first_period(series)
    window = slice(max(first, len(series["period"]) - SHOWN), None)
    curves = {"simulated": series} | ({"reference": reference} if reference else {})
    rows = []
    for name in AGGREGATES:
        lines = {label: columns[name][window] for label, columns in curves.items() if name in columns}
        rows.append([Panel(axes[name], lines)])
    caption = f"Aggregates in the last {len(series['period'][window])} {'quarters (Figure 7)' if ours else 'periods'}."
    if reference:
        caption += f" To the reference: {largest(log_distances(series, reference), first)}."
    return Picture(path_figure(series["period"][window], rows), "Aggregates by period", caption)


def _branches(series: Columns, ours: bool) -> Block:
    errors = log_distances(series, {"price": series["dynamic_price"]})
    window = worst_window(errors, first_period(series))
    shares = {words: series[name][window] for name, words in SHARES.items()}
    uncertain = series["uncertainty"][window] > 0
    time = "quarters" if ours else "periods"
    caption = f"What firms adjust, in the same {time}; below, {time} of high uncertainty."
    return Picture(
        shares_figure(series["period"][window], shares, uncertain), "Shares of firms by branch and period", caption
    )


def _responses(path: Path) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(path.name, "the response to uncertainty is not drawn (--economies)"),)
    table = read_responses(path)
    caption = RESPONSE_CAPTION.format(economies=f"{table['economies'][0]:,.0f} " if "economies" in table else "")
    drawn = Picture(response_figure({"": table}, RESPONSES), "Responses to uncertainty with bands", caption)
    return (*broken_numbers(path.name, table), drawn)


def _prices(path: Path, metadata: Mapping[str, Any], ours: bool) -> tuple[Block, ...]:
    if not path.exists():
        return (absent(path.name, "adjustment by price is not drawn"),)
    price, curves = read_prices(path)
    labels = {name: labeled(metadata, unit, name) for name, unit in MOVES.items()}
    panels = [Curves(labeled(metadata, "price"), labels[name], price, curves[name]) for name in labels]
    columns = {f"{name}_{e}": curve for name in labels for e, curve in enumerate(curves[name])}
    caption = (
        f"Adjustment by today's price{' (Figure 4b)' if ours else ''} of a firm with capital in the middle of its "
        "range and labor at 1/4 of it, one line for each productivity of the firm; 0 is inaction."
    )
    figure = firm_figure(panels)
    return (*broken_numbers(path.name, columns), Picture(figure, "Investment and hiring by price", caption))


def _adjustments(directory: Path, metadata: Mapping[str, Any], ours: bool) -> tuple[Block, ...]:
    plans = (
        (INVESTMENT, "capital", "investment", "lagged labor", " (Figures 8 to 10)"),
        (HIRING, "lagged_labor", "hiring", "capital", " (Figures 11 to 13)"),
    )
    blocks: list[Block] = []
    for file, x, y, held, numbers in plans:
        x_label, y_label = labeled(metadata, x), labeled(metadata, MOVES[y], y)
        if not (directory / file).exists():
            blocks.append(absent(file, f"{y_label} is not drawn"))
            continue
        places, curves = read_slice(directory / file, x)
        figure = adjustment_figure(places, curves, (x_label, y_label), held)
        caption = (
            f"{y.capitalize()} by {words(x)}{numbers if ours else ''}: rows by productivity of all, columns by that of "
            "the firm, lowest first; uncertainty is low and was. 0 is inaction."
        )
        blocks += broken_numbers(file, {str(key): np.asarray(curve) for key, curve in curves.items()})
        blocks.append(Picture(figure, f"{y_label} by {x_label}, a panel for each productivity", caption))
    return tuple(blocks)
