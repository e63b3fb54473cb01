"""One interface for whatever firms use to forecast: log-linear rules, small networks."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules


class ForecastRules(tf.Module, abc.ABC):
    """(aggregate state, K) -> (K', p), or more prices. All that an update changes is held in tf.Variables."""

    @abc.abstractmethod
    def __call__(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Returns next period's mean capital and each of today's prices, [...] from indices [...] and K [...]."""

    @abc.abstractmethod
    def start_from(self, lines: LogLinearRules) -> None:
        """Takes over lines, before the first update."""

    @abc.abstractmethod
    def update(
        self,
        aggregate: np.ndarray,
        mean_capital: np.ndarray,
        mean_capital_next: np.ndarray,
        price: np.ndarray,
    ) -> float:
        """Moves the rules towards simulated outcomes, all [T]; of several prices [P, T].

        Returns:
          Largest distance, in logs and over the T observations, of the rules before to the rules that fit best.

        Raises:
          TrainingDiverged: if the outcomes leave no usable rule.
        """

    def forget(self) -> None:
        """Forgets earlier updates where later ones build on them; for when outcomes come from elsewhere."""
