"""Writes the functions of a SavedModel for programs without TensorFlow: NAME.onnx of each, and policy.csv.

  hetkeras export DIRECTORY --onnx --out_dir=FOLDER [flags]

Each file is run and compared with the SavedModel on the solution's own paths; one that says something else is removed.

Examples:
  hetkeras export exported_models/khan_thomas --onnx --out_dir=khan_thomas_onnx
  hetkeras export runs/skills/saved_model --onnx --out_dir=skills_onnx --trust
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from hetkeras import saved_model
from hetkeras.command_line import option_flags
from hetkeras.command_line.words import the_only
from hetkeras.diagnosis.table import table
from hetkeras.errors import CalibrationError
from hetkeras.onnx_export.agreement import Agreement
from hetkeras.verbs.export_onnx import ROWS, export_onnx

FLAGS = flags.FLAGS
NAMES = ("onnx", "out_dir", "rows", "seed", "trust")


def prepare(words: Sequence[str]) -> str:
    """Defines the flags and returns the help."""
    del words
    option_flags.define_path("model_dir", None, "The SavedModel; the same as the word.")
    option_flags.define_path("out_dir", None, "Folder for the files.")
    flags.DEFINE_bool("onnx", False, "Write ONNX; there is nothing else so far.")
    flags.DEFINE_integer("rows", ROWS, "States of own paths at which each file is tried, and rows of policy.csv.", 1)
    flags.DEFINE_integer("seed", 0, "Seed of the paths.", 0)
    flags.DEFINE_bool("trust", False, "Run the model's own file, which the SavedModel keeps.")
    return f"{__doc__}\nFlags:\n" + option_flags.help_of(NAMES)


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      CalibrationError: if no SavedModel is given, or two, or not what to write and where.
      OnnxError: if a function cannot be written, or a file says something else.
    """
    directory = the_only(words, "model_dir", "SavedModels", "hetkeras export runs/skills/saved_model --onnx")
    if not FLAGS.onnx or not FLAGS.out_dir:
        raise CalibrationError("--onnx or --out_dir is missing; expected both, as in --onnx --out_dir=skills_onnx")
    loaded = saved_model.load(directory, trust=FLAGS.trust)
    found = export_onnx(loaded, FLAGS.out_dir, FLAGS.rows, FLAGS.seed)
    print(
        table(
            ("function", "states", "gap", "decisions that differ"), [_row(name, each) for name, each in found.items()]
        )
    )
    print(f"\nwritten: {Path(FLAGS.out_dir)}")


def _row(name: str, found: Agreement) -> tuple[str, ...]:
    return name, str(found.rows), f"{found.gap:.1e}", str(found.decisions)
