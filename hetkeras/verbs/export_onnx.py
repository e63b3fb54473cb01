"""Exported functions as files of ONNX, each held against the SavedModel on the solution's own paths."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError, OnnxError, first_line, listed
from hetkeras.exported_functions import main_of
from hetkeras.files import write_columns
from hetkeras.method import method_of
from hetkeras.onnx_export.agreement import LIMIT, Agreement, agreement
from hetkeras.onnx_export.conversion import converted
from hetkeras.onnx_export.library import library
from hetkeras.onnx_export.onnx_function import OnnxFunction
from hetkeras.onnx_export.policy_table import columns
from hetkeras.onnx_export.states import row_axis, tried, with_missing
from hetkeras.parts import in_parts
from hetkeras.saved_model import LoadedSolution
from hetkeras.training.phases import phase

ROWS = 10_000


def export_onnx(
    solution: LoadedSolution | str | Path, directory: str | Path, rows: int = ROWS, seed: int = 0
) -> dict[str, Agreement]:
    """Writes NAME.onnx for each exported function, and policy.csv: inputs and outputs at states of own paths.

    Each file is run and compared with the SavedModel at these states, and where an input is missing. A file that says
    something else is removed.

    Args:
      solution: as `hetkeras.load` returns it, or the directory of its SavedModel.
      directory: for the files; one of an earlier export is replaced.
      rows: states, fewer where those of a whole economy are long.
      seed: of the paths.

    Returns:
      Name of each function -> how its file agrees.

    Raises:
      SavedModelError: if the solution cannot be loaded.
      CalibrationError: if rows is below 1.
      OnnxError: if a package is missing, a file cannot be written, a function has no counterpart, or one that says
        something else; what agrees stays.
    """
    if rows < 1:
        raise CalibrationError(f"rows is {rows}; expected at least 1")
    for package in ("tf2onnx", "onnxruntime"):  # before work begins
        library(package)
    loaded = solution if isinstance(solution, LoadedSolution) else saved_model.load(solution)
    directory = Path(directory).expanduser()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".hetkeras-", dir=directory) as workspace:
            with phase("states of own paths"):
                inputs = method_of(loaded.model).own_inputs(loaded, rows, seed)
            return export_at(loaded, inputs, rows, directory, Path(workspace))
    except OSError as error:
        raise OnnxError(
            f"writing failed: {directory} ({first_line(error)}); free some space or give permission, and export again"
        ) from error


def export_at(
    loaded: LoadedSolution, inputs: Mapping[str, Mapping[str, Any]], rows: int, directory: Path, workspace: Path
) -> dict[str, Agreement]:
    """As `export_onnx`, at states that are given.

    Args:
      loaded: the solution.
      inputs: of each function.
      rows: of them at which a file is tried.
      directory: for the files.
      workspace: a folder beside it, in which they are made.

    Raises:
      CalibrationError: if the solution is one calibration of a box.
      OnnxError: if a function has no counterpart, or one that says something else.
    """
    module = tf.saved_model.load(str(loaded.path))  # held, for signatures alone do not keep weights alive
    signatures = module.signatures
    found, problems = {}, []
    for name, about in loaded.metadata["signatures"].items():
        if signatures[name].structured_input_signature[1].keys() != about["inputs"].keys():
            raise CalibrationError(f"{loaded.path} is for a box of calibrations; export it as it is, not one of them")
        own, file = loaded.signatures[name], f"{name}.onnx"
        (directory / file).unlink(missing_ok=True)
        given = {each: part for each, part in inputs[name].items() if each in about["inputs"]}  # theta may not matter
        at = tried(own, about, given, rows)
        if name == main_of(inputs):
            write_columns(directory / "policy.csv", columns(at, own(**at)))
        try:
            with phase(f"{file}, written and compared"):
                library("onnx").save(converted(name, signatures[name], about, loaded.metadata), str(workspace / file))
                found[name] = _compared(loaded, name, workspace / file, at)
        except OnnxError as error:
            problems.append(str(error))
        else:
            os.replace(workspace / file, directory / file)
    if problems:
        raise OnnxError(listed(f"{directory} lacks {len(problems)} of {len(inputs)} functions", problems))
    return found


def _compared(loaded: LoadedSolution, name: str, file: Path, at: Mapping[str, np.ndarray]) -> Agreement:
    """How a file agrees with the exported function.

    Raises:
      OnnxError: if it does not.
    """
    about: Any = loaded.metadata["signatures"][name]
    count = max((len(at[each]) for each, axes in about["inputs"].items() if axes[0] == row_axis(about)), default=1)
    other = in_parts(OnnxFunction(file, about), about, loaded.weights)
    agreed = agreement(loaded.signatures[name], other, with_missing(about, dict(at)), count)
    if not agreed.agrees:
        raise OnnxError(
            f"{file.name} says something else than the SavedModel at {count} states: gap {agreed.beyond:.2g}, expected "
            f"<= {LIMIT:.0e}; {agreed.away} decisions differ away from ties. Load the SavedModel instead"
        )
    return agreed
