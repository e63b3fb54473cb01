"""How far two functions are apart, and whether more than rounding decides it.

A gap is relative: the largest distance over the largest size of an output. Single precision does not tell inputs apart
that differ by its rounding: where the SavedModel itself says what the other says once an input is moved by 1e-6, the
two agree. So a decision may differ at a tie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

LIMIT = 1e-5  # of a gap
ROUNDING = 1e-6  # of an input, relative: a few roundings of single precision

Function = Callable[..., Mapping[str, Any]]
Arrays = Mapping[str, np.ndarray]


class Agreement(NamedTuple):
    """Of a function with another.

    rows: states at which they were compared.
    gap: largest distance, in largest sizes of the output; NaN if one has an answer where the other has none.
    beyond: as gap, of what rounding does not explain.
    decisions: flags and indices that differ; away: those of them away from ties.
    """

    rows: int
    gap: float
    beyond: float
    decisions: int
    away: int

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than rounding."""
        return self.beyond <= LIMIT and self.away == 0


def agreement(own: Function, other: Function, inputs: Arrays, rows: int) -> Agreement:
    """Compares a function with what stands for it.

    Args:
      own: the exported function.
      other: what must say the same.
      inputs: of both.
      rows: of them.
    """
    said, heard = _arrays(own(**inputs)), _arrays(other(**inputs))
    numbers = [name for name, part in said.items() if part.dtype.kind == "f"]
    gaps = [_gap(heard[name], said[name], said[name]) for name in numbers]
    wrong = {name: _differs(heard[name], part) for name, part in said.items() if name not in numbers}
    largest, decisions = float(np.max(gaps, initial=0.0)), sum(int(part.sum()) for part in wrong.values())
    if (largest <= LIMIT and decisions == 0) or math.isnan(largest):
        return Agreement(rows, largest, largest, decisions, decisions)
    low, high = ({name: part.copy() for name, part in said.items()} for _ in range(2))
    for near in _nearby(own, inputs):
        unanswered = _unanswered(near)
        for name in numbers:
            low[name], high[name] = np.fmin(low[name], near[name]), np.fmax(high[name], near[name])
        for name, part in wrong.items():
            part &= _differs(heard[name], near[name]) | unanswered.reshape(-1, *[1] * (part.ndim - 1))
    beyond = max((_gap(heard[name], low[name], high[name]) for name in numbers), default=0.0)
    return Agreement(rows, largest, beyond, decisions, sum(int(part.sum()) for part in wrong.values()))


def _gap(found: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Largest distance to what lies between two ends, in largest sizes; NaN if types, shapes or answers differ."""
    if found.dtype != low.dtype or found.shape != low.shape or (np.isnan(found) != np.isnan(low)).any():
        return math.nan
    away = np.maximum(low - found, found - high).clip(0)
    size = np.nanmax(np.maximum(np.abs(low), np.abs(high)), initial=0.0) or 1.0
    return float(np.nanmax(away, initial=0.0) / size)


def _differs(found: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Which decisions are not those that were said; all, if types or shapes differ."""
    alike = found.dtype == said.dtype and found.shape == said.shape
    return found != said if alike else np.ones(said.shape, bool)


def _nearby(own: Function, inputs: Arrays) -> Iterator[Arrays]:
    """What the function itself says where one input is moved by a rounding."""
    for name, part in inputs.items():
        if part.dtype.kind == "f":
            for sign in (-1, 1):
                yield _arrays(own(**{**inputs, name: part * part.dtype.type(1 + sign * ROUNDING)}))


def _unanswered(outputs: Arrays) -> np.ndarray:
    """Rows without an answer."""
    missing = [np.isnan(part) for part in outputs.values() if part.dtype.kind == "f"]
    rows = len(next(iter(outputs.values())))
    return np.any([np.zeros(rows, bool), *(part.reshape(rows, -1).any(1) for part in missing)], 0)


def _arrays(outputs: Mapping[str, Any]) -> Arrays:
    return {name: np.asarray(part) for name, part in outputs.items()}
