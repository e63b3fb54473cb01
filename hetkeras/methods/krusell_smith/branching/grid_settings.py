"""Settings of the classical Krusell-Smith method where firms choose in branches."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.methods.krusell_smith.classical_settings import ClassicalSettings
from hetkeras.settings import Count, Parts, Positive, Rounds


@dataclasses.dataclass(frozen=True)
class BranchingSettings(ClassicalSettings):
    """As `ClassicalSettings`; choices on nodes change by whole nodes, so that rules settle less finely."""

    max_rounds: Rounds = 20
    tolerance: Positive = 1e-3
    bellman_tolerance: Positive = 1e-9
    short_periods: Count = 1500  # simulated while the rules are far from settled
    near: Positive = 0.02  # largest change of the rules, in logs, from which on all periods are simulated
    finer_capital: Parts = 1  # parts in which each step between nodes of capital is cut
    finer_labor: Parts = 1  # and of labor
    precision: int = 64  # bits of values and choices, 64 or 32

    def violations(self) -> Iterable[str]:
        if self.near < self.tolerance:
            yield f"near is {self.near}; expected no less than tolerance {self.tolerance}"
        if self.precision not in (32, 64):
            yield f"precision is {self.precision}; expected 32 or 64"
