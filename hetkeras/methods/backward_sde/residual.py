"""Residual of the equation of a value by differences of the value alone, in time and in every state."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.methods.backward_sde.backward_equation import ValueFunction

REACH = 0.05  # share of the horizon over which differences are taken; of its root times volatility for states


def equation_residual(
    model: TerminalValueDiffusion, function: ValueFunction, time: tf.Tensor, state: tf.Tensor
) -> np.ndarray:
    """u_t + 1/2 sum sigma^2 u_dd + mu . grad u + f: [n], at times [n] at least REACH / 2 T from 0 and T.

    Args:
      model: the economics.
      function: of which only the value is asked.
      time: [n]; state: [n, D].
    """
    span = REACH / 2 * model.horizon
    count = state.shape[1]
    volatility, drift = model.volatility(time, state), model.drift(time, state)
    reach = tf.sqrt(tf.constant(REACH * model.horizon, state.dtype)) * volatility
    moves = tf.eye(count, dtype=state.dtype)[:, None] * reach  # [D, n, D]

    def value(at: tf.Tensor, where: tf.Tensor) -> np.ndarray:
        flat = tf.reshape(tf.broadcast_to(at, where.shape[:-1]), (-1,)), tf.reshape(where, (-1, count))
        return np.asarray(function(*flat)[0], float).reshape(where.shape[:-1])

    here, up, down = value(time, state), value(time, state + moves), value(time, state - moves)
    by_time = (value(time + span, state) - value(time - span, state)) / (2 * span)
    sizes = np.asarray(reach, float).T
    slope = np.divide(up - down, 2 * sizes, out=np.zeros_like(up), where=sizes > 0).T
    bend = np.sum(up + down - 2 * here, 0) / (2 * REACH * model.horizon)
    loading = tf.constant(np.asarray(volatility) * slope, state.dtype)
    earned = np.asarray(model.driver(time, state, tf.constant(here, state.dtype), loading), float)
    return by_time + bend + np.sum(np.asarray(drift) * slope, -1) + earned
