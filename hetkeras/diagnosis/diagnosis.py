"""The outcome of measuring a solution, whatever its model."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from hetkeras.diagnosis.check import Check, reason
from hetkeras.diagnosis.table import table

CHECK_HEADER = ("check", "measured", "expected", "verdict")


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What was measured on a solution.

    Args:
      numbers: flat name -> number, None where it is not finite.
      checks: what decides whether it is the solution, in order of gravity.
      tables: name -> column -> values, for the figures.
    """

    numbers: Mapping[str, float | None]
    checks: tuple[Check, ...]
    tables: Mapping[str, Mapping[str, np.ndarray]]

    @property
    def reason(self) -> str | None:
        """Why this is not the solution, the gravest reason first; None if every check passed."""
        return reason(self.checks)

    @property
    def converged(self) -> bool:
        return self.reason is None

    def rows(self) -> list[tuple[str, float | None, str, str]]:
        """Returns the checks as rows of a table."""
        return [check.row() for check in self.checks]

    def __str__(self) -> str:
        """The PASS/FAIL table and the verdict."""
        verdict = f"converged: {self.converged}" + (f" ({self.reason})" if self.reason else "")
        return f"{table(CHECK_HEADER, self.rows())}\n\n{verdict}"

    def as_dict(self) -> dict[str, float | bool | str | None]:
        """Returns the flat content of diagnostics.json."""
        return {**self.numbers, "converged": self.converged, "reason": self.reason}


def finite_number(value: float) -> float | None:
    """Returns the number as Python's own, None where it is NaN or infinite."""
    return (int(value) if isinstance(value, int) else float(value)) if math.isfinite(value) else None
