"""Files of log-linear rules: intercepts and slopes by aggregate state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hetkeras.csv_table import CsvTable
from hetkeras.errors import CalibrationError
from hetkeras.files import write_columns
from hetkeras.methods.krusell_smith.aggregate_paths import INDEX_NAMES
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules


def columns(prices: Sequence[str] = ("price",)) -> tuple[str, ...]:
    """Headers of a file with rules of mean capital and of prices with such names."""
    return tuple(f"{outcome}_{part}" for outcome in ("capital", *prices) for part in ("intercept", "slope"))


COLUMNS = columns()


def write_rules(path: Path, rules: ForecastRules, prices: Sequence[str] = ("price",)) -> None:
    """Writes log-linear rules, one row for each aggregate state; others are in the SavedModel alone."""
    if isinstance(rules, LogLinearRules):
        lines = np.concatenate(rules.coefficients.numpy(), -1).T
        write_columns(path, dict(zip(columns(prices)[: len(lines)], lines, strict=True)))


def read_rules(path: Path, num_states: int, prices: Sequence[str] = ("price",)) -> tuple[np.ndarray, np.ndarray]:
    """Reads intercepts and slopes of log K', [A, 2], and of log prices with such names, [P, A, 2].

    Raises:
      CalibrationError: if the file cannot be read or does not hold one finite line for each aggregate state.
    """
    names = columns(prices)
    table = CsvTable.read(path, names, f"one row for each aggregate state, in their order, and {', '.join(names)}")
    if len(table.lines) != num_states:
        raise CalibrationError(f"{path} holds {len(table.lines)} rules; expected {num_states} rows, one a state")
    for name in {*INDEX_NAMES} & {*table.columns}:
        if (table.numbers(name) != np.arange(num_states)).any():
            raise CalibrationError(
                f"{path}: {name} does not run from 0 to {num_states - 1}; put the rows in this order"
            )
    lines = np.reshape([table.numbers(name) for name in names], (-1, 2, num_states)).swapaxes(1, 2)
    return lines[0], lines[1:]
