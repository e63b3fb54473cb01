"""Linear-quadratic control with a cost of effort and a terminal cost (Han, Jentzen and E 2018, eq. 10 to 12).

State            dx = 2 sqrt(lambda) m dt + sqrt(2) dW,  m the control        (eq. 10)
Cost             E[ int_0^T |m|^2 dt + g(x_T) ],  g = log((1 + |x|^2) / 2)
HJB equation     u_t + Laplacian u - lambda |grad u|^2 = 0                    (eq. 11)
Exact value      u = -1/lambda log E[ exp(-lambda g(x + sqrt(2) W_{T - t})) ]  (eq. 12)

The best control is -sqrt(lambda) grad u.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Annotated

import numpy as np
import tensorflow as tf
from annotated_types import Interval

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.references.terminal_value.lq_value import lq_value


@dataclasses.dataclass(frozen=True)
class LQControl(TerminalValueDiffusion):
    """Fields are the calibration; the state starts at the origin."""

    dimension: Annotated[int, Interval(ge=1, le=10_000)] = 100  # d
    control_strength: Annotated[float, Interval(ge=0.05, le=100)] = 1.0  # lambda
    horizon: Annotated[float, Interval(gt=0, le=100)] = 1.0  # T

    @property
    def initial_state(self) -> np.ndarray:
        return np.zeros(self.dimension)

    @property
    def units(self) -> Mapping[str, str]:
        return {
            "time": "units of time",
            "state": "distance from the target",
            "value": "least expected cost from here on",
            "gradient": "cost per unit of distance",
        }

    def volatility(self, time: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        del time
        return math.sqrt(2.0) * tf.ones_like(state)

    def driver(self, time: tf.Tensor, state: tf.Tensor, value: tf.Tensor, loading: tf.Tensor) -> tf.Tensor:
        del time, state, value
        return -self.control_strength / 2 * tf.reduce_sum(tf.square(loading), -1)

    def terminal_value(self, state: tf.Tensor) -> tf.Tensor:
        return tf.math.log((1 + tf.reduce_sum(tf.square(state), -1)) / 2)

    def exact_value(self, time: np.ndarray, state: np.ndarray) -> np.ndarray:
        squared = np.sum(np.square(np.asarray(state, float)), -1)
        return lq_value(self.horizon - np.asarray(time, float), squared, self.dimension, self.control_strength)
