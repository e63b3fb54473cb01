"""Settings of the jump-diffusion method."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hetkeras.calibration import Calibration


@dataclasses.dataclass(frozen=True)
class JumpSettings(Calibration):
    """The learning rate rises during the warm-up and falls to zero along a cosine."""

    num_steps: int = 4000
    learning_rate: float = 3e-3
    warmup_steps: int = 100
    batch_size: int = 128  # B, half of it on own paths
    own_paths: float = 0.5  # share of the batch that follows the policy, jumps realized; the rest is drawn afresh
    span: float = 0.2  # time that own paths move in a step
    reset_probability: float = 0.01  # with which an own path begins anew in a step
    difference_step: float = 0.01  # of time, for the generator of the diffusion
    pair_weight: float = 1.0  # of the equation of single gains, see `hjb_loss.pair_loss`
    flip_draws: int = 0  # flips in each of two random subsets that stand for all; 0 takes all flips

    def violations(self) -> Iterable[str]:
        for name in ("num_steps", "batch_size"):
            if getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name)}; expected at least 1"
        for name in ("learning_rate", "span", "difference_step"):
            if getattr(self, name) <= 0:
                yield f"{name} is {getattr(self, name)}; expected above 0"
        if not 0 <= self.warmup_steps < self.num_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below num_steps {self.num_steps}"
        if self.pair_weight < 0:
            yield f"pair_weight is {self.pair_weight}; expected at least 0"
        if self.flip_draws < 0:
            yield f"flip_draws is {self.flip_draws}; expected 0 for all flips, or their number in a subset"
        for name in ("own_paths", "reset_probability"):
            if not 0 <= getattr(self, name) <= 1:
                yield f"{name} is {getattr(self, name)}; expected a share"
        if self.batch_size % 2 or round(self.own_paths * self.batch_size) % 2:
            yield f"batch_size {self.batch_size} and its own_paths {self.own_paths} must give even numbers of states"
