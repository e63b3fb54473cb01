"""Exports shipped SavedModels again from their own weights, with the functions that the code exports today.

Nothing is trained. Whatever both exports tell must be the same, else nothing is replaced: to the last bit in single
precision, to 1e-12 in double precision, where closed forms that are written differently round differently.

Outputs that are meant to change are named by --changes.

Example:
  python -m tools.reexport --names=khan_thomas
  python -m tools.reexport --changes='in_bounds$'
"""

from __future__ import annotations

import dataclasses
import math
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import flags

from hetkeras import saved_model
from hetkeras.command_line.program import run_app
from hetkeras.errors import HetkerasError
from hetkeras.method import method_of
from hetkeras.saved_model import LoadedSolution
from tools.export_models import LARGEST, SHIPPED, SOLVES
from tools.held_states import held_functions

NONE = "^$"  # of all names
FLAGS = flags.FLAGS
flags.DEFINE_string("changes", NONE, "Regular expression on function.output: outputs that may say something else.")
DOUBLE = 1e-12  # relative, to which numbers in double precision must agree


def main(argv: list[str]) -> None:
    del argv
    for name in SOLVES:
        if re.search(FLAGS.names, name):
            reexport(SHIPPED / name, FLAGS.changes)
            print(f"exported again: exported_models/{name}")


def reexport(path: Path, changes: str = NONE) -> None:
    """Replaces one SavedModel.

    Args:
      path: where it lies.
      changes: regular expression on function.output: outputs that may say something else.

    Raises:
      HetkerasError: if the code builds other networks, or its functions say something else anywhere.
    """
    before = saved_model.load(path)
    with tempfile.TemporaryDirectory() as directory:
        saved_model.export(_again(before), Path(directory) / "new")
        kept = before.metadata
        options = kept.get("measured_with", {})
        saved_model.record_measurements(Path(directory) / "new", kept["measured"], options)
        after = saved_model.load(Path(directory) / "new")
        if wrong := [output for output in different(before, after) if not re.search(changes, output)]:
            raise HetkerasError(f"{path} would say something else in {', '.join(wrong)}; it is left as it is")
        size = sum(file.stat().st_size for file in after.path.rglob("*") if file.is_file())
        if size > LARGEST:
            raise HetkerasError(f"{path} would have {size} bytes, expected at most {LARGEST}; it is left as it is")
        shutil.rmtree(path)
        shutil.copytree(after.path, path)


def _again(loaded: LoadedSolution) -> saved_model.Solution:
    """The solution of an untrained solver that is given the weights of an export.

    Raises:
      HetkerasError: if their shapes are not those of the solver's.
    """
    method, metadata = method_of(loaded.model), loaded.metadata
    solution = method.solver(loaded.model, method.shorter()).solution()
    if _shapes(solution.variables) != _shapes(loaded.weights):
        raise HetkerasError(f"{loaded.path} has weights of other shapes than the networks that a solve builds today")
    for own, exported in zip(solution.variables, loaded.weights, strict=True):
        own.assign(exported)
    bounds = {
        name: tuple(math.nan if end is None else end for end in ends) for name, ends in metadata["bounds"].items()
    }
    return dataclasses.replace(solution, bounds=bounds, training=metadata["training"])


def _shapes(variables: Sequence[tf.Variable]) -> list[tuple[int, ...]]:
    return [tuple(each.shape) for each in variables]


def different(before: LoadedSolution, after: LoadedSolution) -> list[str]:
    """Outputs that two exports have in common and in which they differ, as function.output."""
    wrong = []
    for name, held in held_functions(before).items():
        old, new = (loaded.signatures[name](**held.inputs) for loaded in (before, after))
        wrong += [f"{name}.{each}" for each in old if not _same(old[each].numpy(), new[each].numpy())]
    return wrong


def _same(old: np.ndarray, new: np.ndarray) -> bool:
    if old.dtype != np.float64:
        return np.array_equal(old, new)
    return old.shape == new.shape and np.allclose(old, new, DOUBLE, DOUBLE * np.abs(old).mean())


if __name__ == "__main__":
    run_app(main)
