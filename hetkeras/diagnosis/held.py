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

LABEL = "signature_gap"
LIMIT = 1e-4
"""Largest distance, in mean sizes of the output. Rounding in float32 is 1e-7 of a value; gains are differences of
values that are up to hundreds of times as large."""
CLOSE = 1e-5  # of a bound: how near an input is too near to tell whether it is inside

_Range = tuple[np.ndarray, np.ndarray]


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
    """Adds one check that passes if every exported function is held and agrees; else one for each that is not.

    Args:
      diagnosis: of what the others are compared with.
      loaded: the reloaded solution.
      held: name of a function -> against what it is held.
    """
    checks = [_check(loaded, name, held.get(name, Held())) for name in loaded.outputs]
    gaps = [math.nan if check.measured is None else check.measured for check in checks]
    largest = finite_number(float(np.max(gaps)))
    whole = at_most(LABEL, largest, LIMIT, "exported functions say something else than what was measured")
    failed = [check for check in checks if not check.passed]
    numbers = {**diagnosis.numbers, LABEL: largest}
    return dataclasses.replace(diagnosis, numbers=numbers, checks=(*diagnosis.checks, *(failed or [whole])))


def _check(loaded: _Loaded, name: str, held: Held) -> Check:
    """Of one function, whose outputs are those it gives and those that the metadata promise."""
    found = loaded.signatures[name](**held.inputs) if held.inputs and name in loaded.signatures else {}
    expected = {**held.expected, **_bounded(held.inputs, loaded.metadata["bounds"])}
    compared = [output for output in found if output in expected]
    outputs = dict.fromkeys((*loaded.outputs[name], *found))
    label, advice = f"{LABEL}_{name}", f"the exported {name} says something else than what was measured"
    if missing := [output for output in outputs if output not in (*compared, *held.tested)]:
        unheld = f"nothing measures {', '.join(missing)} of the exported {name}"
        return Check(label, None, f"<= {LIMIT:.4g}", False, unheld)
    gaps = [_gap(np.asarray(found[output]), expected[output]) for output in compared]
    return at_most(label, finite_number(float(np.max(gaps, initial=0.0))), LIMIT, advice)


def _bounded(inputs: Mapping[str, Any], bounds: Mapping[str, Iterable[float | None]]) -> dict[str, _Range]:
    """What `in_bounds` must say, [B]: whether all inputs of a row are within their bounds in the metadata.

    Another processor rounds ends another way: close to one, either answer will do.
    """
    least: list[np.ndarray] = []
    most: list[np.ndarray] = []
    for name, values in inputs.items():
        if (state := name.removeprefix("industry_")) in bounds:
            array = np.asarray(values, np.float64)
            low, high = (math.nan if end is None else end for end in bounds[state])
            for inside, sign in ((least, 1), (most, -1)):
                above, below = low + sign * CLOSE * abs(low), high - sign * CLOSE * abs(high)
                within = (array >= above) & (array <= below)
                inside.append(np.all(within.reshape(len(array), -1), 1))
    return {"in_bounds": (np.all(least, 0), np.all(most, 0))} if least else {}


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
