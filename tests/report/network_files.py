"""Directories of a network of links as a solve leaves them, made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.report.csv_files import write_csv
from tests.report.firm_files import write_columns
from tests.report.flip_files import CHECKS

COUNT = 4
USER, SUPPLIER = (part.ravel() for part in np.indices((COUNT, COUNT)))
MOVES = USER != SUPPLIER
TIMES = np.array([0.0, 1.0, 2.0, 5.0, 40.0])
MOMENTS = np.array([0, 5, 20, 60])
RUN = {"model": "ProductionNetwork", "calibration": {"num_sectors": COUNT}, "seed": 0, "preset": "quick"}
DIAGNOSTICS = {
    "num_binary": COUNT**2,
    "value_scale": 3.2,
    "residual_own_rms": 0.0165,
    "off_path_value_gap": 0.0038,
    "off_path_policy_worth_gap": 0.0,
    "forming_consumption": 0.1034,
    "losing_consumption": -0.0927,
    "network_consumption": 0.0646,
    "frozen_network_consumption": None,
    "fallen_sector": 2,
    "residual_fallen_rms": 0.0214,
    "converged": True,
    "reason": None,
}


def links() -> dict[str, np.ndarray]:
    """Columns of links.csv: of twelve links the planner wants ten, their users eleven; one never moves."""
    worth = np.where(MOVES, 0.01 * (USER + 1) * (SUPPLIER + 1), np.nan)
    worth[[1, 2]] = -0.02, -0.004
    wish = np.where(MOVES, 0.1 * (USER + 1), np.nan)
    wish[2] = -0.3
    return {
        "element": np.arange(COUNT**2),
        "user": USER,
        "supplier": SUPPLIER,
        "share": np.where(MOVES, 0.1, 0.2),
        "link_cost": np.zeros(COUNT**2),
        "active": np.where(MOVES, 0.5, 1.0),
        "worth": worth,
        "worth_error": np.where(MOVES, 0.003, np.nan),
        "worth_consumption": worth / 20,
        "worth_consumption_error": np.where(MOVES, 0.0001, np.nan),
        "own_tfp": np.where(MOVES, 0.05, np.nan),
        "own_now": wish,
        "own_wish": wish,
    }


def productivity_fall(rewires: bool = True) -> dict[str, np.ndarray]:
    """Columns of productivity_fall.csv: log GDP falls by one per cent, of which the planner makes up a tenth."""
    usual, loss = np.full(TIMES.size, -0.06), -0.01 * np.exp(-0.3 * TIMES)
    answer = rewires * 0.1 * np.where(TIMES > 0, -loss, 0.0)
    return {
        "time": TIMES,
        "log_gdp_usual": usual,
        "log_gdp_shocked": usual + loss + answer,
        "log_gdp_rigid": usual + loss,
        "active_usual": np.full(TIMES.size, 0.4),
        "active_shocked": 0.4 - 10 * answer,
        "rewiring": answer,
        "rewiring_error": answer / 10,
    }


def growth() -> dict[str, np.ndarray]:
    """Columns of growth.csv: half of the links are there in the end, and GDP is higher by .2 in logs."""
    year = np.union1d(np.arange(0, 61, 2), MOMENTS)
    active, gdp = 0.5 * year / 60, -0.3 + 0.2 * year / 60
    columns = {"year": year}
    for name, mean in (("active", active), ("log_gdp", gdp)):
        width = 0.1 * year / 60
        columns |= {f"{name}_mean": mean, f"{name}_low": mean - width, f"{name}_high": mean + width, name: mean}
    return columns


def snapshots() -> dict[str, np.ndarray]:
    """Columns of snapshots.csv: none, a quarter, a half and all of the links."""
    count = MOVES.sum()
    share = np.where(np.arange(count) < 6, 0.3, 0.01 * np.arange(count))
    on = [(np.arange(count) < most).astype(int) for most in (0, 3, 6, 12)]
    ends = {"user": np.tile(USER[MOVES], 4), "supplier": np.tile(SUPPLIER[MOVES], 4)}
    return {"year": MOMENTS.repeat(count), **ends, "share": np.tile(share, 4), "on": np.concatenate(on)}


def snapshot_sectors() -> dict[str, np.ndarray]:
    """Columns of snapshot_sectors.csv."""
    domar, productivity = (np.tile(np.linspace(*ends, COUNT), 4) for ends in ((0.2, 0.8), (-0.2, 0.1)))
    columns = {"year": MOMENTS.repeat(COUNT), "sector": np.tile(np.arange(COUNT), 4)}
    return columns | {"domar": domar, "productivity": productivity}


def write_network_run(directory: Path) -> Path:
    directory.mkdir(parents=True)
    (directory / "run.json").write_text(json.dumps(RUN))
    (directory / "diagnostics.json").write_text(json.dumps(DIAGNOSTICS))
    for table in (links, productivity_fall, growth, snapshots, snapshot_sectors):
        write_columns(directory / f"{table.__name__}.csv", table())
    write_csv(directory / "checks.csv", CHECKS)
    return directory
