"""The neural method finds the solution of Khan and Thomas for every seed and at calibrations far from Terry's."""

import json
import subprocess
import sys

import pytest


def solve(run_dir, *flags):
    command = [sys.executable, "-m", "apps.solve_khan_thomas", f"--run_dir={run_dir}", "--report=false", "--pairs=0"]
    done = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((run_dir / "diagnostics.json").read_text())


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_every_seed_is_right(tmp_path, seed):
    numbers = solve(tmp_path / "run", f"--seed={seed}")
    assert numbers["converged"], numbers["reason"]
    assert numbers["reference_gap_price"] <= 5e-4
    assert numbers["reference_gap_mean_capital"] <= 1.5e-3
    assert numbers["bellman_error_mean"] <= 2e-4
    assert numbers["sd_investment"] == pytest.approx(10.419, rel=0.01)  # on refined grids


@pytest.mark.long
@pytest.mark.parametrize("change", ["largest_cost=0.0166", "largest_cost=0.0002", "idiosyncratic_volatility=0.04"])
def test_other_calibrations_are_right_too(tmp_path, change):
    numbers = solve(tmp_path / "run", f"--set={change}")
    assert numbers["converged"], numbers["reason"]


@pytest.mark.long
def test_network_rules_forecast_several_times_better(tmp_path):
    numbers = solve(tmp_path / "run", "--rules=network")
    assert numbers["converged"], numbers["reason"]
    assert numbers["den_haan_price_max"] <= 5e-4
    assert numbers["den_haan_mean_capital_max"] <= 1.5e-3
