"""A European claim on many assets whose issuer may default (Han, Jentzen and E 2018, "Nonlinear Black-Scholes").

Assets      dx = mu x dt + sigma x dW, independent
Claim       pays the least of the assets at T: g = min x
Default     at the rate Q(u), which falls in the claim's value; a share delta of the value is recovered
Driver      f = -(1 - delta) Q(u) u - R u
Rate        Q = gamma_h below v_h, gamma_l from v_l on, and linear between

With d = 100, T = 1 and the values below, the paper's network tells u(0, x_0) = 57.300; nothing exact is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Annotated

import numpy as np
import tensorflow as tf
from annotated_types import Ge, Gt, Interval

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion


@dataclasses.dataclass(frozen=True)
class DefaultRisk(TerminalValueDiffusion):
    """Fields are the calibration; time is in years."""

    dimension: Annotated[int, Interval(ge=1, le=10_000)] = 100  # d
    horizon: Annotated[float, Interval(gt=0, le=100)] = 1.0  # T
    initial_price: Annotated[float, Gt(0)] = 100.0  # of each asset
    growth: float = 0.02  # mu bar
    risk: Annotated[float, Gt(0)] = 0.2  # sigma bar
    interest_rate: float = 0.02  # R
    recovery: Annotated[float, Interval(ge=0, le=1)] = 2 / 3  # delta
    high_rate: Annotated[float, Ge(0)] = 0.2  # gamma_h, of default, where the value is low
    low_rate: Annotated[float, Ge(0)] = 0.02  # gamma_l, where the value is high
    low_value: float = 50.0  # v_h, up to which the rate is high
    high_value: float = 70.0  # v_l, from which on it is low

    def violations(self) -> Iterable[str]:
        if not self.low_value < self.high_value:
            yield f"low_value is {self.low_value}; expected below high_value {self.high_value}"

    @property
    def initial_state(self) -> np.ndarray:
        return np.full(self.dimension, self.initial_price)

    @property
    def units(self) -> Mapping[str, str]:
        return {
            "time": "years",
            "state": "price of an asset",
            "value": "price of the claim",
            "gradient": "units of the asset that hedge the claim",
        }

    def drift(self, time: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        del time
        return self.growth * state

    def volatility(self, time: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        del time
        return self.risk * state

    def step(self, time: tf.Tensor, state: tf.Tensor, span: tf.Tensor, shocks: tf.Tensor) -> tf.Tensor:
        """Exact for any span."""
        del time
        return state * tf.exp((self.growth - self.risk**2 / 2) * span[..., None] + self.risk * shocks)

    def default_rate(self, value: tf.Tensor) -> tf.Tensor:
        """Q, per year: [...]."""
        share = tf.clip_by_value((value - self.low_value) / (self.high_value - self.low_value), 0.0, 1.0)
        return self.high_rate + (self.low_rate - self.high_rate) * share

    def driver(self, time: tf.Tensor, state: tf.Tensor, value: tf.Tensor, loading: tf.Tensor) -> tf.Tensor:
        del time, state, loading
        return -((1 - self.recovery) * self.default_rate(value) + self.interest_rate) * value

    def terminal_value(self, state: tf.Tensor) -> tf.Tensor:
        return tf.reduce_min(state, -1)
