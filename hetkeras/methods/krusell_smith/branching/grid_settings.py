"""Settings of the classical Krusell-Smith method where firms choose in branches."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.methods.krusell_smith.classical_settings import ClassicalSettings


@dataclasses.dataclass(frozen=True)
class BranchingSettings(ClassicalSettings):
    """As `ClassicalSettings`; choices on nodes change by whole nodes, so that rules settle less finely."""

    max_rounds: int = 20
    tolerance: float = 1e-3
    bellman_tolerance: float = 1e-9
    short_periods: int = 1500  # simulated while the rules are far from settled
    near: float = 0.02  # largest change of the rules, in logs, from which on all periods are simulated
    finer_capital: int = 1  # parts in which each step between nodes of capital is cut
    finer_labor: int = 1  # and of labor
    precision: int = 64  # bits of values and choices, 64 or 32

    def violations(self) -> Iterable[str]:
        yield from super().violations()
        if self.short_periods < 1:
            yield f"short_periods is {self.short_periods}; expected at least 1"
        for name in ("finer_capital", "finer_labor"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}; expected at least 1"
        if self.near < self.tolerance:
            yield f"near is {self.near}; expected no less than tolerance {self.tolerance}"
        if self.precision not in (32, 64):
            yield f"precision is {self.precision}; expected 32 or 64"
