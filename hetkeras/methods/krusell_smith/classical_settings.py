"""What the settings of all classical Krusell-Smith methods share."""

from __future__ import annotations

import dataclasses

from hetkeras.settings import Count, Knots, Positive, Rounds, Settings


@dataclasses.dataclass(frozen=True)
class ClassicalSettings(Settings):
    """A round solves the Bellman equation on grids, simulates and updates the forecast rules (Algorithm 1)."""

    num_mean_capital: Knots = 10  # knots in mean capital
    evaluations: Count = 50  # Howard's, for each improvement
    max_improvements: Count = 200
    bellman_tolerance: Positive = 1e-10  # largest Bellman residual relative to the range of V
    max_rounds: Rounds = 30
    tolerance: Positive = 1e-5  # largest change of the forecast rules, in logs, at which the method ends
