"""Settings of the jump-diffusion method."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Literal

from hetkeras.errors import CalibrationError
from hetkeras.settings import Batch, Many, NotNegative, Positive, Settings, Share, Steps
from hetkeras.training.gauss_newton import GaussNewtonRule

OWN = {
    "adam": ("learning_rate", "warmup_steps"),
    "gauss_newton": ("newton_rate", "damping", "last_damping", "momentum", "longest_step", "averaged"),
}
"""Names of settings that matter for one way to train alone."""


@dataclasses.dataclass(frozen=True)
class JumpSettings(Settings):
    """The learning rate of Adam rises during the warm-up and falls to zero along a cosine.

    The rate of Gauss-Newton falls like that after a fifth of the steps; `GaussNewtonRule` says what its settings mean.
    """

    num_steps: Steps = 4000
    learning_rate: Positive = 3e-3
    warmup_steps: int = 100
    batch_size: Batch = 128  # B, half of it on own paths
    own_paths: Share = 0.5  # share of the batch that follows the policy, jumps realized; the rest is drawn afresh
    span: Positive = 0.2  # time that own paths move in a step
    reset_probability: Share = 0.01  # with which an own path begins anew in a step
    difference_step: Positive = 0.01  # of time, for the generator of the diffusion
    pair_weight: NotNegative = 1.0  # of the equation of single gains, see `hjb_loss.pair_loss`
    flip_draws: Many = 0  # flips in each of two random subsets that stand for all; 0 takes all flips
    update: Literal["adam", "gauss_newton"] = "adam"
    newton_rate: Share = 0.3  # this and all that follow are of Gauss-Newton
    damping: Positive = 0.01  # lambda, at the start
    last_damping: Positive = 0.1
    momentum: Share = 0.9  # mu
    longest_step: Positive = 1.0
    averaged: Share = 0.3

    def in_use(self) -> dict[str, Any]:
        """Name -> setting, without those of the other way to train."""
        others = {name for update, names in OWN.items() if update != self.update for name in names}
        return {name: value for name, value in dataclasses.asdict(self).items() if name not in others}

    @classmethod
    def refuse_others(cls, update: str, names: Iterable[str]) -> None:
        """Refuses settings that would change nothing.

        Raises:
          CalibrationError: naming the first that is of another way to train.
        """
        for other, own in OWN.items():
            for name in names:
                if other != update and name in own:
                    raise CalibrationError(
                        f"--solver={name} is of update={other} and update is {update}; expected "
                        f"{', '.join(OWN[update])}, or --solver=update={other} beside it"
                    )

    @property
    def gauss_newton(self) -> GaussNewtonRule | None:
        """What Gauss-Newton is told; None where Adam trains."""
        if self.update == "adam":
            return None
        return GaussNewtonRule(
            num_steps=self.num_steps,
            rate=self.newton_rate,
            damping=self.damping,
            last_damping=self.last_damping,
            momentum=self.momentum,
            longest_step=self.longest_step,
            averaged=self.averaged,
        )

    def violations(self) -> Iterable[str]:
        if self.update == "adam" and not 0 <= self.warmup_steps < self.num_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below num_steps {self.num_steps}"
        if self.update == "gauss_newton" and self.flip_draws:
            yield f"flip_draws is {self.flip_draws}: noise to Gauss-Newton; expected 0, or update=adam"
        if self.batch_size % 2 or round(self.own_paths * self.batch_size) % 2:
            yield f"batch_size {self.batch_size} and its own_paths {self.own_paths} must give even numbers of states"
