"""Directories of economies of firms with branches as a solve leaves them, small and made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from hetkeras.report.runs.branch_series import AGGREGATES, RESPONSES
from tests.report.firm_files import write_columns

PERIODS, BURN_IN = 40, 8
RUN = {"model": "Bloom", "calibration": {"fixed_labor_cost": 0.096}, "seed": 0, "device": "CPU, 2 threads"}
DIAGNOSTICS = {
    "off_path_value_lost_firms": 0.0006,
    "off_path_continuation_error": 1.2e-06,
    "cleared": 1.0,
    "den_haan_price_max": 0.0412,
    "fresh_den_haan_mean_capital_mean": 0.0175,
    "forecast_rmse_price": 0.0051,
    "forecast_rmse_price_z3_s1_l0": 0.0023,
    "forecast_r2_price_z3_s1_l0": 0.97654321,
    "forecast_rmse_mean_capital_z3_s1_l0": None,
    "forecast_r2_mean_capital_z3_s1_l0": 0.98,
    "value_lost_q99": 0.0123,
    "branch_mismatch_firms": 0.0321,
    "share_01": 0.1234,
    "sd_output": 1.98765,
    "sd_investment_to_output": 5.01234,
    "mean_capital": 5.68,
    "price": 1.3825,
    "converged": True,
    "reason": None,
}
FIRM = ("capital", "lagged_labor", "idiosyncratic", "aggregate", "uncertainty", "lagged_uncertainty", "mean_capital")
UNITS = {
    "capital": "goods",
    "lagged_labor": "share of time, last quarter",
    "mean_capital": "goods per firm",
    "price": "marginal utility of consumption",
    "capital_next": "goods",
    "labor": "share of time",
}
METADATA = {
    "units": UNITS,
    "bounds": {name: [0.5, 1.5] for name in FIRM},
    "signatures": {
        "policy": {
            "inputs": {name: ["B"] for name in (*FIRM, "price")},
            "outputs": {"branch_probabilities": ["B", "R"], "capital_next": ["B"]},
            "dtype": "float32",
        }
    },
}


def simulation() -> dict[str, np.ndarray]:
    """Columns of branch_simulation.csv: prices 1 % off their dynamic forecast, capital 2 % off the reference."""
    t = np.arange(PERIODS)
    columns = {name: 1 + 0.1 * np.sin(t / 5 + place) for place, name in enumerate(AGGREGATES)}
    columns |= {"period": t, "aggregate_index": t % 20, "uncertainty": (t // 10) % 2}
    columns |= {"share_00": np.full(PERIODS, 0.7), "share_10": np.full(PERIODS, 0.15)}
    columns |= {"share_01": np.full(PERIODS, 0.1), "share_11": np.full(PERIODS, 0.05)}
    unknown = t < BURN_IN
    columns["dynamic_mean_capital"] = np.where(unknown, np.nan, columns["mean_capital"])
    columns["dynamic_price"] = np.where(unknown, np.nan, columns["price"] * np.exp(-0.01))
    columns["reference_mean_capital"] = columns["mean_capital"] * np.exp(-0.02)
    return columns


def response() -> dict[str, np.ndarray]:
    """Columns of uncertainty_shock.csv."""
    period = np.arange(-3, 5)
    columns = {"period": period}
    for name in RESPONSES:
        columns[name] = np.where(period < 0, 0, -(0.9 ** np.maximum(period, 0)))
        columns[f"{name}_se"] = 0.1 * np.abs(columns[name])
    return columns


def slice_of(x: str) -> dict[str, np.ndarray]:
    """Columns of investment_slice.csv or hiring_slice.csv, two productivities of all, three of the firm."""
    points = np.linspace(0.5, 2, 9)
    places = [(z, e, h) for z in (1, 2) for e in (1, 2, 3) for h in (1, 2, 3)]
    return {x: points} | {f"z{z}_e{e}_h{h}": np.where(points < 0.4 * e, z * points, 0.0) for z, e, h in places}


def price_slice() -> dict[str, np.ndarray]:
    """Columns of price_slice.csv, for three productivities."""
    points = np.linspace(1.2, 1.5, 9)
    curves = {f"{name}_{e}": e - points for name in ("investment", "hiring") for e in (1, 2, 3)}
    return {"price": points} | curves


def write_branch_run(directory: Path) -> Path:
    asset = directory / "saved_model" / "assets" / "hetkeras.json"
    asset.parent.mkdir(parents=True)
    asset.write_text(json.dumps(METADATA))
    (directory / "run.json").write_text(json.dumps(RUN))
    (directory / "diagnostics.json").write_text(json.dumps(DIAGNOSTICS))
    write_columns(directory / "branch_simulation.csv", simulation())
    write_columns(directory / "uncertainty_shock.csv", response())
    write_columns(directory / "investment_slice.csv", slice_of("capital"))
    write_columns(directory / "hiring_slice.csv", slice_of("lagged_labor"))
    write_columns(directory / "price_slice.csv", price_slice())
    return directory
