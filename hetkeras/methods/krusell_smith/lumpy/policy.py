"""What a simulation of firms asks of a solution, whatever method found it."""

from __future__ import annotations

import abc
from typing import Any

import tensorflow as tf


class FirmPolicy(abc.ABC):
    """Choices of firms given the aggregate state and any price; axes B economies, E productivities, P points."""

    @abc.abstractmethod
    def forecast(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """What firms expect: next period's mean capital [B] and today's prices [B], from indices and K [B]."""

    @abc.abstractmethod
    def outlook(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> Any:
        """All that a period's choices need and that does not depend on the price, from indices and K [B]."""

    @abc.abstractmethod
    def continuation(self, outlook: Any, capital_next: tf.Tensor) -> tf.Tensor:
        """Discounted expected value of carrying over capital [B, P], up to a constant by B and E: [B, E, P]."""

    @abc.abstractmethod
    def target(self, outlook: Any, price: tf.Tensor) -> tf.Tensor:
        """Capital that firms choose if they choose at a price of goods [B]: [B, E]."""
