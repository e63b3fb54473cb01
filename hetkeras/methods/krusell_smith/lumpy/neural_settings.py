"""Settings of the neural Krusell-Smith method where firms make one choice."""

from __future__ import annotations

import dataclasses

from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings
from hetkeras.settings import Count


@dataclasses.dataclass(frozen=True)
class KrusellSmithSettings(NeuralSettings):
    """As `NeuralSettings`, and the states of a step."""

    mean_capital_batch: Count = 16  # M, values of K in a step
    capital_batch: Count = 32  # N, values of a firm's capital for each of them
