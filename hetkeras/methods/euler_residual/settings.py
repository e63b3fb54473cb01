"""Settings of the Euler-residual solver."""

from __future__ import annotations

import dataclasses

from hetkeras.errors import CalibrationError


@dataclasses.dataclass(frozen=True)
class EulerSettings:
    """How the Euler equation is solved.

    Raises:
      CalibrationError: listing every setting that is out of range.
    """

    num_steps: int = 600
    batch_size: int = 32  # B, paths in the panel or points in a batch
    learning_rate: float = 1e-3
    aggregate_nodes: int = 3  # Gauss-Hermite nodes for the aggregate shock
    idiosyncratic_draws: int = 1  # 1: concentration of measure; more: antithetic pairs
    reset_probability: float = 0.05  # share of paths sent back to X_0 each period
    horizon: int = 64  # periods of the path on which the networks are standardised
    warmup_steps: int = 60  # steps over which the learning rate rises from zero
    residual_agents: int = 8  # agents whose equation is taken when actions differ by agent

    def __post_init__(self) -> None:
        least = {"num_steps": 1, "batch_size": 1, "aggregate_nodes": 1, "horizon": 2, "residual_agents": 1}
        problems = [
            f"{k} is {getattr(self, k)}; expected at least {v}" for k, v in least.items() if getattr(self, k) < v
        ]
        if not 0 <= self.warmup_steps < self.num_steps:
            problems.append(f"warmup_steps is {self.warmup_steps}; expected from 0 to below num_steps={self.num_steps}")
        if not 0 <= self.reset_probability <= 1:
            problems.append(f"reset_probability is {self.reset_probability}; expected between 0 and 1")
        if self.idiosyncratic_draws != 1 and (self.idiosyncratic_draws < 1 or self.idiosyncratic_draws % 2):
            problems.append(f"idiosyncratic_draws is {self.idiosyncratic_draws}; expected 1 or an even number")
        if not self.learning_rate > 0:
            problems.append(f"learning_rate is {self.learning_rate}; expected above 0")
        if problems:
            raise CalibrationError("EulerSettings:\n  - " + "\n  - ".join(problems))
