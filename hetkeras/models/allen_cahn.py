"""The Allen-Cahn equation, a benchmark of values that feed back on themselves (Han, Jentzen and E 2018, eq. 14 to 16).

u_t + Laplacian u + u - u^3 = 0,  u(T, x) = 1 / (2 + .4 |x|^2),  T = .3, d = 100, and u(0, 0) is sought: .0528.
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
from hetkeras.references.terminal_value.radial_value import radial_value


@dataclasses.dataclass(frozen=True)
class AllenCahn(TerminalValueDiffusion):
    """Fields are the calibration; the state starts at the origin."""

    dimension: Annotated[int, Interval(ge=1, le=10_000)] = 100  # d
    horizon: Annotated[float, Interval(gt=0, le=10)] = 0.3  # T
    steepness: Annotated[float, Interval(gt=0, le=100)] = 0.4  # of the terminal value

    @property
    def initial_state(self) -> np.ndarray:
        return np.zeros(self.dimension)

    @property
    def units(self) -> Mapping[str, str]:
        return {
            "time": "units of time",
            "state": "place",
            "value": "phase, from -1 to 1",
            "gradient": "phase per unit of place",
        }

    def volatility(self, time: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        del time
        return math.sqrt(2.0) * tf.ones_like(state)

    def driver(self, time: tf.Tensor, state: tf.Tensor, value: tf.Tensor, loading: tf.Tensor) -> tf.Tensor:
        del time, state, loading
        return value - value**3

    def terminal_value(self, state: tf.Tensor) -> tf.Tensor:
        return 1 / (2 + self.steepness * tf.reduce_sum(tf.square(state), -1))

    def exact_value(self, time: np.ndarray, state: np.ndarray) -> np.ndarray:
        """By finite differences in the radius, one solve for each date."""
        squared, found = np.sum(np.square(np.asarray(state, float)), -1), np.zeros(len(time))
        for date in np.unique(time):
            here, remaining = time == date, self.horizon - float(date)
            found[here] = self._at(remaining, squared[here])
        return found

    def _at(self, remaining: float, squared: np.ndarray) -> np.ndarray:
        if remaining <= 1e-9 * self.horizon:
            return 1 / (2 + self.steepness * squared)
        reach = max(1.0, 4 * float(np.max(squared)) / (2 * self.dimension * self.horizon))
        table = radial_value(
            self.dimension,
            remaining,
            lambda u, _: u - u**3,
            lambda y: 1 / (2 + self.steepness * y),
            extent=8 * 2 * self.dimension * self.horizon * reach,
        )
        return table(squared)
