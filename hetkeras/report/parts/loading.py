"""How to load a solution again: the lines to copy, written from what the SavedModel says of itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.errors import RunDirectoryError
from hetkeras.report.parts import formats
from hetkeras.report.parts.content import Block, Code, Text, absent
from hetkeras.report.parts.reading import read_json

METADATA = Path("saved_model") / "assets" / "hetkeras.json"
FIXED = "J"  # axis whose length is part of the solution


def loading(directory: Path, numbers: Mapping[str, Any]) -> tuple[Block, ...]:
    """Returns the lines that load the SavedModel of a run, or a sentence in their place.

    Args:
      directory: of the run.
      numbers: content of diagnostics.json; what it measured is what the lines call the policy with.
    """
    if not (directory / METADATA).exists():
        return (absent(str(METADATA), "there is no SavedModel to load"),)
    metadata = read_metadata(directory)
    sizes = {"B": 4, "N": _count(directory, numbers, "num_agents") or 8}
    if _count(directory, numbers, "num_binary"):
        sizes[FIXED] = _count(directory, numbers, "num_binary")
    axes = _axes(metadata) or [axis for axis in sizes if axis != FIXED]
    free = f"any {' and '.join(axis for axis in axes if axis != FIXED)} will do"
    said = f"{free}; {FIXED} is {sizes[FIXED]}" if FIXED in axes and FIXED in sizes else free
    return (
        Text(f"TensorFlow alone is enough. Run this in the directory of this page; {said}."),
        Code(_snippet(metadata, sizes, numbers)),
    )


def read_metadata(directory: Path) -> dict[str, Any]:
    """Returns what the SavedModel of a run says of itself; nothing if there is none."""
    path = directory / METADATA
    return read_json(path) if path.exists() else {}


def policy_signature(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns inputs, outputs and type of the exported policy."""
    return metadata.get("signatures", {}).get("policy", {})


def _snippet(metadata: Mapping[str, Any], sizes: Mapping[str, int], numbers: Mapping[str, Any]) -> str:
    policy, units = policy_signature(metadata), metadata.get("units", {})
    lines = ["import tensorflow as tf", "", 'loaded = tf.saved_model.load("saved_model")']
    if not policy or any(axis not in sizes for axis in _axes(metadata)):
        lines += ["for name, signature in loaded.signatures.items():"]
        lines += ["    print(name, signature.structured_input_signature[1], signature.structured_outputs)"]
        return "\n".join(lines)
    lines += ['policy = loaded.signatures["policy"]', "inputs = {"]
    printed = []
    for name, axes in policy["inputs"].items():
        shape = ", ".join(str(sizes[axis]) for axis in axes)
        usual = formats.plain(_usual(name, axes, metadata.get("bounds", {}), numbers))
        about = f"[{', '.join(axes)}]{_unit(units, name)}"
        lines.append(f'    "{name}": tf.cast(tf.fill([{shape}], {usual}), "{policy["dtype"]}"),  # {about}')
    for name, axes in policy["outputs"].items():
        printed.append(f'print(policy(**inputs)["{name}"])  # [{", ".join(axes)}]{_unit(units, name)}')
    return "\n".join([*lines, "}", *printed])


def _usual(name: str, axes: list[str], bounds: Mapping[str, Any], numbers: Mapping[str, Any]) -> float:
    """The mean of an input over a simulation where that was measured, else the middle of the trained range.

    A binary state has no range: it is off. Where a range has no end, the input is 1.
    """
    measured = numbers.get(name) or numbers.get(f"mean_{name}")
    if measured:
        return float(measured)
    ends = bounds.get(name.removeprefix("industry_"), (0.0 if FIXED in axes else 1.0,))
    return 1.0 if None in ends else float(np.mean(ends))


def _count(directory: Path, numbers: Mapping[str, Any], name: str) -> int:
    """Returns a whole number of diagnostics.json, 0 where there is none."""
    value = numbers.get(name) or 0
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise RunDirectoryError(
            f"{directory / 'diagnostics.json'}: {name} is {value!r}, expected a number, 0 or more; solve again"
        )
    return int(value)


def _unit(units: Mapping[str, str], name: str) -> str:
    """What follows in the comment on an input or output, on one line."""
    return f": {' '.join(units[name].split())}" if name in units else ""


def _axes(metadata: Mapping[str, Any]) -> list[str]:
    """Letters of the axes of the policy's inputs, each once."""
    return list(dict.fromkeys(axis for axes in policy_signature(metadata).get("inputs", {}).values() for axis in axes))
