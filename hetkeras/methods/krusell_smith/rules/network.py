"""Forecast rules by a small network: log-linear lines by aggregate state plus a smooth correction of each.

Outcomes are K' and P prices.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.optimize
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules

ITERATIONS = 500  # of L-BFGS in an update


class NetworkRules(ForecastRules):
    """log K' and log prices are lines in log K plus tables of a network of log K, fitted by L-BFGS.

    The network has one hidden layer of tanh nodes and an output for each aggregate state and variable.

    Args:
      lines: rules that the corrections are added to; they are updated first.
      bounds: range of mean capital.
      damping: share of the way to the best correction that an update goes.
      width: nodes of the hidden layer.
      decay: penalty on squared weights; keeps states that are seldom visited near their lines.
      seed: of the first weights.
    """

    def __init__(
        self,
        lines: LogLinearRules,
        bounds: tuple[float, float],
        damping: float = 1.0,
        width: int = 8,
        decay: float = 1e-9,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.lines, self.damping, self.decay = lines, damping, decay
        logs = np.log(bounds)
        self._centre, self._scale = logs.mean(), np.ptp(logs) / 2
        outputs = math.prod(lines.coefficients.shape[:2])
        self._shapes = ((1, width), (width,), (width, outputs), (outputs,))
        draws = np.random.default_rng(seed)
        first = [draws.normal(size=shape) for shape in self._shapes[:2]]
        start = [*first, *(np.zeros(shape) for shape in self._shapes[2:])]  # no correction at first
        self.parameters = tf.Variable(np.concatenate([part.ravel() for part in start]), trainable=False)
        self._misfit = graph(self._loss_and_gradient)

    def __call__(self, aggregate: tf.Tensor, mean_capital: tf.Tensor) -> tuple[tf.Tensor, ...]:
        lines = self.lines(aggregate, mean_capital)
        table = tf.cast(self._table(self.parameters.value(), tf.math.log(mean_capital)), mean_capital.dtype)
        chosen = tf.gather(table, aggregate, axis=-2, batch_dims=len(mean_capital.shape))
        return tuple(line * tf.exp(chosen[..., part]) for part, line in enumerate(lines))

    def start_from(self, lines: LogLinearRules) -> None:
        self.lines.start_from(lines)

    def update(
        self, aggregate: np.ndarray, mean_capital: np.ndarray, mean_capital_next: np.ndarray, price: np.ndarray
    ) -> float:
        before = self._logs(aggregate, mean_capital)
        self.lines.update(aggregate, mean_capital, mean_capital_next, price)
        lines = np.log([tensor.numpy() for tensor in self.lines(tf.constant(aggregate), tf.constant(mean_capital))])
        left = np.log(np.vstack([mean_capital_next, price])) - lines  # what the lines leave to the corrections
        if not np.isfinite(left).all():
            raise TrainingDiverged(
                "simulated mean capital or prices are not finite: the simulation left the domain of the model. Start "
                "from better rules"
            )
        start = self.parameters.numpy()
        data = [tf.constant(array) for array in (aggregate, np.log(mean_capital), left.T)]
        best = scipy.optimize.minimize(
            lambda parameters: tuple(tensor.numpy() for tensor in self._misfit(tf.constant(parameters), *data)),
            start,
            method="L-BFGS-B",
            jac=True,
            options={"maxiter": ITERATIONS, "ftol": 1e-15, "gtol": 1e-10},
        )
        self.parameters.assign(start + self.damping * (best.x - start))
        return float(np.abs(self._logs(aggregate, mean_capital) - before).max())

    def forget(self) -> None:
        self.lines.forget()

    def _loss_and_gradient(
        self, parameters: tf.Tensor, aggregate: tf.Tensor, logs: tf.Tensor, left: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Mean squared error of the corrections of what the lines leave [T, 1 + P], relative to the largest."""
        scale = tf.maximum(tf.reduce_max(tf.abs(left)), 1e-12)
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            error = (tf.gather(self._table(parameters, logs), aggregate, axis=1, batch_dims=1) - left) / scale
            loss = tf.reduce_mean(error**2) + self.decay * tf.reduce_sum(parameters**2)
        return loss, tape.gradient(loss, parameters)

    def _table(self, parameters: tf.Tensor, logs: tf.Tensor) -> tf.Tensor:
        """Corrections of log K' and log prices in all aggregate states, [..., A, 1 + P] from log K [...]."""
        parts = tf.split(parameters, [int(np.prod(shape)) for shape in self._shapes])
        first, bias, last, level = (tf.reshape(p, shape) for p, shape in zip(parts, self._shapes, strict=True))
        inputs = (tf.cast(logs, tf.float64)[..., None, None] - self._centre) / self._scale
        nodes = tf.tanh(inputs * first + bias)  # [..., 1, width]
        shape = tf.concat([tf.shape(logs), (-1, self.lines.coefficients.shape[0])], 0)
        return tf.reshape(nodes @ last + level, shape)

    def _logs(self, aggregate: np.ndarray, mean_capital: np.ndarray) -> np.ndarray:
        found = self(tf.constant(aggregate, tf.int32), tf.constant(mean_capital, tf.float64))
        return np.log([tensor.numpy() for tensor in found])
