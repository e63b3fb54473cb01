"""log K' = a_K(z) + b_K(z) log K and log p = a_p(z) + b_p(z) log K (Yokomoto 2026, eqs. 28-29, specific to z).

Each further price has a line of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.firms import Firms
from hetkeras.methods.krusell_smith.rules.anderson import Anderson
from hetkeras.methods.krusell_smith.rules.base import ForecastRules

USUAL = {"capital": 0.8, "price": -0.4, "others": 0.4}  # slopes in log K: of log K', the log price of goods, log wages
FEWEST = 10  # observations of an aggregate state for a slope of its own; with fewer it has that of all states


class LogLinearRules(ForecastRules):
    """One line for each aggregate state, updated by regressions.

    Args:
      capital: intercept and slope of log K', [A, 2].
      price: intercept and slope of log p, [A, 2], or of P prices, [P, A, 2]; None where they need no lines.
      damping: share of the way to the regression that an update goes.
      memory: past updates that Anderson acceleration combines; 0 for plain damping.
    """

    def __init__(self, capital: np.ndarray, price: np.ndarray | None, damping: float = 1.0, memory: int = 3) -> None:
        super().__init__()
        prices: Sequence[np.ndarray] = () if price is None else [*np.reshape(price, (-1, *np.shape(capital)))]
        lines = np.stack([capital, *prices])
        self.coefficients = tf.Variable(lines, dtype=tf.float64, trainable=False)
        self._mixing = Anderson(self.coefficients.shape.num_elements(), memory, damping)

    @classmethod
    def around(cls, points: list[tuple[float, ...]], damping: float = 1.0, memory: int = 3) -> LogLinearRules:
        """First guess: lines with usual slopes through rest points (K, p, ...), one for each aggregate state."""
        capital, *prices = (np.log(np.array(column)) for column in zip(*points, strict=True))

        def line(intercept: np.ndarray, slope: float) -> np.ndarray:
            return np.stack([intercept, np.full(len(points), slope)], -1)

        slopes = [USUAL["price"], *(USUAL["others"] for _ in prices[1:])]
        of_prices = [line(price - slope * capital, slope) for price, slope in zip(prices, slopes, strict=True)]
        of_capital = line((1 - USUAL["capital"]) * capital, USUAL["capital"])
        return cls(of_capital, np.stack(of_prices), damping, memory)

    def __call__(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        logs = tf.math.log(mean_capital)
        lines = tf.gather(tf.cast(self.coefficients, mean_capital.dtype), aggregate, axis=1)
        return tuple(tf.unstack(tf.exp(lines[..., 0] + lines[..., 1] * logs)))

    def start_from(self, lines: LogLinearRules) -> None:
        self.coefficients.assign(lines.coefficients)

    def update(
        self, aggregate: np.ndarray, mean_capital: np.ndarray, mean_capital_next: np.ndarray, price: np.ndarray
    ) -> float:
        old = self.coefficients.numpy()
        if not (np.isfinite(mean_capital).all() and np.min(mean_capital) > 0):
            raise TrainingDiverged(
                "simulated mean capital is not finite and positive everywhere: the simulation left the domain of the "
                "model. Start from better rules"
            )
        logs = np.log(mean_capital)
        fitted = self._regressions(aggregate, logs, np.log(np.vstack([mean_capital_next, price])[: len(old)]))
        if not np.isfinite(fitted).all():
            raise TrainingDiverged(
                "the regressions of the forecast rules are not finite: the simulation left the domain of the model. "
                "Start from better rules or a wider mean_capital range"
            )
        change = fitted - old
        distance = np.abs(change[:, aggregate, 0] + change[:, aggregate, 1] * logs).max()
        self.coefficients.assign(self._mixing.step(old.ravel(), fitted.ravel()).reshape(old.shape))
        return float(distance)

    def forget(self) -> None:
        self._mixing.forget()

    def _regressions(self, aggregate: np.ndarray, logs: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
        """Lines that fit best, [1 + P, A, 2]; a state that is never seen keeps its own."""
        fitted = self.coefficients.numpy()
        common = _common_slopes(aggregate, logs, outcomes)
        for state in np.unique(aggregate):
            seen = aggregate == state
            if seen.sum() >= FEWEST:
                design = np.stack([np.ones(seen.sum()), logs[seen]], -1)
                fitted[:, state] = np.linalg.lstsq(design, outcomes[:, seen].T, rcond=None)[0].T
            else:
                intercepts = outcomes[:, seen].mean(1) - common * logs[seen].mean()
                fitted[:, state] = np.stack([intercepts, common], -1)
        return fitted


def _common_slopes(aggregate: np.ndarray, logs: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """Slopes [1 + P] of all outcomes in log K that all states share, each with an intercept of its own."""
    states = np.unique(aggregate)
    design = np.column_stack([logs, *((aggregate == state) for state in states)]).astype(float)
    return np.linalg.lstsq(design, outcomes.T, rcond=None)[0][0]


def rules_at_rest(model: Firms, damping: float = 1.0, memory: int = 3) -> LogLinearRules:
    """Log-linear rules through the rest points of the frictionless economy."""
    points = [model.frictionless_steady_state(float(state)) for state in model.aggregate_chain.values]
    return LogLinearRules.around(points, damping, memory)
