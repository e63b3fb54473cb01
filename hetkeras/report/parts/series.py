"""Simulated series of economies of firms as a run leaves them: reading, distances, what cannot be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hetkeras.report.parts.content import Text
from hetkeras.report.parts.figures import Columns
from hetkeras.report.parts.formats import percent, words
from hetkeras.report.parts.reading import read_columns, read_rows

SIMULATION, RESPONSE = "simulation.csv", "impulse_response.csv"
SERIES = ("period", "mean_capital", "price", "output", "inaction", "spikes_up", "spikes_down")
INDEX = "aggregate_index", "aggregate"  # of the aggregate state, and its name in earlier files
DYNAMIC = ("dynamic_mean_capital", "dynamic_price")
AGGREGATES = ("output", "mean_capital", "price")
REFERENCE = tuple(f"reference_{name}" for name in AGGREGATES)
RESPONSES = {
    "productivity": "productivity of all firms",
    "output": "output",
    "investment": "investment",
    "labor": "labor",
    "consumption": "consumption",
    "mean_capital": "mean capital",
}
WINDOW = 150


def read_simulation(path: Path) -> dict[str, np.ndarray]:
    """Returns the series of a simulation, with those of the reference solution where there is one."""
    header = read_rows(path, ())[0]
    index = next((name for name in INDEX if name in header), INDEX[0])
    series = read_columns(path, (index, *SERIES, *DYNAMIC), REFERENCE)
    return counted({INDEX[0] if name == index else name: values for name, values in series.items()})


def read_responses(path: Path) -> dict[str, np.ndarray]:
    """Returns mean responses and their standard errors by period."""
    return read_columns(path, ("period", *RESPONSES, *(f"{name}_se" for name in RESPONSES)), ("pairs",))


def counted(series: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns series whose periods are counted from the end of the burn-in, in which they are negative."""
    return {**series, "period": series["period"] - series["period"][first_period(series)]}


def first_period(series: Columns) -> int:
    """Returns the index at which dynamic forecasts begin: earlier periods count in no statistic."""
    return int(np.argmax(np.isfinite(series["dynamic_price"])))


def log_distances(ours: Columns, theirs: Columns) -> dict[str, np.ndarray]:
    """Returns how far positive series of the same name are apart, in per cent."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return {name: 100 * np.log(ours[name] / theirs[name]) for name in theirs}


def worst_window(distances: Mapping[str, np.ndarray], first: int) -> slice:
    """Returns the periods around the largest distance from the first period on; the last ones where none is known."""
    stacked = np.abs([distance[first:] for distance in distances.values()])
    largest = np.max(np.where(np.isfinite(stacked), stacked, -1), axis=0)
    middle = first + int(np.argmax(largest)) if largest.max() >= 0 else first + len(largest)
    start = max(min(middle - WINDOW // 2, first + len(largest) - WINDOW), 0)
    return slice(start, start + WINDOW)


def largest(distances: Mapping[str, np.ndarray], first: int) -> str:
    """Says how large distances become from the first period on; one that is not finite counts."""
    parts = [f"{words(name)} {percent(np.abs(distance[first:]).max() / 100)}" for name, distance in distances.items()]
    count = len(next(iter(distances.values()))) - first
    return f"largest over all {count:,} periods after the burn-in: {', '.join(parts)}"


def broken_periods(series: Columns, file: str = SIMULATION) -> tuple[Text, ...]:
    """Says how many periods hold numbers that are not finite; dynamic forecasts count from where they begin."""
    broken = ~np.all([np.isfinite(values) for name, values in series.items() if name not in DYNAMIC], axis=0)
    first = first_period(series)
    for name in DYNAMIC:
        broken[first:] |= ~np.isfinite(series[name][first:])
    if not broken.any():
        return ()
    text = f"{broken.sum()} of {broken.size} periods of {file} hold numbers that are not finite; the figures"
    return (Text(f"{text} leave them out.", "bad"),)


def broken_numbers(name: str, columns: Columns) -> tuple[Text, ...]:
    """Says how many numbers of a table cannot be drawn."""
    broken = sum(int((~np.isfinite(values)).sum()) for values in columns.values())
    return (Text(f"{broken} numbers of {name} are not finite; the figure leaves them out.", "bad"),) if broken else ()
