"""What the settings of all neural Krusell-Smith methods share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Literal

from hetkeras.settings import Count, Many, Noise, Positive, Repeats, Rounds, Settings, Share, Steps


@dataclasses.dataclass(frozen=True)
class NeuralSettings(Settings):
    """A round trains value and policy, simulates and updates the forecast rules (Yokomoto 2026, Algorithm 4).

    While the rules are far from settled, rounds are rough: few periods are simulated, and several steps are taken on
    the Bellman targets of one sample. In each round the learning rate falls from its peak to zero along a cosine.
    """

    first_steps: Steps = 2000  # samples of the first round that is not rough
    round_steps: Steps = 800  # of all others
    max_rounds: Rounds = 12
    rough_rounds: Many = 100  # the most that may be rough, beside half of all
    near: Positive = 2e-3  # largest change of the forecast rules, in logs, from which on no round is rough
    short_periods: Count = 1500  # simulated in rough rounds
    reuse: Repeats = 1  # steps of the value on the targets of one sample in rough rounds; one in all others
    policy_steps: Repeats = 1  # of the policy on one sample
    tolerance: Positive = 5e-4  # largest change of the forecast rules, in logs, at which the method ends
    value_steps: Repeats = 1  # of the value to a sample of the policy, at least `reuse`; more where it lags behind
    value_optimizer: Literal["adam", "muon"] = "adam"  # of the value; muon: for its kernels, Adam for biases
    first_rate: Positive = 2e-3  # peak learning rate of the first round
    round_rate: Positive = 1e-3
    warmup_steps: int = 100  # of the first round
    price_noise: Noise = 0.02  # delta, relative half-width of prices around the expected one
    explored: Share = 0.5  # share of states drawn evenly over the whole domain; the rest follow the simulation

    def violations(self) -> Iterable[str]:
        if not 0 <= self.warmup_steps < self.first_steps:
            yield f"warmup_steps is {self.warmup_steps}; expected from 0 to below first_steps {self.first_steps}"
        if self.near < self.tolerance:
            yield f"near is {self.near}; expected no less than tolerance {self.tolerance}"

    @property
    def num_steps(self) -> int:
        """The most steps that there can be."""
        return self.first_steps + (self.max_rounds - 1) * self.round_steps
