"""Settings of the Euler-residual solver."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated

from annotated_types import Interval

from hetkeras.settings import Batch, Count, Positive, Settings, Share, Steps

Draws = Annotated[int, Interval(ge=1, le=10_000)]


@dataclasses.dataclass(frozen=True)
class EulerSettings(Settings):
    """How the Euler equation is solved."""

    num_steps: Steps = 600
    batch_size: Batch = 32  # B, paths in the panel or points in a batch
    learning_rate: Positive = 1e-3
    aggregate_nodes: Annotated[int, Interval(ge=1, le=64)] = 3  # Gauss-Hermite nodes for the aggregate shock
    idiosyncratic_draws: Draws = 1  # 1: concentration of measure; more: antithetic pairs
    reset_probability: Share = 0.05  # share of paths sent back to X_0 each period
    horizon: Annotated[int, Interval(ge=2, le=100_000)] = 64  # periods of the path that standardizes the networks
    warmup_steps: int = 60  # steps over which the learning rate rises from zero
    residual_agents: Count = 8  # agents whose equation is taken when actions differ by agent

    def violations(self) -> Iterable[str]:
        if not 0 <= self.warmup_steps < self.num_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below num_steps={self.num_steps}"
        if self.idiosyncratic_draws != 1 and self.idiosyncratic_draws % 2:
            yield f"idiosyncratic_draws is {self.idiosyncratic_draws}; expected 1 or an even number"
