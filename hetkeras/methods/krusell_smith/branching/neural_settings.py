"""Settings of the neural Krusell-Smith method where firms choose in branches."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated

from annotated_types import Interval

from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings
from hetkeras.settings import Count, Noise, Positive, Repeats, Rounds, Share, Steps


@dataclasses.dataclass(frozen=True)
class NeuralBranchingSettings(NeuralSettings):
    """As `NeuralSettings`, the states of a step, and how much is simulated."""

    first_steps: Steps = 8000  # of the first round in which the rules are near, or fixed
    round_steps: Steps = 1500  # of all others
    value_steps: Repeats = 4
    max_rounds: Rounds = 16
    tolerance: Positive = 2e-3
    warmup_steps: int = 200
    price_noise: Noise = 0.07
    explored: Share = 0.3
    batch_size: Annotated[int, Interval(ge=2, le=1_000_000)] = (
        256  # B, states in a step; at half of them the price is the expected one
    )
    short_periods: Count = 1500  # simulated while the rules are far from settled
    near: Positive = 0.02  # largest change of the rules, in logs, from which on all periods are simulated

    def violations(self) -> Iterable[str]:
        yield from super().violations()
        if self.near < self.tolerance:
            yield f"near is {self.near}; expected no less than tolerance {self.tolerance}"
