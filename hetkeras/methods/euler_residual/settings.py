"""Settings of the Euler-residual solver."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated

from annotated_types import Ge, Gt, Interval

from hetkeras.calibration import Calibration


@dataclasses.dataclass(frozen=True)
class EulerSettings(Calibration):
    """How the Euler equation is solved."""

    num_steps: Annotated[int, Ge(1)] = 600
    batch_size: Annotated[int, Ge(1)] = 32  # B, paths in the panel or points in a batch
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    aggregate_nodes: Annotated[int, Ge(1)] = 3  # Gauss-Hermite nodes for the aggregate shock
    idiosyncratic_draws: int = 1  # 1: concentration of measure; more: antithetic pairs
    reset_probability: Annotated[float, Interval(ge=0, le=1)] = 0.05  # share of paths sent back to X_0 each period
    horizon: Annotated[int, Ge(2)] = 64  # periods of the path on which the networks are standardized
    warmup_steps: int = 60  # steps over which the learning rate rises from zero
    residual_agents: Annotated[int, Ge(1)] = 8  # agents whose equation is taken when actions differ by agent

    def violations(self) -> Iterable[str]:
        if not 0 <= self.warmup_steps < self.num_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below num_steps={self.num_steps}"
        if self.idiosyncratic_draws != 1 and (self.idiosyncratic_draws < 1 or self.idiosyncratic_draws % 2):
            yield f"idiosyncratic_draws is {self.idiosyncratic_draws}; expected 1 or an even number"
