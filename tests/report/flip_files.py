"""Directories of a value over binary states as a solve leaves them, made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.report.csv_files import write_csv
from tests.report.firm_files import write_columns

COUNT = 40
MONEY = "units of a typical destination's revenue"
RUN = {
    "model": "ExportEntry",
    "calibration": {"num_destinations": COUNT, "discount_rate": 0.05, "complementarity": [0.0, 0.001, 0.0042] * 534},
    "seed": 2,
    "preset": "paper",
    "network": {"width": 64, "latent": 32},
}
DIAGNOSTICS = {
    "parameters": 21185,
    "train_seconds": 412.3,
    "num_binary": COUNT,
    "value_scale": 88.5123,
    "residual_own_rms": 0.00812,
    "off_path_residual_max": 0.0167,
    "off_path_value_gap": 0.0046,
    "off_path_decisions_right": 1.0,
    "residual_own_p95": 0.0163,
    "residual_drawn_rms": 0.0214,
    "residual_drawn_p95": 0.0447,
    "value_at_rest": 171.234,
    "policy_value": 171.021,
    "policy_value_error": 0.2214,
    "policy_value_gap": 0.213,
    "policy_value_limit": 2.374,
    "outside_bounds": 0.0,
    "value_error_rms": 0.00312,
    "value_error_max": 0.00951,
    "gain_error_mean": 0.0122,
    "decisions_right": 0.99951,
    "active_share": 0.7431,
    "long_run_active_share": 0.7388,
    "value_own_mean": 204.9,
    "converged": True,
    "reason": None,
}
METADATA = {
    "bounds": {"cost": [0.2, 1.4]},
    "units": {
        "active": "1 where the firm exports, else 0",
        "cost": f"{MONEY} a year",
        "value": MONEY,
        "entry_gain": f"{MONEY}, of entering where the firm is not, of staying where it is",
    },
    "signatures": {
        "policy": {
            "inputs": {"active": ["B", "J"], "cost": ["B", "J"]},
            "outputs": {"value": ["B"], "entry_gain": ["B", "J"], "enter": ["B", "J"], "rate": ["B", "J"]},
            "dtype": "float32",
        },
        "opportunity": {"inputs": {"active": ["G", "F", "J"]}, "outputs": {"entry_gain": ["C"]}, "dtype": "float32"},
    },
}
CHECKS = [
    {"check": "residual_own_rms", "measured": 0.00812, "expected": "<= 0.03", "verdict": "PASS"},
    {"check": "policy_value_gap", "measured": 0.213, "expected": "<= 2.374", "verdict": "PASS"},
    {"check": "outside_bounds", "measured": 0.0, "expected": "<= 0.01", "verdict": "PASS"},
]
LOSSES = [
    {"statistic": "average", "analytic": 3.456e-7, "probabilistic": 1.2345e-6},
    {"statistic": "95th percentile", "analytic": 9e-7, "probabilistic": "nan"},
    {"statistic": "largest", "analytic": 2e-6, "probabilistic": 3e-6},
]


def elements(count: int = COUNT, seed: int = 0) -> dict[str, np.ndarray]:
    """Columns of elements.csv: worth is 4 revenue + 6 contribution, about."""
    rng = np.random.default_rng(seed)
    revenue = np.clip(rng.normal(1, 0.15, count), 0.6, 1.5)
    contribution = rng.gamma(3, 0.05, count)
    worth = 4 * revenue + 6 * contribution - 3.4 + rng.normal(0, 0.15, count)
    active = np.clip(0.83 / (1 + np.exp(-3 * (worth - 0.8))), 0, 1)
    return {
        "element": np.arange(count),
        "revenue": revenue,
        "mean_cost": rng.uniform(0.75, 0.9, count),
        "entry_cost": rng.uniform(0.5, 1, count),
        "contribution": contribution,
        "worth": worth,
        "active": active,
        "accepted": np.clip(active * 1.15, 0, 1),
    }


def alike(count: int = 10) -> dict[str, np.ndarray]:
    """Columns of elements.csv for elements that only luck tells apart."""
    worth = 2.3 + 0.02 * np.random.default_rng(1).normal(size=count)
    same = dict.fromkeys(("revenue", "mean_cost", "entry_cost"), np.full(count, 1.0))
    sums = {"contribution": np.array([sum([0.02] * (count - 1)) + 1e-17 * j for j in range(count)])}
    return {"element": np.arange(count), **same, **sums, "worth": worth, "active": worth / 3, "accepted": worth / 2.4}


def entry_probability() -> dict[str, np.ndarray]:
    """Columns of entry_probability.csv: the more is on, the larger the shocks at which elements are taken up."""
    reach = np.linspace(-3, 3, 81)
    middles = {"taken_0": 0.2, "taken_50": 0.6, "taken_90": 1.1}
    return {"impulses": reach} | {name: 1 / (1 + np.exp(3 * (reach - middle))) for name, middle in middles.items()}


def transition(seed: int = 0) -> dict[str, np.ndarray]:
    """Columns of transition.csv: costs rise, entries fall at once, the active share after a while."""
    rng = np.random.default_rng(seed)
    time = 0.5 * np.arange(1, 61)
    usual = 0.74 + np.cumsum(rng.normal(0, 0.001, 60))
    drop = 0.08 * (np.exp(-0.25 * time) - np.exp(-0.9 * time))
    entries, exits = (usual * COUNT * 0.1 + rng.normal(0, 0.03, 60) for _ in range(2))
    return {
        "time": time,
        "active_usual": usual,
        "active_shocked": usual - drop,
        "entries_usual": entries,
        "entries_shocked": entries - 1.2 * np.exp(-0.3 * time),
        "exits_usual": exits,
        "exits_shocked": exits - 4 * drop,
    }


def write_flip_run(directory: Path) -> Path:
    asset = directory / "saved_model" / "assets" / "hetkeras.json"
    asset.parent.mkdir(parents=True)
    for path, value in (
        (asset, METADATA),
        (directory / "run.json", RUN),
        (directory / "diagnostics.json", DIAGNOSTICS),
    ):
        path.write_text(json.dumps(value))
    tables = {"elements": elements(), "entry_probability": entry_probability(), "transition": transition()}
    for name, columns in tables.items():
        write_columns(directory / f"{name}.csv", columns)
    write_csv(directory / "checks.csv", CHECKS)
    return directory
