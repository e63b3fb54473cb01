"""log K' = a(z) + b(z) log K where the price follows from z and K, and nobody need learn it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.firms import Firms
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules

SLOPE = 0.95  # of log K' in log K, at first
DAMPING = 0.5  # what people save answers more than one to one to what they expect


class ImpliedPriceRules(LogLinearRules):
    """One line for each aggregate state, updated by regressions.

    Args:
      capital: intercept and slope of log K', [A, 2].
      price: (indices [...], K [...]) -> [...].
      damping, memory: as of `LogLinearRules`.
    """

    def __init__(
        self,
        capital: np.ndarray,
        price: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        damping: float = DAMPING,
        memory: int = 3,
    ) -> None:
        super().__init__(capital, None, damping, memory)
        self._price = price

    @classmethod
    def at_rest(
        cls,
        model: Firms,
        price: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        damping: float = DAMPING,
        memory: int = 3,
    ) -> Self:
        """First guess: lines with one slope through the rest points of the economy without risk."""
        logs = np.log([model.frictionless_steady_state(float(z))[0] for z in model.aggregate_chain.values])
        return cls(np.stack([(1 - SLOPE) * logs, np.full(len(logs), SLOPE)], -1), price, damping, memory)

    def __call__(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        lines = tf.gather(tf.cast(self.coefficients[0], mean_capital.dtype), aggregate)
        following = tf.exp(lines[..., 0] + lines[..., 1] * tf.math.log(mean_capital))
        return following, self._price(aggregate, mean_capital)
