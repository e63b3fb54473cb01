"""Exported functions held against what was measured: what ships under a name is measured under that name.

A diagnosis rests on some outputs of some functions; it simulates them or takes residuals of them. Every other output is
compared, on states of the solution's own paths, with what follows from those. An output that nobody holds is refused.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number

PREFIX = "signature_gap_"
LIMIT = 1e-4
"""Largest distance, in mean sizes of the output. Rounding in float32 is 1e-7 of a value; gains are differences of
values that are up to hundreds of times as large."""


class Held(NamedTuple):
    """One exported function at some states.

    inputs: name -> tensor, at which it is called.
    expected: output -> what must come out, or the lowest and the highest where rounding decides.
    tested: outputs that the diagnosis itself rests on.
    """

    inputs: Mapping[str, Any] = {}
    expected: Mapping[str, Any] = {}
    tested: tuple[str, ...] = ()


class _Loaded(Protocol):
    """A reloaded SavedModel, as `hetkeras.saved_model` has it."""

    @property
    def signatures(self) -> Mapping[str, Callable[..., Mapping[str, Any]]]: ...

    @property
    def metadata(self) -> Mapping[str, Any]: ...

    @property
    def outputs(self) -> Mapping[str, Sequence[str]]: ...


def with_signatures(diagnosis: Diagnosis, loaded: _Loaded, held: Mapping[str, Held]) -> Diagnosis:
    """Adds a check for each exported function that is compared, and a failure for each that nobody holds.

    Args:
      diagnosis: of what the others are compared with.
      loaded: the reloaded solution.
      held: name of a function -> against what it is held.
    """
    numbers: dict[str, float | None] = {}
    checks: list[Check] = []
    for name, outputs in loaded.outputs.items():
        here, label = held.get(name, Held()), f"{PREFIX}{name}"
        found = loaded.signatures[name](**here.inputs) if here.inputs and name in loaded.signatures else {}
        expected = {**here.expected, **_bounded(here.inputs, loaded.metadata["bounds"])}
        compared = [output for output in found if output in expected]
        if missing := [each for each in dict.fromkeys((*outputs, *found)) if each not in (*compared, *here.tested)]:
            advice = f"nothing measures {', '.join(missing)} of the exported {name}"
            checks.append(Check(label, None, f"<= {LIMIT:.4g}", False, advice))
        elif compared:
            gaps = [_gap(np.asarray(found[output]), expected[output]) for output in compared]
            numbers[label] = finite_number(float(np.max(gaps)))
            advice = f"the exported {name} says something else than what was measured"
            checks.append(at_most(label, numbers[label], LIMIT, advice))
    return dataclasses.replace(diagnosis, numbers={**diagnosis.numbers, **numbers}, checks=(*diagnosis.checks, *checks))


def _bounded(inputs: Mapping[str, Any], bounds: Mapping[str, Iterable[float | None]]) -> dict[str, np.ndarray]:
    """What `in_bounds` must say, [B]: whether all inputs of a row are within their bounds in the metadata."""
    inside: list[np.ndarray] = []
    for name, values in inputs.items():
        if (state := name.removeprefix("industry_")) in bounds:
            array = np.asarray(values)
            low, high = (array.dtype.type(math.nan if end is None else end) for end in bounds[state])
            inside.append(((array >= low) & (array <= high)).reshape(len(array), -1).all(1))
    return {"in_bounds": np.all(inside, 0)} if inside else {}


def _gap(found: np.ndarray, expected: Any) -> float:
    """Largest distance of what is found to what is expected, in mean sizes of it; a flag that is off counts as one.

    NaN if anything is, or has another shape.
    """
    low, high = map(np.asarray, expected if isinstance(expected, tuple) else (expected, expected))
    if not found.shape == low.shape == high.shape:
        return math.nan
    flags = found.dtype == bool
    found, low, high = (part.astype(float) for part in (found, low, high))
    size = 1.0 if flags else np.mean(np.maximum(np.abs(low), np.abs(high))) or 1.0
    return float(np.max(np.maximum(low - found, found - high)).clip(0) / size)
