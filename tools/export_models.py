"""Trains the models that ship in exported_models/ and replaces them when all their checks pass.

Example:
  python -m tools.export_models --names=investment_linear_n128
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from absl import flags

from apps.common import run_app
from hetkeras.errors import HetkerasError
from hetkeras.saved_model import read_metadata

FLAGS = flags.FLAGS
flags.DEFINE_string("names", "", "Regular expression on the names below.")

SHIPPED = Path(__file__).parent.parent / "exported_models"
LARGEST = 1_200_000  # bytes of one model
SOLVES = {
    "investment_linear_n128": ["apps.solve_investment"],
    "investment_nu15_n128": ["apps.solve_investment", "--set=demand_curvature=1.5"],
    "investment_nu15_n10000": ["apps.solve_investment", "--set=demand_curvature=1.5", "--set=num_firms=10000"],
    "khan_thomas": ["apps.solve_khan_thomas"],
    "export_entry_j10": ["apps.solve_export_entry"],
    "production_network_n5": ["apps.solve_production_network", "--solver=num_steps=12000"],
    "bloom": ["apps.solve_bloom", "--preset=paper", "--reference=refined", "--paths=8", "--economies=200"],
}


def main(argv: list[str]) -> None:
    del argv
    for name, solve in SOLVES.items():
        if re.search(FLAGS.names, name):
            export(name, solve)


def export(name: str, solve: list[str]) -> None:
    """Solves one model and ships it.

    Raises:
      HetkerasError: if the solution is not converged or the model is too large to ship.
    """
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([sys.executable, "-m", *solve, f"--run_dir={directory}/run", "--report=false"], check=True)
        trained = Path(directory) / "run" / "saved_model"
        measured = read_metadata(trained)["measured"]
        size = sum(file.stat().st_size for file in trained.rglob("*") if file.is_file())
        if not measured["converged"]:
            raise HetkerasError(f"{name} is not converged ({measured['reason']}); it is not shipped")
        if size > LARGEST:
            raise HetkerasError(f"{name} has {size} bytes, expected at most {LARGEST}; take a smaller network")
        shutil.rmtree(SHIPPED / name, ignore_errors=True)
        shutil.copytree(trained, SHIPPED / name)
    print(f"shipped: exported_models/{name}, {size} bytes")


if __name__ == "__main__":
    run_app(main)
