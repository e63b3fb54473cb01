"""Settings of the classical method for households under aggregate shocks."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from annotated_types import Interval

from hetkeras.settings import Knots, Positive, Rounds, Settings


@dataclasses.dataclass(frozen=True)
class AggregateRiskSettings(Settings):
    """A round solves for consumption on grids, simulates and updates the forecast rules."""

    num_assets: Annotated[Knots, "H, nodes of assets of the policy."] = 500
    num_mean_capital: Annotated[int, Interval(ge=3, le=100), "J, nodes of mean capital."] = 8
    pivot: Annotated[Positive, "Assets above the limit up to which nodes are about even; beyond, their ratios are."] = (
        1.0
    )
    histogram_nodes: Annotated[Knots, "Nodes of assets of the distribution."] = 2000
    histogram_pivot: Annotated[Positive, "As pivot, for the distribution."] = 5.0
    policy_tolerance: Annotated[Positive, "Largest relative change of consumption in an iteration, at its end."] = 1e-8
    max_iterations: Annotated[int, Interval(ge=10, le=10_000_000), "In a round."] = 20_000
    max_rounds: Rounds = 30
    tolerance: Annotated[Positive, "Largest change of the forecast rules, in logs, at which the method ends."] = 1e-6
    short_periods: Annotated[
        int, Interval(ge=1000, le=10_000_000), "Periods that are simulated while the rules are far from settled."
    ] = 2500
    near: Annotated[Positive, "Largest change of the rules, in logs, from which on all periods are simulated."] = 3e-4
