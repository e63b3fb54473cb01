"""What the settings of all neural Krusell-Smith methods share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.calibration import Calibration


@dataclasses.dataclass(frozen=True)
class NeuralSettings(Calibration):
    """A round trains value and policy, simulates and updates the forecast rules (Yokomoto 2026, Algorithm 4).

    In each round the learning rate falls from its peak to zero along a cosine.
    """

    first_steps: int = 2000  # optimizer steps of the first round
    round_steps: int = 800  # of the later ones, which start from the round before
    max_rounds: int = 12
    tolerance: float = 5e-4  # largest change of the forecast rules, in logs, at which the method ends
    value_steps: int = 1  # of the value in each step; more where it lags behind choices and rules
    first_rate: float = 2e-3  # peak learning rate of the first round
    round_rate: float = 1e-3
    warmup_steps: int = 100  # of the first round
    price_noise: float = 0.02  # delta, relative half-width of prices around the expected one
    explored: float = 0.5  # share of states drawn evenly over the whole domain; the rest follow the simulation

    def violations(self) -> Iterable[str]:
        for name in ("first_steps", "round_steps", "max_rounds", "value_steps"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}; expected at least 1"
        for name in ("tolerance", "first_rate", "round_rate"):
            if getattr(self, name) <= 0:
                yield f"{name} is {getattr(self, name)}; expected above 0"
        if not 0 <= self.warmup_steps < self.first_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below first_steps {self.first_steps}"
        if not 0 < self.price_noise < 0.2:
            yield f"price_noise is {self.price_noise}; expected above 0 and below 0.2"
        if not 0 <= self.explored <= 1:
            yield f"explored is {self.explored}; expected a share"

    @property
    def num_steps(self) -> int:
        """The most steps that there can be."""
        return self.first_steps + (self.max_rounds - 1) * self.round_steps
