"""What the settings of all classical Krusell-Smith methods share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.calibration import Calibration


@dataclasses.dataclass(frozen=True)
class ClassicalSettings(Calibration):
    """A round solves the Bellman equation on grids, simulates and updates the forecast rules (Algorithm 1)."""

    num_mean_capital: int = 10  # knots in mean capital
    evaluations: int = 50  # Howard's, for each improvement
    max_improvements: int = 200
    bellman_tolerance: float = 1e-10  # largest Bellman residual relative to the range of V
    max_rounds: int = 30
    tolerance: float = 1e-5  # largest change of the forecast rules, in logs, at which the method ends

    def violations(self) -> Iterable[str]:
        if self.num_mean_capital < 3:
            yield f"num_mean_capital is {self.num_mean_capital}; expected at least 3 knots"
        for name in ("evaluations", "max_improvements", "max_rounds"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}; expected at least 1"
        for name in ("bellman_tolerance", "tolerance"):
            if getattr(self, name) <= 0:
                yield f"{name} is {getattr(self, name)}; expected above 0"
