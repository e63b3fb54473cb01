"""What a neural Krusell-Smith method trains: networks, and two losses on sampled states.

A loss comes in two parts: targets, which one step computes and several may use, and the distance to them.
"""

from __future__ import annotations

import abc
from typing import Any

import keras
import tensorflow as tf

from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.training.loss_output import LossOutput


class KrusellSmithNetworks(tf.Module, abc.ABC):
    """Networks for value and choices, given the forecast rules.

    Args:
      rules: what firms expect; their updates are seen at once.
    """

    policy_metrics: tuple[str, ...] = ("reached",)  # names of the metrics of `policy_fit`

    def __init__(self, rules: ForecastRules) -> None:
        super().__init__()
        self.rules = rules

    @property
    @abc.abstractmethod
    def value_weights(self) -> list[keras.Variable]:
        """What the value loss trains."""

    @property
    @abc.abstractmethod
    def policy_weights(self) -> list[keras.Variable]:
        """What the policy loss trains."""

    @property
    @abc.abstractmethod
    def slow_weights(self) -> list[keras.Variable]:
        """Everything else that changes: target networks."""

    @property
    @abc.abstractmethod
    def value_metrics(self) -> tuple[str, ...]:
        """Names of the metrics of `value_fit`."""

    @abc.abstractmethod
    def value_targets(self, sample: Any) -> Any:
        """What the Bellman operator makes of the target network and the policy."""

    @abc.abstractmethod
    def value_fit(self, sample: Any, targets: Any) -> LossOutput:
        """Distance of the value to its targets, which are held fixed."""

    def policy_targets(self, sample: Any) -> Any:
        """What steps of the policy on one sample share; None where each looks at the value anew."""
        return None

    @abc.abstractmethod
    def policy_fit(self, sample: Any, targets: Any) -> LossOutput:
        """Distance of the policy to what is best at perturbed prices, the value network held fixed."""

    def value_loss(self, sample: Any) -> LossOutput:
        """Distance of the value to what the Bellman operator makes of it now."""
        return self.value_fit(sample, self.value_targets(sample))

    def policy_loss(self, sample: Any) -> LossOutput:
        """Distance of the policy to what is best now."""
        return self.policy_fit(sample, self.policy_targets(sample))

    @abc.abstractmethod
    def follow(self, metrics: dict[str, tf.Tensor]) -> None:
        """Moves the target networks a little after the value network, given the metrics of the value loss."""

    @property
    def weights(self) -> list[keras.Variable]:
        """All that changes but the rules."""
        return [*self.value_weights, *self.policy_weights, *self.slow_weights]


def follow(slow: list[keras.Variable], fast: list[keras.Variable], rate: float) -> None:
    """Soft update: slow <- slow + rate (fast - slow)."""
    for behind, ahead in zip(slow, fast, strict=True):
        behind.assign(behind + rate * (ahead - behind))
