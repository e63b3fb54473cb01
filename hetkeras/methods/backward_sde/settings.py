"""Settings of the backward equation's solver."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated, Literal

from annotated_types import Interval

from hetkeras.settings import Batch, NotNegative, Positive, Settings, Share, Steps


@dataclasses.dataclass(frozen=True)
class BackwardSettings(Settings):
    """The learning rate rises during the warm-up and falls to zero along a cosine."""

    num_steps: Steps = 2000
    learning_rate: Positive = 1e-2
    warmup_steps: int = 30
    batch_size: Batch = 64  # paths in a step, in antithetic pairs
    beside_share: Share = 0.25  # of the paths, which begin beside the initial state
    time_steps: Annotated[int, Interval(ge=1, le=10_000)] = 16  # N, in which a path gets to the horizon
    increments: Literal["fitting", "two_point", "normal"] = "fitting"  # of W; see `increments`
    through_share: Positive = 0.5  # of the steps, in which gradients through what follows fade; see `backward_loss`
    start_weight: NotNegative = 1.0  # of the initial state, beside that of all dates together

    @property
    def pairs_at_start(self) -> int:
        """Antithetic pairs of paths that begin at the initial state, at least one."""
        return max(1, round((1 - self.beside_share) * self.batch_size / 2))

    def violations(self) -> Iterable[str]:
        if not 0 <= self.warmup_steps < self.num_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below num_steps {self.num_steps}"
        if self.batch_size % 2:
            yield f"batch_size is {self.batch_size}; expected an even number, for antithetic pairs"
