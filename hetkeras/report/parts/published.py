"""Whether the page of a run may speak of a paper, and what the model calls its own things."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetkeras.report.parts.formats import words
from hetkeras.report.parts.loading import FIXED, policy_signature, read_metadata
from hetkeras.report.parts.reading import read_json

MODELS, RUN = "hetkeras.models.", "run.json"
ROUNDED = 1e-5  # relative, of values of calibrations


def published(directory: Path, *models: str) -> bool:
    """Whether the model of a run is one of these of hetkeras, and not somebody's own of the same name.

    Args:
      directory: of the run; the class in the metadata of its SavedModel decides, without one the name in run.json.
      models: names of classes.
    """
    metadata = read_metadata(directory)
    module, _, name = str(metadata.get("model_class", "")).partition(":")
    if name:
        return module.startswith(MODELS) and name in models
    run = read_json(directory / RUN) if (directory / RUN).exists() else {}
    return "model_file" not in run and metadata.get("model", run.get("model")) in models


def has_calibration(directory: Path, fields: Mapping[str, Any]) -> bool:
    """Whether a run has values of fields, up to rounding; a field that its run.json does not know does not count.

    Args:
      directory: of the run.
      fields: name -> a number, a list of numbers, a word or None.
    """
    run = read_json(directory / RUN) if (directory / RUN).exists() else {}
    found = run.get("calibration", {})
    known = {name: value for name, value in fields.items() if name in found}
    return bool(known) and all(_same(found[name], value) for name, value in known.items())


def _same(found: Any, value: Any) -> bool:
    if isinstance(value, list):
        return isinstance(found, list) and len(found) == len(value) and all(map(_same, found, value))
    if isinstance(value, float) and isinstance(found, int | float):
        return math.isclose(found, value, rel_tol=ROUNDED)
    return bool(found == value)


def labeled(metadata: Mapping[str, Any], name: str, label: str = "") -> str:
    """Returns what an axis says: a label, by default the name in words, and the unit if the metadata state one.

    Args:
      metadata: of the SavedModel.
      name: of an input or output, under which the metadata keep its unit.
      label: what is shown in its place.
    """
    unit = metadata.get("units", {}).get(name)
    return (label or words(name)) + (f" ({unit})" if unit else "")


def binary_name(metadata: Mapping[str, Any]) -> str:
    """Returns what the model calls its binary states; empty if the metadata do not say.

    Of the inputs of the policy with an entry for each binary state, it is the one that has no range.
    """
    inputs, ranges = policy_signature(metadata).get("inputs", {}), metadata.get("bounds", {})
    return next((words(name) for name, axes in inputs.items() if FIXED in axes and name not in ranges), "")


def regime_name(metadata: Mapping[str, Any]) -> str:
    """Returns what the model calls whose turn it is, the input of the policy that is one number; empty if unknown."""
    inputs = policy_signature(metadata).get("inputs", {})
    return next((words(name) for name, axes in inputs.items() if len(axes) == 1), "")
