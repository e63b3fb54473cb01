"""Halves the wrong solutions of the campaign until their checks pass, and writes what is still refused.

  python -m tools.faults.smallest [MODEL ...] [--table=docs/measured/smallest_faults.csv]

Models that are not named keep their rows. A plant takes some ten to a hundred seconds a size.

Example:
  python -m tools.faults.smallest export_entry_j10
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from absl import flags

from hetkeras.command_line.program import run_app
from hetkeras.errors import CalibrationError
from hetkeras.files import write_columns
from tools.faults.planted import EVERYWHERE, PLANTS, Plant, refusals

FLAGS = flags.FLAGS
flags.DEFINE_string("table", "docs/measured/smallest_faults.csv", "Rows go to this CSV file.")

HALVINGS = 8
HEADER = ("model", "function", "output", "coordinate", "place", "width", "sign", "refused_at", "passes_at", "seen_by")
STUDIED = (*PLANTS, *EVERYWHERE)
MODELS = tuple(dict.fromkeys(plant.model for plant in STUDIED))


class Seen(NamedTuple):
    """Sizes of a plant: the smallest that is refused, by which check, and the next smaller, which passes.

    refused_at is infinite if the plant passes at its own size; passes_at is 0 if no size passes that was tried.
    """

    refused_at: float
    passes_at: float
    seen_by: str


def main(argv: list[str]) -> None:
    for name in argv[1:]:
        if name not in MODELS:
            raise CalibrationError(f"nothing is planted in '{name}'; expected some of {', '.join(MODELS)}")
    study(argv[1:] or MODELS, Path(FLAGS.table))


def study(models: Sequence[str], path: Path) -> None:
    """Halves the plants in some models and writes their rows, one by one, beside those of the others."""
    rows = [row for row in _read(path) if row[0] not in models and row[0] in MODELS]
    for plant in STUDIED:
        if plant.model in models:
            seen = smallest(plant, refusals)
            print(f"{plant.model}: {plant.name}: {seen}", flush=True)
            place = (*plant[1:4], f"{plant.place:g}", f"{plant.width:g}", "+" if plant.size > 0 else "-")
            rows.append((plant.model, *place, f"{seen.refused_at:.6g}", f"{seen.passes_at:.6g}", seen.seen_by))
            write_columns(path, dict(zip(HEADER, zip(*sorted(rows), strict=True), strict=True)))


def smallest(plant: Plant, refused_by: Callable[[Plant], Sequence[str]]) -> Seen:
    """Halves a plant until it passes.

    Args:
      plant: the largest size is its own.
      refused_by: names of the checks that fail with a plant.
    """
    seen = Seen(float("inf"), abs(plant.size), "")
    for power in range(HALVINGS):
        failed = refused_by(plant._replace(size=plant.size / 2**power))
        if not failed:
            return seen
        refused = abs(plant.size) / 2**power
        seen = Seen(refused, refused / 2, failed[0])
    return seen._replace(passes_at=0.0)


def _read(path: Path) -> list[tuple[str, ...]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [tuple(row[name] for name in HEADER) for row in csv.DictReader(stream)]


if __name__ == "__main__":
    run_app(main)
