"""Exported functions held against what was measured: what ships under a name is measured under that name.

A diagnosis rests on some outputs of some functions; it simulates them or takes residuals of them. Every other output is
compared, on states of the solution's own paths, with what follows from those. An output that nobody holds is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number

PREFIX = "signature_gap_"
LIMIT = 1e-4
"""Largest distance, in mean sizes of the output. Rounding in float32 is 1e-7 of a value; gains are differences of
values that are up to hundreds of times as large."""


class Held(NamedTuple):
    """One exported function at some states.

    found: output -> what the function says there, [n, ...].
    expected: output -> what must come out, [n, ...], or the lowest and the highest where rounding decides.
    tested: outputs that the diagnosis itself rests on.
    """

    found: Mapping[str, np.ndarray] = {}
    expected: Mapping[str, np.ndarray | tuple[np.ndarray, np.ndarray]] = {}
    tested: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Largest distance of what is found to what is expected, in mean sizes of each output; flags count as one.

        NaN if anything is, or has another shape.
        """
        return float(np.max([_gap(np.asarray(self.found[name]), self.expected[name]) for name in self._compared]))

    @property
    def _compared(self) -> list[str]:
        return [name for name in self.found if name in self.expected]

    def unheld(self, outputs: Collection[str]) -> list[str]:
        """Outputs that are neither compared nor tested."""
        return [name for name in dict.fromkeys((*outputs, *self.found)) if name not in (*self._compared, *self.tested)]


def with_signatures(
    diagnosis: Diagnosis, exported: Mapping[str, Collection[str]], held: Mapping[str, Held]
) -> Diagnosis:
    """Adds a check for each exported function that is compared, and a failure for each that nobody holds.

    Args:
      diagnosis: of what the others are compared with.
      exported: name of a function -> names of its outputs.
      held: name of a function -> against what it is held.
    """
    numbers: dict[str, float | None] = {}
    checks: list[Check] = []
    for name, outputs in exported.items():
        here, label = held.get(name, Held()), f"{PREFIX}{name}"
        if missing := here.unheld(outputs):
            advice = f"nothing measures {', '.join(missing)} of the exported {name}"
            checks.append(Check(label, None, f"<= {LIMIT:.4g}", False, advice))
        elif here.found:
            numbers[label] = finite_number(here.gap)
            advice = f"the exported {name} says something else than what was measured"
            checks.append(at_most(label, numbers[label], LIMIT, advice))
    return dataclasses.replace(diagnosis, numbers={**diagnosis.numbers, **numbers}, checks=(*diagnosis.checks, *checks))


def _gap(found: np.ndarray, expected: np.ndarray | tuple[np.ndarray, np.ndarray]) -> float:
    low, high = expected if isinstance(expected, tuple) else (expected, expected)
    low, high = np.asarray(low), np.asarray(high)
    if not found.shape == low.shape == high.shape:
        return float("nan")
    flags = found.dtype == bool
    found, low, high = (part.astype(float) for part in (found, low, high))
    size = 1.0 if flags else np.mean(np.maximum(np.abs(low), np.abs(high))) or 1.0
    return float(np.max(np.maximum(low - found, found - high)).clip(0) / size)
