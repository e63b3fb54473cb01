"""Settings of the neural Krusell-Smith method where firms make one choice."""

from __future__ import annotations

import dataclasses
from typing import Literal

from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings
from hetkeras.settings import Count, Positive, Repeats, Steps


@dataclasses.dataclass(frozen=True)
class KrusellSmithSettings(NeuralSettings):
    """As `NeuralSettings`, and the states of a step."""

    first_steps: Steps = 600
    round_steps: Steps = 400
    reuse: Repeats = 4
    policy_steps: Repeats = 16
    short_periods: Count = 100_000  # all: they take less time than what rules of other periods cost later
    value_optimizer: Literal["adam", "muon"] = "muon"
    first_rate: Positive = 4e-3
    warmup_steps: int = 25
    mean_capital_batch: Count = 16  # M, values of K in a step
    capital_batch: Count = 32  # N, values of a firm's capital for each of them
