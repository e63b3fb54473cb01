"""The functions of a reloaded SavedModel: as its metadata say, and refused by name where they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from hetkeras.errors import SavedModelError
from hetkeras.exported_inputs import ExportedInputs
from hetkeras.metadata import Complete, Function
from hetkeras.parts import in_parts

DESCRIBE = "describe"  # returns the metadata, which do not mention it
SERVING = "serving_default"  # the main function once more, by the name that servers and tools of TensorFlow look for
Tensors = dict[str, tf.Tensor]


class Outputs(Complete):
    """Name -> tensor."""

    kind = "what a function returns"


class Functions(Complete):
    """Name -> exported function."""

    kind = "its functions"


def main_of(names: Iterable[str]) -> str:
    """The function that a program means which names none: `policy`, or the first where there is none."""
    first, *_ = known = [*names]
    return "policy" if "policy" in known else first


def bound(path: Path, loaded: Any, told: Mapping[str, Function], weights: Sequence[tf.Variable] = ()) -> Functions:
    """Name -> exported function; each keeps the weights alive, which a signature alone does not.

    Args:
      path: of the SavedModel, for messages.
      loaded: what TensorFlow has made of it.
      told: what the metadata say of the functions.
      weights: of the layers, by whose widths a batch is cut into parts.

    Raises:
      SavedModelError: if the graph has other functions, inputs or outputs than the metadata say.
    """
    if problem := next(iter(_contradictions(loaded.signatures, told)), None):
        raise SavedModelError(f"{path}: metadata and graph contradict each other: {problem}. Export it again")
    description: Function = {"inputs": {}, "outputs": {"json": []}, "dtype": ""}
    described = {DESCRIBE: description, **told}
    names = (name for name in loaded.signatures if name != SERVING)
    return Functions({name: _callable(loaded, name, described[name], weights) for name in names})


def _callable(module: Any, name: str, about: Function, weights: Sequence[tf.Variable]) -> Callable[..., Outputs]:
    function = module.signatures[name]
    rows = next((axes[0] for axes in about["outputs"].values() if axes), "")
    wanted = ExportedInputs(name, _inputs(function), about["inputs"], rows)
    return _Exported(module, in_parts(function, about, weights), wanted, about)


class _Exported:
    """Refuses other inputs; holds the module, for a function alone does not keep the weights alive."""

    def __init__(self, module: Any, function: Callable[..., Tensors], wanted: ExportedInputs, about: Function) -> None:
        self._module, self._function, self._wanted, self._about = module, function, wanted, about

    def __call__(self, **inputs: Any) -> Outputs:
        wanted = self._wanted
        if inputs.keys() != wanted.specs.keys():
            raise SavedModelError(
                f"the exported function '{wanted.function}' takes {_listed(wanted.specs)}; got {_listed(inputs)}. Give "
                "exactly those"
            )
        return Outputs(self._function(**wanted.fit(inputs)))

    def __repr__(self) -> str:
        """As `policy(state [B], industry_state [B, N]) -> action [B]`."""
        given, gotten = (
            ", ".join(f"{name} [{', '.join(axes)}]" if axes else name for name, axes in told.items())
            for told in (self._about["inputs"], self._about["outputs"])
        )
        return f"{self._wanted.function}({given}) -> {gotten}"


def _contradictions(functions: Mapping[str, Any], told: Mapping[str, Function]) -> Iterable[str]:
    if (here := functions.keys() - {SERVING}) != {*told, DESCRIBE}:
        yield f"functions {_listed(told)} there, {_listed(here)} here"
    for name, words in told.items():
        function = functions[name]
        yield from _differences(f"inputs of {name}", words["inputs"], _inputs(function))
        yield from _differences(f"outputs of {name}", words["outputs"], function.structured_outputs)
        kinds = {spec.dtype.name for spec in _inputs(function).values()} - {"int32"}  # indices
        if kinds - {words["dtype"]}:
            yield f"inputs of {name} are {words['dtype']} there, {_listed(kinds)} here"


def _differences(what: str, axes: Mapping[str, list[str]], specs: Mapping[str, tf.TensorSpec]) -> Iterable[str]:
    if axes.keys() != specs.keys():
        yield f"{what} are {_listed(axes)} there, {_listed(specs)} here"
        return
    for name, spec in specs.items():
        if spec.shape.rank not in (None, len(axes[name])):
            yield f"{what}: {name} has {len(axes[name])} axes there, {spec.shape.rank} here"


def _inputs(function: Any) -> Mapping[str, tf.TensorSpec]:
    return function.structured_input_signature[1]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
