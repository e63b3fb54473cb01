"""What the settings of all neural Krusell-Smith methods share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.settings import Noise, Positive, Repeats, Rounds, Settings, Share, Steps


@dataclasses.dataclass(frozen=True)
class NeuralSettings(Settings):
    """A round trains value and policy, simulates and updates the forecast rules (Yokomoto 2026, Algorithm 4).

    In each round the learning rate falls from its peak to zero along a cosine.
    """

    first_steps: Steps = 2000  # optimizer steps of the first round
    round_steps: Steps = 800  # of the later ones, which start from the round before
    max_rounds: Rounds = 12
    tolerance: Positive = 5e-4  # largest change of the forecast rules, in logs, at which the method ends
    value_steps: Repeats = 1  # of the value in each step; more where it lags behind choices and rules
    first_rate: Positive = 2e-3  # peak learning rate of the first round
    round_rate: Positive = 1e-3
    warmup_steps: int = 100  # of the first round
    price_noise: Noise = 0.02  # delta, relative half-width of prices around the expected one
    explored: Share = 0.5  # share of states drawn evenly over the whole domain; the rest follow the simulation

    def violations(self) -> Iterable[str]:
        if not 0 <= self.warmup_steps < self.first_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below first_steps {self.first_steps}"

    @property
    def num_steps(self) -> int:
        """The most steps that there can be."""
        return self.first_steps + (self.max_rounds - 1) * self.round_steps
