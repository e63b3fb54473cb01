"""Settings of the neural method for households under aggregate shocks."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from annotated_types import Interval

from hetkeras.settings import Batch, Knots, Nodes, NotNegative, Positive, Rounds, Settings, Share, Steps


@dataclasses.dataclass(frozen=True)
class NeuralHouseholdSettings(Settings):
    """A round takes steps on the Euler equations, simulates and updates the forecast rules."""

    width: Annotated[Nodes, "Of each of the two hidden layers."] = 24
    households: Annotated[Batch, "B, at which the Euler equation is to hold; more than weights."] = 3000
    explored: Annotated[Share, "Of these, at any mean capital; the others are where a coarse solution goes."] = 0.3
    margin: Annotated[NotNegative, "Beyond where it goes, as a share of that."] = 0.15
    pivot: Annotated[Positive, "Assets above the limit up to which half of them are about even."] = 1.0
    wide_pivot: Annotated[Positive, "The same for the other half."] = 10.0
    typical: Annotated[NotNegative, "What may be spent, in mean incomes, where the weight of an equation is half."] = (
        20.0
    )
    fit_steps: Annotated[Steps, "On consumption of a coarse solution, before the first round."] = 30
    first_steps: Annotated[Steps, "In the first round."] = 250
    round_steps: Annotated[Steps, "In later ones."] = 20
    num_mean_capital: Annotated[int, Interval(ge=3, le=100), "J, nodes of mean capital of the simulated policy."] = 8
    histogram_nodes: Annotated[Knots, "Nodes of assets of the distribution."] = 2000
    histogram_pivot: Annotated[Positive, "As pivot, for the distribution."] = 5.0
    max_rounds: Rounds = 30
    tolerance: Annotated[Positive, "Largest change of the forecast rules, in logs, at which the method ends."] = 2e-5
    short_periods: Annotated[
        int, Interval(ge=1000, le=10_000_000), "Periods that are simulated while the rules are far from settled."
    ] = 2500
    near: Annotated[Positive, "Largest change of the rules, in logs, from which on all periods are simulated."] = 3e-4

    @property
    def num_steps(self) -> int:
        """The most steps that are planned."""
        return self.first_steps + (self.max_rounds - 1) * self.round_steps
