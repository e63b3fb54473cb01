"""Directories of economies of firms as a solve and a study leave them, small and made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from hetkeras.report.parts.series import RESPONSES
from hetkeras.report.studies.krusell_smith_rows import COLUMNS
from tests.report.csv_files import write_csv

PERIODS, BURN_IN = 40, 8
CALIBRATION = {"largest_cost": 0.0083, "depreciation": 0.069}
RUN = {"model": "KhanThomas", "calibration": CALIBRATION, "seed": 0, "device": "CPU, 2 threads"}
DIAGNOSTICS = {
    "solve_seconds": 43.34,
    "cleared": 1.0,
    "den_haan_price_max": 0.00152,
    "fresh_den_haan_mean_capital_mean": 0.00068,
    "forecast_rmse_price_z1": 7.3e-05,
    "forecast_r2_mean_capital_z5": 0.99994137,
    "bellman_error_demeaned": 1.72e-05,
    "off_path_uncleared": 0.0,
    "off_path_return": 1.8e-08,
    "off_path_gap_value": 1.7e-04,
    "sd_investment_to_output": 3.95799,
    "inaction": 0.76222,
    "mean_capital": 1.5297,
    "price": 2.2416,
    "converged": True,
    "reason": None,
}
FIRM = ("idiosyncratic", "capital", "aggregate", "mean_capital", "price")
UNITS = {
    "capital": "goods",
    "mean_capital": "goods per firm",
    "price": "marginal utility of consumption",
    "target_capital": "goods",
    "value": "marginal-utility units",
}
METADATA = {
    "units": UNITS,
    "bounds": {
        "capital": [0.1, 8.0],
        "mean_capital": [1.25, 2.0],
        "aggregate": [0.9, 1.1],
        "idiosyncratic": [0.8, 1.2],
    },
    "signatures": {
        "policy": {
            "inputs": {name: ["B"] for name in FIRM},
            "outputs": {"target_capital": ["B"], "labor": ["B"]},
            "dtype": "float32",
        }
    },
}


def simulation(periods: int = PERIODS) -> dict[str, np.ndarray]:
    """Columns of simulation.csv: prices 0.1 % off their dynamic forecast, capital 0.2 % off the reference."""
    t = np.arange(periods)
    capital, price = 1.5 + 0.1 * np.sin(t / 5), 2.2 - 0.1 * np.sin(t / 5)
    return {
        "period": t,
        "aggregate_index": t % 5,
        "mean_capital": capital,
        "price": price,
        "output": 0.55 + 0.01 * (t % 5),
        "inaction": np.full(periods, 0.77),
        "spikes_up": np.full(periods, 0.17),
        "spikes_down": np.full(periods, 0.03),
        "dynamic_mean_capital": np.where(t < BURN_IN, np.nan, capital),
        "dynamic_price": np.where(t < BURN_IN, np.nan, price * np.exp(-0.001)),
        "reference_mean_capital": capital * np.exp(-0.002),
        "reference_price": price,
    }


def response() -> dict[str, np.ndarray]:
    """Columns of impulse_response.csv."""
    period = np.arange(-3, 5)
    columns = {"period": period}
    for name in RESPONSES:
        columns[name] = np.where(period < 0, 0, 0.9 ** np.maximum(period, 0))
        columns[f"{name}_se"] = 0.1 * columns[name]
    return columns


def slice_of(x: str, prefix: str) -> dict[str, np.ndarray]:
    """Columns of value_slice.csv or policy_slice.csv, for three productivities."""
    points = np.linspace(0.5, 2, 6)
    return {x: points} | {f"{prefix}_{e}": e * points for e in (1, 2, 3)}


def write_columns(path: Path, columns: dict[str, np.ndarray]) -> None:
    names = list(columns)
    write_csv(path, [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def write_firm_run(directory: Path, calibration: dict[str, float] = CALIBRATION) -> Path:
    asset = directory / "saved_model" / "assets" / "hetkeras.json"
    asset.parent.mkdir(parents=True)
    asset.write_text(json.dumps(METADATA))
    (directory / "run.json").write_text(json.dumps(RUN | {"calibration": calibration}))
    (directory / "diagnostics.json").write_text(json.dumps(DIAGNOSTICS))
    write_columns(directory / "simulation.csv", simulation())
    write_columns(directory / "impulse_response.csv", response())
    write_columns(directory / "value_slice.csv", slice_of("capital", "value"))
    write_columns(directory / "policy_slice.csv", slice_of("price", "target"))
    return directory


def solve(table: str, group: str, description: str, seed: int = 0, **changes: object) -> dict:
    """A row of results.csv; every diagnostic is 0.5 unless it is changed."""
    words = f"{table} {group} {description}".replace(" ", "_")
    row = {"table": table, "group": group, "description": description, "seed": seed}
    row |= dict.fromkeys(COLUMNS, 0.5)
    return row | {"converged": True, "reason": "", "run_dir": f"cases/{words}/seed{seed}"} | changes
