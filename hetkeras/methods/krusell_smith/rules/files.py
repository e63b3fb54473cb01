"""Files of log-linear rules: intercepts and slopes by aggregate state."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hetkeras.csv_table import CsvTable
from hetkeras.errors import CalibrationError
from hetkeras.files import write_columns
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules

COLUMNS = "capital_intercept", "capital_slope", "price_intercept", "price_slope"


def write_rules(path: Path, rules: ForecastRules) -> None:
    """Writes log-linear rules, one row for each aggregate state; others are in the SavedModel alone."""
    if isinstance(rules, LogLinearRules):
        capital, price = rules.coefficients.numpy()
        write_columns(path, dict(zip(COLUMNS, np.concatenate([capital, price], -1).T, strict=True)))


def read_rules(path: Path, num_states: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads intercepts and slopes of log K' and log p, each [A, 2].

    Raises:
      CalibrationError: if the file cannot be read or does not hold one finite line for each aggregate state.
    """
    table = CsvTable.read(path, COLUMNS, f"one row for each aggregate state, in their order, and {', '.join(COLUMNS)}")
    if len(table.lines) != num_states:
        raise CalibrationError(f"{path} holds {len(table.lines)} rules; expected {num_states} rows, one a state")
    if "aggregate" in table.columns and (table.numbers("aggregate") != np.arange(num_states)).any():
        raise CalibrationError(f"{path}: aggregate does not run from 0 to {num_states - 1}; put the rows in this order")
    lines = np.column_stack([table.numbers(name) for name in COLUMNS])
    return lines[:, :2], lines[:, 2:]
