"""No wrong root from any seed: 120 solves (about a quarter of an hour on two cores)."""

import csv
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_all_seeds_of_all_networks_find_the_stable_root(tmp_path):
    flags = ["--table=hetkeras/command_line/tables/right_root.json", f"--out_dir={tmp_path}", "--seeds=20"]
    subprocess.run([sys.executable, "-m", "apps.run_table", *flags], cwd=ROOT, check=True)
    rows = list(csv.DictReader((tmp_path / "results.csv").open()))
    assert len(rows) == 120
    assert all(row["converged"] == "True" for row in rows)
    for nu, median in ((1.0, 2e-4), (1.5, 3e-4)):
        errors = [float(row["policy_error_mean"]) for row in rows if float(row["demand_curvature"]) == nu]
        assert statistics.median(errors) <= median
        assert max(errors) <= 1e-3
