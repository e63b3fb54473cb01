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

from hetkeras.command_line.program import run_app
from hetkeras.errors import HetkerasError
from hetkeras.saved_model import read_metadata

FLAGS = flags.FLAGS
flags.DEFINE_string("names", "", "Regular expression on the names below.")

SHIPPED = Path(__file__).parent.parent / "exported_models"
LARGEST = 1_000_000  # bytes of one model
SOLVES = {
    "investment_linear_n128": ["investment"],
    "investment_nu15_n128": ["investment", "--set=demand_curvature=1.5"],
    "investment_nu15_n10000": ["investment", "--set=demand_curvature=1.5", "--set=num_firms=10000"],
    "khan_thomas": ["khan_thomas"],
    "huggett": ["huggett"],
    "krusell_smith": ["krusell_smith"],
    "export_entry_j10": ["export_entry"],
    "production_network_n5": ["production_network", "--solver=num_steps=12000"],
    "bloom": ["bloom", "--preset=paper", "--reference=refined", "--paths=8", "--economies=200"],
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
        command = [sys.executable, "-m", "hetkeras.command_line.main", "solve", *solve]
        subprocess.run([*command, f"--run_dir={directory}/run", "--report=false", "--allow_unconverged"], check=True)
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
