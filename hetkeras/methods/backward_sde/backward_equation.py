"""The backward equation along paths: what a value must be, given what follows on its path.

u(t, x_t) = g(x_T) + int_t^T f ds - int_t^T z dW on every path, with z = sigma grad u. The right-hand side has the right
mean whatever z is, for the last integral is a martingale, and no variance at the solution.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.errors import ShapeError
from hetkeras.methods.backward_sde.paths import Paths
from hetkeras.training.loss_output import LossOutput

ValueFunction = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
"""(time [n], state [n, D]) -> value [n] and gradient [n, D]."""


def path_values(model: TerminalValueDiffusion, function: ValueFunction, paths: Paths) -> tuple[tf.Tensor, tf.Tensor]:
    """A value along paths, and what follows on each path in its place.

    Returns:
      u, [N + 1, B], and g(x_T) + int f ds - int z dW from each time on, [N, B]: f by the trapezoidal rule.

    Raises:
      ShapeError: if states are not [N + 1, B, D] with increments [N, B, D].
    """
    shape = paths.state.shape
    if shape.rank != 3 or paths.increments.shape != (shape[0] - 1, *shape[1:]):
        raise ShapeError(
            f"path_values got states {tuple(shape)} and increments {tuple(paths.increments.shape)}; expected "
            "[N + 1, B, D] and [N, B, D]"
        )
    time, state = tf.reshape(paths.time, (-1,)), tf.reshape(paths.state, (-1, shape[2]))
    value, gradient = function(time, state)
    loading = model.volatility(time, state) * gradient
    driver = tf.reshape(model.driver(time, state, value, loading), shape[:2])
    loading = tf.reshape(loading, shape)
    earned = paths.span / 2 * (driver[1:] + driver[:-1])
    moved = tf.reduce_sum(loading[:-1] * paths.increments, -1)
    following = model.terminal_value(paths.state[-1]) + tf.cumsum(earned - moved, 0, reverse=True)
    return tf.reshape(value, shape[:2]), following


def backward_loss(
    value: tf.Tensor, following: tf.Tensor, scale: tf.Tensor, through: tf.Tensor, at_start: tf.Tensor
) -> LossOutput:
    """Mean squared distance of a value [N + 1, B] to what follows [N, B], in units of `scale`.

    While gradients go through what follows too, they take variance away from it, but on a grid of times they pull z
    towards its mean over a step. With none of that the mean of what follows is what the value is drawn to.

    Args:
      value: u; following: see `path_values`.
      scale: of the value.
      through: share of gradients that go through what follows, a scalar from 0 to 1.
      at_start: weights of paths at the first date, beside its place among all dates, [B].
    """
    aim = through * following + (1 - through) * tf.stop_gradient(following)
    squares = tf.square((value[:-1] - aim) / scale)
    whole = tf.reduce_mean(squares)
    loss = whole + tf.reduce_mean(at_start * squares[0])
    return LossOutput(loss, {"value_at_start": value[0, 0], "distance_rms": tf.sqrt(whole)})
