"""SavedModels: written in one step, checksummed, readable with TensorFlow alone.

`assets/hetkeras.json` carries the calibration, the shapes, the units, how the solution was found and what was
measured on it; the signature `describe` returns the same text.
"""

from __future__ import annotations

import contextlib
import dataclasses
import glob
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, overload

import tensorflow as tf

from hetkeras.at_calibration import box_of, function_at, metadata_at
from hetkeras.box import Box
from hetkeras.calibration import Calibration
from hetkeras.compiling import graph
from hetkeras.description import description
from hetkeras.errors import CalibrationError, SavedModelError, first_line, listed
from hetkeras.exported_functions import DESCRIBE, SERVING, Functions, bound, main_of
from hetkeras.files import check_regular, exchange, pattern_problem, write_json
from hetkeras.metadata import ASSET, read_metadata, sealed
from hetkeras.missing import guarded
from hetkeras.model_lookup import class_of
from hetkeras.solution import Solution
from hetkeras.stored_graph import forget_shapes

WORKSPACE = ".hetkeras-"  # marks the hidden folder in which an export is made

ModelT = TypeVar("ModelT", bound=Calibration, covariant=True)


class LoadedSolution(NamedTuple, Generic[ModelT]):
    """A reloaded SavedModel: model with its calibration, name -> signature function, metadata.

    signatures: take any number of rows, in parts where memory is short; scalars stand for every row.
    weights: what was exported as `Solution.variables`, in that order.
    """

    model: ModelT
    signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]
    metadata: Mapping[str, Any]
    path: Path
    weights: Sequence[tf.Variable]

    @property
    def over(self) -> Box | None:
        """The box of calibrations that it is for; None where it is for that of the model alone."""
        return box_of(self.metadata)

    def __repr__(self) -> str:
        """The model, its verdict, where it lies, and what it exports; of what a program prints, this is read."""
        verdict = self.metadata["measured"].get("converged", "not measured")
        functions = [f"\n  {self.signatures[name]!r}" for name in self.outputs]
        return f"{self.metadata['model']} in {self.path}, converged: {verdict}" + "".join(functions)

    def at(self, **theta: float) -> LoadedSolution[ModelT]:
        """The solution at one calibration of its box, as if it had been solved for that alone.

        Args:
          **theta: a value for each field of the box.

        Raises:
          CalibrationError: if there is no box, or theta is not one of it.
        """
        over = self.over
        if over is None:
            raise CalibrationError(f"{self.path} is no solution over a box of calibrations; use it as it is")
        if problems := list(over.outside(theta)):
            raise CalibrationError(listed(f"{self.path} has no such calibration", problems))
        model = dataclasses.replace(self.model, **theta)
        told = self.metadata["signatures"]
        functions = {name: function_at(self.signatures[name], about, theta) for name, about in told.items()}
        metadata = metadata_at(self.metadata, model.as_dict(), over)
        return self._replace(model=model, signatures=Functions({**self.signatures, **functions}), metadata=metadata)

    @property
    def outputs(self) -> dict[str, list[str]]:
        """Name of each exported function of the model -> names of its outputs."""
        told = self.metadata["signatures"]
        names = dict.fromkeys((*told, *(name for name in self.signatures if name != DESCRIBE)))
        return {name: [*told.get(name, {}).get("outputs", ())] for name in names}


def export(solution: Solution, path: str | Path) -> None:
    """Writes a SavedModel directory; one that stood there is replaced in one step, when the new one is complete.

    Raises:
      SavedModelError: if something other than a SavedModel stands at path, or it cannot be written.
    """
    path = Path(path).expanduser()
    if problem := pattern_problem(path):
        raise SavedModelError(problem)
    check_place(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        workspace = Path(tempfile.mkdtemp(prefix=_hidden(path), dir=path.parent))
        try:
            _write(solution, workspace / "new")
            _take_place(path, workspace)
            for leftover in _workspaces(path):  # of exports that were killed
                shutil.rmtree(leftover, ignore_errors=True)
        finally:
            shutil.rmtree(workspace, ignore_errors=True)
    except (OSError, tf.errors.OpError) as error:
        raise SavedModelError(
            f"writing failed: {path} ({first_line(error)}); free some space or give permission, and export again"
        ) from error


def check_place(path: Path) -> None:
    """Sees that an export may take a place.

    Raises:
      SavedModelError: if something other than a SavedModel stands there.
    """
    free = not os.path.lexists(path) or (path / "saved_model.pb").exists()
    if not free and not (path.is_dir() and not any(path.iterdir())):
        raise SavedModelError(f"{path} exists and is not a SavedModel; it is not replaced. Export to another path")


@overload
def load(path: str | Path, model: type[ModelT], trust: bool = False) -> LoadedSolution[ModelT]: ...
@overload
def load(path: str | Path, model: None = None, trust: bool = False) -> LoadedSolution[Calibration]: ...
def load(path: str | Path, model: type[Calibration] | None = None, trust: bool = False) -> LoadedSolution[Calibration]:
    """Reads a SavedModel and checks that it is whole and unchanged.

    Args:
      path: the directory.
      model: the class of its model, where that is your own and at hand.
      trust: whether to import the module of a class that is not of hetkeras, or to run the text of your own class,
        which the SavedModel keeps, if the class is not at hand.

    A SavedModel is a program: its functions may read and write files. Its checksums tell accidents, not intent.

    Raises:
      UntrustedModelError: if its model is of a file or of a module that must be trusted first.
      SavedModelError: if it is missing, truncated, edited, of another format, or its model cannot be built.
    """
    path = Path(path).expanduser()
    if problem := pattern_problem(path):
        raise SavedModelError(problem)
    _recover(path)
    metadata = read_metadata(path)
    _check_kinds(path)
    found = _weights_checksum(path)
    if found != metadata["weights_sha256"]:
        raise SavedModelError(
            f"{path}: the graph or the weights are not those that were exported (sha256 {found[:12]}..., expected "
            f"{metadata['weights_sha256'][:12]}...); the files are truncated or edited. Export it again"
        )
    kind = class_of(path, metadata, model, trust)
    try:
        calibrated = kind.from_dict(metadata["calibration"])
    except (CalibrationError, TypeError) as error:
        told = " ".join(str(error).split())  # in one line, however many problems there are
        raise SavedModelError(f"{path}: its calibration does not fit the class of the model: {told}") from error
    try:
        loaded = tf.saved_model.load(str(path))
        weights = tuple(loaded.weights)
    except Exception as error:  # TensorFlow tells damage in many ways
        raise SavedModelError(f"{path} cannot be loaded: {first_line(error)}. Export it again") from error
    functions = bound(path, loaded, metadata["signatures"], weights)
    return LoadedSolution(calibrated, functions, metadata, path, weights)


def record_measurements(
    path: str | Path, measured: Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> None:
    """Writes what was measured on the reloaded SavedModel into its metadata, and with which options."""
    measurements = {"measured": dict(measured), "measured_with": dict(options or {})}
    write_json(Path(path) / ASSET, sealed({**read_metadata(path), **measurements}))


def _take_place(path: Path, workspace: Path) -> None:
    """Gives `new` of a workspace the name path, in one step where names can be exchanged."""
    new, old = workspace / "new", workspace / "old"
    if not os.path.lexists(path):
        os.replace(new, path)
        return
    try:
        exchange(new, path)
    except OSError:
        try:
            os.replace(path, old)
            os.replace(new, path)  # a kill before this is mended by `_recover`
        finally:
            if not os.path.lexists(path):
                os.replace(old, path)


def _recover(path: Path) -> None:
    """Ends an export that was killed between its two renames, where names cannot be exchanged."""
    for workspace in () if os.path.lexists(path) else _workspaces(path):
        if (workspace / "old").is_dir():  # else the new one was not complete
            with contextlib.suppress(OSError):
                os.replace(workspace / "new", path)


def _workspaces(path: Path) -> list[Path]:
    """Hidden folders in which exports to path were made."""
    return list(path.parent.glob(f"{glob.escape(_hidden(path))}*"))


def _hidden(path: Path) -> str:
    return f".{path.name}{WORKSPACE}"


def _check_kinds(path: Path) -> None:
    """Refuses what TensorFlow would wait for.

    Raises:
      SavedModelError: if anything in it is neither a file nor a folder.
    """
    for entry in path.rglob("*"):
        if not (entry.is_file() or entry.is_dir()):
            raise SavedModelError(f"{entry} is neither a file nor a folder; delete it, or export the model again")


def _write(solution: Solution, path: Path) -> None:
    solution = guarded(solution)
    module = tf.Module()
    module.weights = list(solution.variables)
    source = path.with_name(ASSET.name)
    write_json(source, description(solution))
    module.asset = tf.saved_model.Asset(str(source))
    signatures = {
        name: graph(signature.function).get_concrete_function(**signature.input_specs())
        for name, signature in solution.signatures.items()
    }
    name = main_of(signatures)
    module.serve = graph(lambda inputs: signatures[name](**inputs))  # Keras gives one argument
    module.serve.get_concrete_function(solution.signatures[name].input_specs())
    describe = graph(lambda: {"json": tf.io.read_file(module.asset.asset_path)})
    others = {SERVING: signatures[name], DESCRIBE: describe.get_concrete_function()}
    tf.saved_model.save(module, str(path), {**signatures, **others})
    forget_shapes(path)
    write_json(path / ASSET, sealed({**description(solution), "weights_sha256": _weights_checksum(path)}))


def _weights_checksum(path: Path) -> str:
    digest = hashlib.sha256()
    for file in [path / "saved_model.pb", *sorted((path / "variables").glob("variables.*"))]:  # all that decide
        try:
            check_regular(file)
            content = file.read_bytes()
        except OSError as error:
            raise SavedModelError(f"{path} is truncated: {file} cannot be read ({error.strerror})") from error
        digest.update(f"{file.name} {len(content)} ".encode() + content)
    return digest.hexdigest()
