"""The quick preset of uncertainty shocks is rough, but its business cycle is that of exact choices on equal shocks."""

import json
import subprocess
import sys

import pytest

MOMENTS = ("sd_output", "sd_investment", "sd_labor", "sd_consumption")
CORRELATIONS = ("correlation_investment", "correlation_labor", "correlation_consumption")


def solve(run_dir, *flags):
    command = [sys.executable, "-m", "apps.solve_bloom", f"--run_dir={run_dir}", "--report=false", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((run_dir / "diagnostics.json").read_text())


@pytest.mark.long
def test_quick_networks_are_near_exact_choices(tmp_path):
    networks, exact = solve(tmp_path / "networks"), solve(tmp_path / "exact", "--method=grid")
    assert networks["converged"], networks["reason"]
    assert exact["converged"], exact["reason"]
    for name in MOMENTS:
        assert networks[name] == pytest.approx(exact[name], rel=0.1), name
    for name in CORRELATIONS:
        assert networks[name] == pytest.approx(exact[name], abs=0.05), name
