"""Proves solutions: a PASS/FAIL table against references; the exit status is 1 if anything fails.

Without --model_dir it checks the references themselves and every model in exported_models/, each row as it is measured.

Examples:
  python -m apps.verify
  python -m apps.verify --only=references,khan_thomas
  python -m apps.verify --model_dir=runs/investment/saved_model
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from absl import flags

from apps.device import configure_device  # isort: skip  (before anything else that imports TensorFlow)
from apps.common import Table, run_app
from apps.reference_checks import (
    agrees_with_record,
    export_entry_references,
    investment_references,
    khan_thomas_references,
)
from hetkeras import saved_model
from hetkeras.diagnose import measure
from hetkeras.diagnosis.check import Check
from hetkeras.errors import CalibrationError, SavedModelError
from hetkeras.methods.krusell_smith.lumpy.measure import FirmPlan
from hetkeras.training.phases import phase

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", None, "One SavedModel; default: the references and all of exported_models/.")
flags.DEFINE_list("only", [], "Names of shipped models, or 'references', separated by commas; default: all.")

SHIPPED = Path(__file__).parent.parent / "exported_models"
REFERENCES = "references"
WIDTHS = (26, 56, 10, 12, 7)

Rows = Iterable[tuple[Any, ...]]


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    if FLAGS.model_dir and FLAGS.only:
        raise CalibrationError("--only picks shipped models and --model_dir is one of yours; give one of the two")
    chosen = _chosen(FLAGS.only)
    table = Table(("what", "check", "measured", "expected", "verdict"), WIDTHS)
    if FLAGS.model_dir:
        rows = list(map(table.row, model_rows(Path(FLAGS.model_dir))))
    else:
        rows = [table.row(row) for name in chosen for row in part_rows(name)]
    failures = sum(row[-1] != "PASS" for row in rows)
    print(f"\n{len(rows) - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


def _chosen(wanted: list[str]) -> list[str]:
    """Names of the parts to check.

    Raises:
      CalibrationError: if one of those wanted is none.
    """
    known = [REFERENCES, *sorted(path.name for path in SHIPPED.glob("*/"))]
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise CalibrationError(f"--only={name} is no part to check; {hint}expected some of {', '.join(known)}")
    return [name for name in known if not wanted or name in wanted]


def part_rows(name: str) -> Rows:
    """Yields the rows of the references, or of a shipped model."""
    if name != REFERENCES:
        yield from model_rows(SHIPPED / name)
        return
    parts: tuple[Callable[[], list[Check]], ...]
    parts = investment_references, khan_thomas_references, export_entry_references
    for part in parts:
        with phase(part.__name__.replace("_", " ")):
            checks = part()
        yield from ((REFERENCES, *check.row()) for check in checks)
    shipped = len(list(SHIPPED.glob("*/")))
    yield ("exported_models", "models found", float(shipped), ">= 1", "PASS" if shipped else "FAIL")


def model_rows(directory: Path) -> Rows:
    """Yields the rows of a SavedModel."""
    try:
        loaded = saved_model.load(directory)
    except SavedModelError as error:
        yield (directory.name, "whole and unchanged", None, str(error), "FAIL")
        return
    diagnosis = measure(loaded, FirmPlan(pairs=0))
    checks = [*diagnosis.checks, *agrees_with_record(diagnosis, loaded.metadata)]
    yield from ((directory.name, *check.row()) for check in checks)


if __name__ == "__main__":
    run_app(main)
