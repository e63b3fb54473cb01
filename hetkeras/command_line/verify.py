"""Proves solutions: a PASS/FAIL table against references; the exit status is 1 if anything fails.

  hetkeras verify [DIRECTORY ...] [flags]

Without a directory of a SavedModel it checks, in a checkout, the references themselves and every model in
exported_models/, each row as it is measured.

Examples:
  hetkeras verify
  hetkeras verify --only=references,khan_thomas
  hetkeras verify runs/skills/saved_model --trust
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras import saved_model
from hetkeras.command_line import option_flags
from hetkeras.command_line.check_table import in_units
from hetkeras.command_line.reference_checks import (
    agrees_with_record,
    export_entry_references,
    investment_references,
    khan_thomas_references,
)
from hetkeras.command_line.words import likely, meant
from hetkeras.diagnosis.check import Check
from hetkeras.diagnosis.table import Table
from hetkeras.errors import CalibrationError, SavedModelError, UntrustedModelError
from hetkeras.method import method_of
from hetkeras.training.phases import phase
from hetkeras.verbs.diagnose import measured

FLAGS = flags.FLAGS
SHIPPED = Path(__file__).parents[2] / "exported_models"
REFERENCES = "references"
WIDTHS = (26, 56, 10, 12, 7)

Rows = Iterable[tuple[Any, ...]]


def prepare(words: Sequence[str]) -> str:
    """Defines the flags and returns the help."""
    del words
    option_flags.define_path("model_dir", None, "One SavedModel; the same as the word.")
    flags.DEFINE_list("only", [], "Names of shipped models, or 'references', separated by commas; default: all.")
    flags.DEFINE_bool("trust", False, "Run the model's own file, which the SavedModel keeps.")
    return str(__doc__)


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      CalibrationError: if there is nothing to check, or the flags contradict each other.
      SavedModelError: if a directory is not there.
    """
    directories = [Path(word).expanduser() for word in (*words, *filter(None, [FLAGS.model_dir]))]
    if directories and FLAGS.only:
        raise CalibrationError("--only picks shipped models and --model_dir is one of yours; give one of the two")
    for word, directory in zip((*words, ""), directories, strict=False):
        if not directory.is_dir():
            stray = f"; if it is none, {meant(word)}" if likely(word) else ""
            raise SavedModelError(f"{directory} is no directory; expected that of a SavedModel{stray}")
    if not directories and not SHIPPED.is_dir():
        raise CalibrationError(
            "shipped models are here in a checkout only; give the directory of a SavedModel: "
            "hetkeras verify runs/skills/saved_model"
        )
    parts = [model_rows(directory, FLAGS.trust) for directory in directories] or [
        part_rows(name) for name in _chosen(FLAGS.only)
    ]
    table = Table(("what", "check", "measured", "expected", "verdict"), WIDTHS)
    rows = [table.row(row) for part in parts for row in part]
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
        yield from ((REFERENCES, *in_units(check.row())) for check in checks)
    shipped = len(list(SHIPPED.glob("*/")))
    yield ("exported_models", "models found", float(shipped), ">= 1", "PASS" if shipped else "FAIL")


def model_rows(directory: Path, trust: bool = False) -> Rows:
    """Yields the rows of a SavedModel."""
    try:
        loaded = saved_model.load(directory, trust=trust)
    except UntrustedModelError:
        raise
    except SavedModelError as error:
        yield (directory.name, "whole and unchanged", "", str(error), "FAIL")
        return
    method = method_of(loaded.model)
    diagnosis = measured(method, loaded, {})
    checks = [*diagnosis.checks, *agrees_with_record(diagnosis, loaded.metadata)]
    yield from ((directory.name, *in_units(check.row())) for check in checks)
