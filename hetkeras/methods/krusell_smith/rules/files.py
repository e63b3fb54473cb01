"""Files of log-linear rules: intercepts and slopes by aggregate state."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

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
    try:
        with path.open(encoding="utf-8") as stream:
            table = np.array([[float(row[column]) for column in COLUMNS] for row in csv.DictReader(stream)])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CalibrationError(f"{path} holds no forecast rules ({error!r}); expected columns {COLUMNS}") from error
    if table.shape != (num_states, 4) or not np.isfinite(table).all():
        raise CalibrationError(f"{path} holds {len(table)} rules; expected {num_states} finite rows, one a state")
    return table[:, :2], table[:, 2:]
