"""How to load a solution again: the lines to copy, written from what the SavedModel says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.report import formats
from hetkeras.report.content import Block, Code, Text, absent
from hetkeras.report.reading import read_json

METADATA = Path("saved_model") / "assets" / "hetkeras.json"


def loading(directory: Path, numbers: Mapping[str, Any]) -> tuple[Block, ...]:
    """Returns the lines that load the SavedModel of a run, or a sentence in their place.

    Args:
      directory: of the run.
      numbers: content of diagnostics.json; what it measured is what the lines call the policy with.
    """
    if not (directory / METADATA).exists():
        return (absent(str(METADATA), "there is no SavedModel to load"),)
    metadata, sizes = read_metadata(directory), {"B": 4, "N": int(numbers.get("num_agents") or 8)}
    axes = " and ".join(_axes(metadata) or sizes)
    return (
        Text(f"TensorFlow alone is enough. Run this in the directory of this page; any {axes} will do."),
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
    policy, bounds = policy_signature(metadata), metadata.get("bounds", {})
    lines = ["import tensorflow as tf", "", 'loaded = tf.saved_model.load("saved_model")']
    if not policy or any(axis not in sizes for axis in _axes(metadata)):
        lines += ["for name, signature in loaded.signatures.items():"]
        lines += ["    print(name, signature.structured_input_signature[1], signature.structured_outputs)"]
        return "\n".join(lines)
    lines += ['policy = loaded.signatures["policy"]', "inputs = {"]
    for name, axes in policy["inputs"].items():
        shape = ", ".join(str(sizes[axis]) for axis in axes)
        usual = formats.plain(_usual(name, bounds, numbers))
        lines.append(f'    "{name}": tf.cast(tf.fill([{shape}], {usual}), "{policy["dtype"]}"),  # [{", ".join(axes)}]')
    return "\n".join([*lines, "}", *(f'print(policy(**inputs)["{name}"])' for name in policy["outputs"])])


def _usual(name: str, bounds: Mapping[str, Any], numbers: Mapping[str, Any]) -> float:
    """The mean of an input over a simulation where that was measured, else the middle of the trained range."""
    measured = numbers.get(name) or numbers.get(f"mean_{name}")
    return float(measured or np.mean(bounds.get(name.removeprefix("industry_"), 1.0)))


def _axes(metadata: Mapping[str, Any]) -> list[str]:
    """Letters of the axes of the policy's inputs, each once."""
    return list(dict.fromkeys(axis for axes in policy_signature(metadata).get("inputs", {}).values() for axis in axes))
