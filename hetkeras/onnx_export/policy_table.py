"""Inputs and outputs of a function as columns of a table, for programs that read no ONNX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

WIDEST = 256  # entries of a row that are columns of their own


def columns(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Iterable[Any]]:
    """Name -> [B]; entries of a row are NAME_1, NAME_2 ..., or where there are too many, mean_NAME and sd_NAME.

    Flags are 0 and 1. An output that is called like an input comes as NAME_next.
    """
    named = {name: np.asarray(part) for name, part in inputs.items()}
    named |= {f"{name}_next" if name in inputs else name: np.asarray(part) for name, part in outputs.items()}
    found: dict[str, Iterable[Any]] = {}
    for name, part in named.items():
        found |= _split(name, part.astype(int) if part.dtype == bool else part)
    return found


def _split(name: str, part: np.ndarray) -> dict[str, np.ndarray]:
    if part.ndim == 1:
        return {name: part}
    rows = part.reshape(len(part), -1)
    if rows.shape[1] > WIDEST:
        return {f"mean_{name}": rows.mean(1), f"sd_{name}": rows.std(1)}
    return {f"{name}_{place + 1}": column for place, column in enumerate(rows.T)}
