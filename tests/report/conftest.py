"""Directories as a solve and a study leave them, small and made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hetkeras.report.parts import attachments, content
from tests.report.csv_files import write_csv

RUN = {
    "model": "Investment",
    "calibration": {"num_firms": 128, "discount_factor": 0.95, "productivity_types": [0.9, 1.1]},
    "seed": 3,
    "preset": "quick",
    "method": {"num_steps": 600},
    "device": "CPU, 2 threads",
}
DIAGNOSTICS = {
    "parameters": 67599,
    "train_seconds": 6.15,
    "num_agents": 128.0,
    "euler_residual_rms": 3.155e-05,
    "euler_mse": 8.531e-09,
    "aggregate_slope_q99": 0.90038,
    "policy_error_mean": 4.8278e-05,
    "invented_number": 1.23456789,
    "converged": True,
    "reason": None,
}
METADATA = {
    "bounds": {"capital": [0.6, 1.1]},
    "units": {"capital": "units of output", "investment": "units of capital"},
    "signatures": {
        "policy": {
            "inputs": {"capital": ["B"], "industry_capital": ["B", "N"]},
            "outputs": {"investment": ["B"]},
            "dtype": "float32",
        }
    },
}
PATHS = [
    {
        "period": t,
        "residual_mean": 1e-5 * t,
        "residual_low": -1e-4,
        "residual_high": 1e-4,
        "mean_state": 0.9 - 0.05 * t,
        "action": 0.024 + 0.002 * t,
        "reference_action": 0.024 + 0.0021 * t,
    }
    for t in range(4)
]
CHECKS = [
    {"check": "euler_residual_rms", "measured": 3.155e-05, "expected": "<= 0.001", "verdict": "PASS"},
    {"check": "present_value_gap_mean", "measured": "", "expected": "<= 0.002", "verdict": "PASS"},
]
SPREAD = [{"num_agents": n, "residual_sd": 0.02 / n**0.5, "analytic_sd": 0.019 / n**0.5} for n in (2, 128)]


def write_run(directory: Path) -> Path:
    asset = directory / "saved_model" / "assets" / "hetkeras.json"
    asset.parent.mkdir(parents=True)
    for path, value in (
        (asset, METADATA),
        (directory / "run.json", RUN),
        (directory / "diagnostics.json", DIAGNOSTICS),
    ):
        path.write_text(json.dumps(value))
    for name, rows in (("paths", PATHS), ("checks", CHECKS), ("concentration", SPREAD)):
        write_csv(directory / f"{name}.csv", rows)
    return directory


def case(table: str, group: str, description: str, seed: int, **changes: object) -> dict:
    """A row of results.csv."""
    return {
        "table": table,
        "group": group,
        "description": description,
        "seed": seed,
        "num_agents": 128.0,
        "demand_curvature": 1.0,
        "network": "deep_sets",
        "parameters": 67599,
        "train_seconds": 6.0,
        "train_mse": 1e-8,
        "euler_mse": 2e-8,
        "policy_error_mean": 5e-5,
        "converged": True,
        "reason": "",
        "run_dir": f"cases/{table}{description}{seed}".replace(" ", "_"),
    } | changes


@pytest.fixture
def pixels() -> None:
    """For tests of pages whose figures are drawn."""


@pytest.fixture(autouse=True)
def sketches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made and not turned into pixels, which takes the most time, unless a test asks for them."""
    if "pixels" not in request.fixturenames:
        monkeypatch.setattr(content, "to_svg", lambda figure: b"")
        monkeypatch.setattr(attachments, "to_pdf", lambda figure: b"")


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return write_run(tmp_path / "linear")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory that no test changes."""
    return write_run(tmp_path_factory.mktemp("untouched") / "linear")


@pytest.fixture
def edit_json(run_dir: Path):
    """Changes entries of a JSON file in the run directory."""

    def edit(name: str, **changes: object) -> None:
        path = run_dir / name
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


@pytest.fixture
def make_study(tmp_path: Path):
    """Writes results.csv, and a run directory for every case that has one."""

    def make(rows: list[dict]) -> Path:
        study = tmp_path / "study"
        study.mkdir()
        write_csv(study / "results.csv", rows)
        for row in rows:
            if row["run_dir"]:
                write_run(study / row["run_dir"])
        return study

    return make


@pytest.fixture
def make_case():
    return case
