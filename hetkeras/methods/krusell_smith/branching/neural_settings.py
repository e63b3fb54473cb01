"""Settings of the neural Krusell-Smith method where firms choose in branches."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from annotated_types import Interval

from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings
from hetkeras.settings import Noise, Positive, Repeats, Rounds, Share, Steps


@dataclasses.dataclass(frozen=True)
class NeuralBranchingSettings(NeuralSettings):
    """As `NeuralSettings`, and the states of a step."""

    first_steps: Steps = 8000
    round_steps: Steps = 1500
    value_steps: Repeats = 4
    max_rounds: Rounds = 16
    tolerance: Positive = 2e-3
    warmup_steps: int = 200
    price_noise: Noise = 0.07
    explored: Share = 0.3
    batch_size: Annotated[int, Interval(ge=2, le=1_000_000)] = (
        256  # B, states in a step; at half of them the price is the expected one
    )
    near: Positive = 0.02
