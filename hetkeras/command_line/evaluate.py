"""Measures a SavedModel again, on fresh paths, from nothing but its own files.

  hetkeras evaluate DIRECTORY [flags]

Flags of the measurement are those of the method: `hetkeras evaluate DIRECTORY --help` lists them.

Examples:
  hetkeras evaluate exported_models/investment_linear_n128 --json=errors.json
  hetkeras evaluate exported_models/khan_thomas --reference=false
  hetkeras evaluate runs/skills/saved_model --trust
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from hetkeras import saved_model
from hetkeras.command_line import option_flags
from hetkeras.command_line.check_table import verdict_of
from hetkeras.command_line.words import the_only
from hetkeras.diagnosis.table import table
from hetkeras.files import refuse_unwritable, write_json
from hetkeras.method import method_of
from hetkeras.saved_model import LoadedSolution
from hetkeras.verbs.diagnose import measured

FLAGS = flags.FLAGS
MODEL_DIR = "--model_dir="


def prepare(words: Sequence[str]) -> str:
    """Defines the flags, those of the method too where the SavedModel is named; returns the help.

    Raises:
      SavedModelError: if it cannot be loaded.
    """
    option_flags.define_path("model_dir", None, "The SavedModel; the same as the word.")
    option_flags.define_path("json", None, "Write the numbers to this file too.")
    flags.DEFINE_bool("trust", False, "Run the model's own file, which the SavedModel keeps.")
    directory = _directory(words)
    if directory is None:
        return str(__doc__)
    method = method_of(_load(directory, "--trust" in words).model)
    option_flags.define(method.options, method.measuring)
    return f"{__doc__}\nFlags:\n" + option_flags.help_of(["json", "trust", *method.measuring])


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      CalibrationError: if no SavedModel is given, or two.
    """
    directory = the_only(words, "model_dir", "SavedModels", "hetkeras evaluate runs/skills/saved_model")
    if FLAGS.json:
        refuse_unwritable(Path(FLAGS.json))
    loaded = _load(directory, FLAGS.trust)
    method = method_of(loaded.model)
    chosen = {name: value for name, value in option_flags.read(method.measuring).items() if FLAGS[name].present}
    diagnosis = measured(method, loaded, chosen)
    print(table(("diagnostic", "value"), diagnosis.as_dict().items()))
    print(f"\n{verdict_of(diagnosis)}")
    if FLAGS.json:
        write_json(Path(FLAGS.json), diagnosis.as_dict())
        print(f"\nwritten: {FLAGS.json}")


@functools.lru_cache(1)
def _load(directory: str, trust: bool) -> LoadedSolution:
    """Read once: the flags depend on its model, and then it is measured."""
    return saved_model.load(directory, trust=trust)


def _directory(words: Sequence[str]) -> str | None:
    named = [word.removeprefix(MODEL_DIR) for word in words if word.startswith(MODEL_DIR) or not word.startswith("-")]
    return named[0] if named else None
