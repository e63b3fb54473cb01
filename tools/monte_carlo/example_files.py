"""Writes the moments and the covariance of docs/examples/estimation: one data set of plants.

Example:
  python -m tools.monte_carlo.example_files
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import hetkeras as hk
from hetkeras.command_line.program import run_app
from tools.monte_carlo.plants import plants
from tools.monte_carlo.study import DRAWS, EXAMPLE, TRUTH, example

SEED = [2026]


def main(argv: list[str]) -> None:
    del argv
    write(EXAMPLE.parent)


def write(folder: Path) -> None:
    """Writes moments.csv and covariance.csv."""
    model = example()
    data = plants(TRUTH, model.FIRMS, model.YEARS, SEED)
    moments = pd.Series(model.moments(data), name="value").rename_axis("moment")
    moments.to_csv(folder / "moments.csv", float_format="%.8g")
    hk.block_bootstrap(data, model.moments, DRAWS, SEED[0]).to_csv(folder / "covariance.csv", float_format="%.8g")


if __name__ == "__main__":
    run_app(main)
