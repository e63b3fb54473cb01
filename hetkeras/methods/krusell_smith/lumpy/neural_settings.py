"""Settings of the neural Krusell-Smith method where firms make one choice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.methods.krusell_smith.neural_settings import NeuralSettings


@dataclasses.dataclass(frozen=True)
class KrusellSmithSettings(NeuralSettings):
    """As `NeuralSettings`, and the states of a step."""

    mean_capital_batch: int = 16  # M, values of K in a step
    capital_batch: int = 32  # N, values of a firm's capital for each of them

    def violations(self) -> Iterable[str]:
        yield from super().violations()
        for name in ("mean_capital_batch", "capital_batch"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}; expected at least 1"
