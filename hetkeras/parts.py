"""Calls of a signature on more rows than memory holds, in parts of the batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf

LARGEST = 1 << 30  # bytes that one call may take, roughly
COPIES = 2  # of what a layer gives that are held at once

Function = Callable[..., dict[str, tf.Tensor]]


def in_parts(function: Function, about: Mapping[str, Any], weights: Iterable[tf.Variable]) -> Function:
    """The same function, which takes a batch of rows B that is too large for memory part by part.

    Args:
      function: of named inputs and outputs.
      about: "inputs" and "outputs", name -> axes; a function is left alone where B does not lead all outputs.
      weights: of the layers; the widest one decides what a row takes.
    """
    axes: Mapping[str, Sequence[str]] = about["inputs"]
    batched = [name for name, letters in axes.items() if list(letters[:1]) == ["B"]]
    if not batched or any(list(letters[:1]) != ["B"] for letters in about["outputs"].values()):
        return function
    width = max((max(weight.shape, default=1) for weight in weights if weight.shape.rank == 2), default=1)

    def call(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = min((len_of(inputs[name]) for name in batched if name in inputs), default=0)
        at_once = max(1, int(LARGEST // row_bytes(inputs, axes, width)))
        if rows <= at_once:
            return function(**inputs)
        parts = []
        for first in range(0, rows, at_once):
            cut = {name: inputs[name][first : first + at_once] for name in batched if name in inputs}
            parts.append(function(**{**inputs, **cut}))
        return {name: tf.concat([part[name] for part in parts], 0) for name in parts[0]}

    return call


def row_bytes(inputs: Mapping[str, tf.Tensor], axes: Mapping[str, Sequence[str]], width: int) -> float:
    """Memory that a row takes, roughly: the widest layer, for each agent or element of the row."""
    lengths: dict[str, int | None] = {}
    for name, value in inputs.items():
        lengths |= dict(zip(axes.get(name, ()), tf.convert_to_tensor(value).shape, strict=False))
    entries = math.prod(length or 1 for axis, length in lengths.items() if axis != "B")
    return 4.0 * COPIES * entries * width


def len_of(value: tf.Tensor) -> int:
    """Rows of an input; 0 where a graph does not know them."""
    shape = tf.convert_to_tensor(value).shape
    return shape[0] or 0 if shape.rank else 0
