"""States at which a file of ONNX is tried: rows of own paths, as many as memory holds, and rows that have no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hetkeras.metadata import Function

NUMBERS = 1 << 21  # that inputs and outputs by row may have at most

Arrays = dict[str, np.ndarray]


def tried(function: Callable[..., Mapping[str, Any]], about: Function, inputs: Mapping[str, Any], rows: int) -> Arrays:
    """Rows of inputs, evenly spread: as many as asked for, or as there may be.

    Args:
      function: which takes them.
      about: its inputs and outputs with the letters of their axes.
      inputs: name -> rows.
      rows: asked for.
    """
    arrays = {name: np.asarray(part) for name, part in inputs.items()}
    one = _cut(arrays, about, 1)
    row = *(one[name] for name in _by_row(about)), *function(**one).values()
    size = sum(np.asarray(part).size for part in row)
    return _cut(arrays, about, min(rows, max(1, NUMBERS // size)))


def with_missing(about: Function, inputs: Arrays) -> Arrays:
    """The same and one more row for each input by row: the first one, with that input missing."""
    by_row = _by_row(about)
    first = {name: inputs[name][:1] for name in by_row}
    rows = [{**first, name: _missing(first[name])} for name in by_row]
    return {**inputs, **{name: np.concatenate([inputs[name], *(row[name] for row in rows)]) for name in by_row}}


def row_axis(about: Function) -> str:
    """The letter of the axis along which rows lie: the first one of what comes out."""
    return next(iter(about["outputs"].values()))[0]


def _missing(part: np.ndarray) -> np.ndarray:
    return np.full_like(part, np.nan if part.dtype.kind == "f" else -1)


def _cut(inputs: Arrays, about: Function, rows: int) -> Arrays:
    by_row = _by_row(about)
    last = min((len(inputs[name]) for name in by_row), default=1) - 1
    picked = np.unique(np.linspace(0, last, rows).astype(int))
    return {name: part[picked] if name in by_row else part for name, part in inputs.items()}


def _by_row(about: Function) -> list[str]:
    return [name for name, axes in about["inputs"].items() if axes[:1] == [row_axis(about)]]
