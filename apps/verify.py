"""Proves solutions: a PASS/FAIL table against references; the exit status is 1 if anything fails.

Without --model_dir it checks the references themselves and every model in exported_models/.

Examples:
  python -m apps.verify
  python -m apps.verify --model_dir=runs/investment/saved_model
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from absl import flags

from apps.device import configure_device  # isort: skip  (before anything else that imports TensorFlow)
from apps.common import run_app, table
from apps.firm_measuring import FirmPlan
from apps.measuring import measure
from apps.reference_checks import (
    agrees_with_record,
    export_entry_references,
    investment_references,
    khan_thomas_references,
)
from hetkeras import saved_model
from hetkeras.errors import SavedModelError

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", None, "One SavedModel; default: the references and all of exported_models/.")

SHIPPED = Path(__file__).parent.parent / "exported_models"


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    rows = _model_rows(Path(FLAGS.model_dir)) if FLAGS.model_dir else _all_rows()
    print(table(("what", "check", "measured", "expected", "verdict"), rows))
    failures = sum(row[-1] != "PASS" for row in rows)
    print(f"\n{len(rows) - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


def _all_rows() -> list[tuple[Any, ...]]:
    checks = [*investment_references(), *khan_thomas_references(), *export_entry_references()]
    rows = [("references", *check.row()) for check in checks]
    shipped = sorted(SHIPPED.glob("*/"))
    rows.append(("exported_models", "models found", float(len(shipped)), ">= 1", "PASS" if shipped else "FAIL"))
    for directory in shipped:
        rows += _model_rows(directory)
    return rows


def _model_rows(directory: Path) -> list[tuple[Any, ...]]:
    try:
        loaded = saved_model.load(directory)
    except SavedModelError as error:
        return [(directory.name, "whole and unchanged", None, str(error), "FAIL")]
    diagnosis = measure(loaded, FirmPlan(pairs=0))
    checks = [*diagnosis.checks, *agrees_with_record(diagnosis, loaded.metadata)]
    return [(directory.name, *check.row()) for check in checks]


if __name__ == "__main__":
    run_app(main)
