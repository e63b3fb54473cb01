"""A solution over a box of calibrations at one of them: an ordinary solution."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from hetkeras.box import Box

Tensors = dict[str, tf.Tensor]
Function = Callable[..., Tensors]


def box_of(metadata: Mapping[str, Any]) -> Box | None:
    """The box that a SavedModel is for; None where it is for its own calibration."""
    over = metadata.get("over")
    return Box(tuple(over), *map(tuple, zip(*over.values(), strict=True))) if over else None


def metadata_at(metadata: Mapping[str, Any], calibration: Mapping[str, Any], over: Box) -> dict[str, Any]:
    """What the SavedModel says, of one calibration."""
    told = {
        name: {**about, "inputs": {each: axes for each, axes in about["inputs"].items() if each not in over.names}}
        for name, about in metadata["signatures"].items()
    }
    bounds = {name: ends for name, ends in metadata["bounds"].items() if name not in over.names}
    rest = {name: value for name, value in metadata.items() if name != "over"}
    return {**rest, "signatures": told, "bounds": bounds, "calibration": dict(calibration), "measured": {}}


def function_at(function: Function, about: Mapping[str, Any], theta: Mapping[str, float]) -> Function:
    """An exported function with its parameters given, numbers that stand for every row.

    Args:
      function: of named inputs.
      about: "inputs", name -> axes.
      theta: the parameters.
    """
    return functools.partial(function, **{name: value for name, value in theta.items() if name in about["inputs"]})
