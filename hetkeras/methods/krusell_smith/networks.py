"""What a neural Krusell-Smith method trains: networks, and two losses on sampled states."""

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

    policy_metrics: tuple[str, ...] = ("reached",)  # names of the metrics of `policy_loss`

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
        """Names of the metrics of `value_loss`."""

    @abc.abstractmethod
    def value_loss(self, sample: Any) -> LossOutput:
        """Distance of the value to what the Bellman operator makes of the target network and the policy."""

    @abc.abstractmethod
    def policy_loss(self, sample: Any) -> LossOutput:
        """Minus the value that the policy reaches at perturbed prices, the value network held fixed."""

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
