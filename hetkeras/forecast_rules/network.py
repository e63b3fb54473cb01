"""Forecast rules by a small network: log-linear lines by aggregate state plus a smooth correction of each."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from hetkeras.errors import TrainingDiverged
from hetkeras.forecast_rules.base import ForecastRules
from hetkeras.forecast_rules.log_linear import LogLinearRules
from hetkeras.layers.value_table import ValueTable

ITERATIONS = 200  # of L-BFGS in an update


class NetworkRules(ForecastRules):
    """log K' and log p are lines in log K plus tables of a network of log K, fitted by L-BFGS.

    Args:
      lines: rules that the corrections are added to; they are updated first.
      bounds: range of mean capital.
      damping: share of the way to the best correction that an update goes.
      width: nodes of the hidden layer.
      decay: penalty on squared weights; keeps states that are seldom visited near their lines.
    """

    def __init__(
        self,
        lines: LogLinearRules,
        bounds: tuple[float, float],
        damping: float = 1.0,
        width: int = 8,
        decay: float = 1e-9,
    ) -> None:
        super().__init__()
        self.lines, self.damping, self.decay = lines, damping, decay
        logs = np.log(bounds)
        states = lines.coefficients.shape[1]
        self._table = ValueTable((states, 2), (width,), (logs.mean(),), (np.ptp(logs) / 2,), 1e-3, dtype="float64")
        self._table.build((None, 1))
        self.weights = [variable.value for variable in self._table.trainable_variables]

    def __call__(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        lines = self.lines(aggregate, mean_capital)
        logs = tf.cast(tf.math.log(mean_capital), tf.float64)[..., None]
        table = tf.cast(self._table(logs), mean_capital.dtype)
        chosen = tf.gather(table, aggregate, axis=-2, batch_dims=len(mean_capital.shape))
        return tuple(line * tf.exp(chosen[..., part]) for part, line in enumerate(lines))

    def update(
        self, aggregate: np.ndarray, mean_capital: np.ndarray, mean_capital_next: np.ndarray, price: np.ndarray
    ) -> float:
        before = self._logs(aggregate, mean_capital)
        self.lines.update(aggregate, mean_capital, mean_capital_next, price)
        lines = np.log([tensor.numpy() for tensor in self.lines(tf.constant(aggregate), tf.constant(mean_capital))])
        left = np.log([mean_capital_next, price]) - lines  # what the lines leave to the corrections
        self._fit(aggregate, np.log(mean_capital), left.T)
        return float(np.abs(self._logs(aggregate, mean_capital) - before).max())

    def _fit(self, aggregate: np.ndarray, logs: np.ndarray, left: np.ndarray) -> None:
        shapes = [weight.shape for weight in self.weights]
        sizes = [shape.num_elements() for shape in shapes]
        start = tf.concat([tf.reshape(weight, (-1,)) for weight in self.weights], 0)
        scale = float(np.abs(left).max()) or 1.0

        def assign(flat: tf.Tensor) -> None:
            for weight, part, shape in zip(self.weights, tf.split(flat, sizes), shapes, strict=True):
                weight.assign(tf.reshape(part, shape))

        @tf.function
        def loss_and_gradient(flat: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            assign(flat)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(self.weights)
                table = self._table(tf.constant(logs)[:, None])
                error = (tf.gather(table, tf.constant(aggregate), axis=1, batch_dims=1) - left) / scale
                loss = tf.reduce_mean(error**2) + self.decay * sum(tf.reduce_sum(w**2) for w in self.weights)
            gradients = tape.gradient(loss, self.weights)
            return loss, tf.concat([tf.reshape(gradient, (-1,)) for gradient in gradients], 0)

        found = tfp.optimizer.lbfgs_minimize(loss_and_gradient, start, max_iterations=ITERATIONS).position
        if not np.isfinite(found.numpy()).all():
            raise TrainingDiverged(
                "the network of the forecast rules does not fit the simulation: its weights are not finite. Start from "
                "better rules, or use --rules=log_linear"
            )
        assign(start + self.damping * (found - start))

    def _logs(self, aggregate: np.ndarray, mean_capital: np.ndarray) -> np.ndarray:
        found = self(tf.constant(aggregate, tf.int32), tf.constant(mean_capital, tf.float64))
        return np.log([tensor.numpy() for tensor in found])
