"""SavedModels: written in one step, checksummed, readable with TensorFlow alone.

`assets/hetkeras.json` carries the calibration, the shapes, the units, how the solution was found and what was
measured on it; the signature `describe` returns the same text.
"""

from __future__ import annotations

import functools
import glob
import hashlib
import importlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, overload

import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.compiling import graph
from hetkeras.errors import CalibrationError, ModelFileError, SavedModelError, UntrustedModelError
from hetkeras.files import write_json
from hetkeras.model_file import ModelSource, class_from_text, known_class, source_of
from hetkeras.solution import Solution

WORKSPACE = ".hetkeras-"  # marks the hidden folder in which an export is made
ASSET = Path("assets") / "hetkeras.json"
PACKAGES = ("tensorflow", "keras", "numpy", "hetkeras")
AXES = {
    "B": "paths, economies or batch",
    "N": "agents",
    "E": "idiosyncratic states",
    "P": "points",
    "J": "binary states",
    "D": "states",
    "M": "shocks",
    "T": "periods",
    "G": "groups that share the states",
    "F": "firms of a group",
    "C": "cases",
    "H": "nodes of capital",
    "L": "nodes of labor",
    "R": "branches",
}


ModelT = TypeVar("ModelT", bound=Calibration, covariant=True)


class LoadedSolution(NamedTuple, Generic[ModelT]):
    """A reloaded SavedModel: model with its calibration, name -> signature function, metadata.

    weights: what was exported as `Solution.variables`, in that order.
    """

    model: ModelT
    signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]
    metadata: Mapping[str, Any]
    path: Path
    weights: Sequence[tf.Variable]


def export(solution: Solution, path: str | Path) -> None:
    """Writes a SavedModel directory; one that stood there is replaced only when the new one is complete.

    Raises:
      SavedModelError: if something other than a SavedModel stands at path.
    """
    path = Path(path)
    if path.exists() and not (path / "saved_model.pb").exists() and not (path.is_dir() and not any(path.iterdir())):
        raise SavedModelError(f"{path} exists and is not a SavedModel; it is not replaced. Export to another path")
    path.parent.mkdir(parents=True, exist_ok=True)
    workspace = Path(tempfile.mkdtemp(prefix=f".{path.name}{WORKSPACE}", dir=path.parent))
    try:
        _write(solution, workspace / "new")
        if path.exists():
            os.replace(path, workspace / "old")
        os.replace(workspace / "new", path)
        for leftover in path.parent.glob(f".{glob.escape(path.name)}{WORKSPACE}*"):  # of exports that were killed
            shutil.rmtree(leftover, ignore_errors=True)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


@overload
def load(path: str | Path, model: type[ModelT], trust: bool = False) -> LoadedSolution[ModelT]: ...
@overload
def load(path: str | Path, model: None = None, trust: bool = False) -> LoadedSolution[Calibration]: ...
def load(path: str | Path, model: type[Calibration] | None = None, trust: bool = False) -> LoadedSolution[Calibration]:
    """Reads a SavedModel and checks that it is whole and unchanged.

    Args:
      path: the directory.
      model: the class of its model, where that is your own and at hand.
      trust: whether to run the text of your own class, which the SavedModel keeps, if the class is not at hand.

    Raises:
      UntrustedModelError: if its model is of a file that must be trusted first.
      SavedModelError: if it is missing, truncated, edited, or its model cannot be built.
    """
    path = Path(path)
    metadata = read_metadata(path)
    found = _weights_checksum(path)
    if found != metadata["weights_sha256"]:
        raise SavedModelError(
            f"{path}: the graph or the weights are not those that were exported (sha256 {found[:12]}..., expected "
            f"{metadata['weights_sha256'][:12]}...); the files are truncated or edited. Export it again"
        )
    try:
        calibrated = _class(path, metadata, model, trust).from_dict(metadata["calibration"])
    except CalibrationError as error:
        raise SavedModelError(f"{path}: its calibration does not fit the class of the model: {error}") from error
    try:
        loaded = tf.saved_model.load(str(path))
    except (OSError, AttributeError, tf.errors.OpError) as error:
        raise SavedModelError(f"{path} cannot be loaded: {error}. Export it again") from error
    signatures = {name: _keeping(loaded, function) for name, function in loaded.signatures.items()}
    return LoadedSolution(calibrated, signatures, metadata, path, tuple(loaded.weights))


def _class(path: Path, metadata: Mapping[str, Any], given: type[Calibration] | None, trust: bool) -> type[Calibration]:
    """The class of the model: the one given, else one by its name, else one out of the text that is kept."""
    module, _, name = metadata["model_class"].partition(":")
    if given is not None:
        if given.__qualname__ != name:
            raise SavedModelError(f"{path} holds the model {name}; got model={given.__qualname__}")
        return given
    kept = metadata.get("model_source")
    if kept is None:
        try:
            return getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise SavedModelError(
                f"{path}: its model {metadata['model_class']} cannot be imported ({error}); give the class with "
                f"hetkeras.load(path, model={name}). The functions alone load with tf.saved_model.load"
            ) from error
    source = ModelSource(**kept)
    if (found := known_class(source, name)) is not None:
        return found
    if not trust:
        raise UntrustedModelError(
            f"{path}: its model {name} is of the file {source.file}, which no program here knows. If you trust that "
            f"file, its text is kept here and runs with hetkeras.load(path, trust=True), or --trust on the command "
            f"line; if you have the class, give it with hetkeras.load(path, model={name})"
        )
    try:
        return class_from_text(source, name)
    except ModelFileError as error:
        raise SavedModelError(f"{path}: its own model cannot be built again: {error}") from error


def read_metadata(path: str | Path) -> dict[str, Any]:
    """Reads and checks `assets/hetkeras.json`.

    Raises:
      SavedModelError: if it is missing, unreadable or edited.
    """
    asset = Path(path) / ASSET
    try:
        metadata = json.loads(asset.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SavedModelError(
            f"{path} is not a SavedModel of hetkeras, or is truncated: {asset} cannot be read ({error})"
        ) from error
    if not isinstance(metadata, dict) or metadata.get("metadata_sha256") != _metadata_checksum(metadata):
        raise SavedModelError(f"{asset} was edited: its checksum does not match. Export the model again")
    return metadata


def record_measurements(path: str | Path, measured: Mapping[str, Any]) -> None:
    """Writes what was measured on the reloaded SavedModel into its metadata."""
    metadata = {**read_metadata(path), "measured": dict(measured)}
    write_json(Path(path) / ASSET, metadata | {"metadata_sha256": _metadata_checksum(metadata)})


def _keeping(module: Any, function: Callable[..., dict[str, tf.Tensor]]) -> Callable[..., dict[str, tf.Tensor]]:
    """Binds the module to its signature: a signature alone does not keep the weights alive."""
    return functools.partial(_call, module, function)


def _call(module: Any, function: Callable[..., dict[str, tf.Tensor]], /, **inputs: tf.Tensor) -> dict[str, tf.Tensor]:
    del module  # held by the partial
    return function(**inputs)


def _write(solution: Solution, path: Path) -> None:
    module = tf.Module()
    module.weights = list(solution.variables)
    source = path.with_name(ASSET.name)
    write_json(source, _describe(solution))
    module.asset = tf.saved_model.Asset(str(source))
    signatures = {
        name: graph(signature.function).get_concrete_function(**signature.input_specs())
        for name, signature in solution.signatures.items()
    }
    describe = graph(lambda: {"json": tf.io.read_file(module.asset.asset_path)})
    tf.saved_model.save(module, str(path), {**signatures, "describe": describe.get_concrete_function()})
    metadata = {**_describe(solution), "weights_sha256": _weights_checksum(path)}
    write_json(path / ASSET, metadata | {"metadata_sha256": _metadata_checksum(metadata)})


def _describe(solution: Solution) -> dict[str, Any]:
    model = type(solution.model)
    source = source_of(model)
    return {
        "format": 1,
        "model": model.__name__,
        "model_class": f"{source.file if source else model.__module__}:{model.__qualname__}",
        **({"model_source": source._asdict()} if source else {}),
        "calibration": solution.model.as_dict(),
        "units": dict(solution.units),
        "bounds": {name: [_finite(bound) for bound in bounds] for name, bounds in solution.bounds.items()},
        "axes": AXES,
        "chains": {name: chain.as_dict() for name, chain in solution.chains.items()},
        "signatures": {
            name: {"inputs": _axes(s.inputs), "outputs": _axes(s.outputs), "dtype": s.dtype.name}
            for name, s in solution.signatures.items()
        },
        "training": dict(solution.training),
        "versions": {package: version(package) for package in PACKAGES},
        "measured": {},
    }


def _finite(bound: float) -> float | None:
    """JSON has no infinity: the bound of a policy that explodes is null, and its diagnosis says why."""
    return bound if math.isfinite(bound) else None


def _axes(shapes: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(axes) for name, axes in shapes.items()}


def _weights_checksum(path: Path) -> str:
    digest = hashlib.sha256()
    for file in [path / "saved_model.pb", *sorted((path / "variables").glob("*"))]:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise SavedModelError(f"{path} is truncated: {file} cannot be read ({error.strerror})") from error
        digest.update(f"{file.name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _metadata_checksum(metadata: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in metadata.items() if key != "metadata_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
