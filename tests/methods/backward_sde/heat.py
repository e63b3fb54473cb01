"""A diffusion whose value is known in closed form: g = |x|^2 without a driver, u = |x|^2 + 2 d (T - t)."""

import dataclasses

import numpy as np
import tensorflow as tf

import hetkeras as hk


@dataclasses.dataclass(frozen=True)
class Heat(hk.TerminalValueDiffusion):
    dimension: int = 3
    horizon: float = 0.5

    @property
    def initial_state(self):
        return np.ones(self.dimension)

    def volatility(self, time, state):
        return 2**0.5 * tf.ones_like(state)

    def driver(self, time, state, value, loading):
        return tf.zeros_like(value)

    def terminal_value(self, state):
        return tf.reduce_sum(tf.square(state), -1)

    def exact_value(self, time, state):
        return np.sum(state**2, -1) + 2 * self.dimension * (self.horizon - time)


def exact(model):
    """The value and its gradient in closed form."""
    return lambda time, state: (tf.reduce_sum(state**2, -1) + 2 * model.dimension * (model.horizon - time), 2 * state)
