"""Settings of the neural Krusell-Smith method where firms choose in branches."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings


@dataclasses.dataclass(frozen=True)
class NeuralBranchingSettings(NeuralSettings):
    """As `NeuralSettings`, the states of a step, and how much is simulated."""

    first_steps: int = 8000  # of the first round in which the rules are near, or fixed
    round_steps: int = 1500  # of all others
    value_steps: int = 4
    max_rounds: int = 16
    tolerance: float = 2e-3
    warmup_steps: int = 200
    price_noise: float = 0.07
    explored: float = 0.3
    batch_size: int = 256  # B, states in a step; at half of them the price is the expected one
    short_periods: int = 1500  # simulated while the rules are far from settled
    near: float = 0.02  # largest change of the rules, in logs, from which on all periods are simulated

    def violations(self) -> Iterable[str]:
        yield from super().violations()
        if self.batch_size < 2:
            yield f"batch_size is {self.batch_size}; expected at least 2"
        if self.short_periods < 1:
            yield f"short_periods is {self.short_periods}; expected at least 1"
        if self.near < self.tolerance:
            yield f"near is {self.near}; expected no less than tolerance {self.tolerance}"
