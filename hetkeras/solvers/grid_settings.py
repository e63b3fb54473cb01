"""Settings of the classical Krusell-Smith method."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.calibration import Calibration


@dataclasses.dataclass(frozen=True)
class GridSettings(Calibration):
    """A round solves the Bellman equation on grids, simulates and updates the forecast rules (Algorithm 1)."""

    num_capital: int = 10  # knots of the spline in a firm's capital
    num_mean_capital: int = 10  # knots in mean capital
    evaluations: int = 50  # Howard's, for each improvement
    max_improvements: int = 200
    bellman_tolerance: float = 1e-10  # largest Bellman residual relative to the range of V
    max_rounds: int = 30
    tolerance: float = 1e-5  # largest change of the forecast rules, in logs, at which the method ends
    interpolated: int = 0  # 1 reads targets off a table over (K, p) instead of maximising at each price

    def violations(self) -> Iterable[str]:
        for name in ("num_capital", "num_mean_capital"):
            if getattr(self, name) < 3:
                yield f"{name} is {getattr(self, name)}; expected at least 3 knots"
        for name in ("evaluations", "max_improvements", "max_rounds"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}; expected at least 1"
        for name in ("bellman_tolerance", "tolerance"):
            if getattr(self, name) <= 0:
                yield f"{name} is {getattr(self, name)}; expected above 0"
        if self.interpolated not in (0, 1):
            yield f"interpolated is {self.interpolated}; expected 0 or 1"
