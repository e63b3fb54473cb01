"""The contract of diffusions with a horizon and a terminal value: semilinear parabolic equations.

States follow dx = mu dt + sigma dW, each with a shock of its own. The value solves (Han, Jentzen and E 2018, eq. 1)

    u_t + 1/2 sum_d sigma_d^2 u_dd + mu . grad u + f(t, x, u, sigma grad u) = 0,        u(T, x) = g(x),

and u at the initial state is sought. Along paths du = -f dt + z dW with z = sigma grad u: a backward stochastic
differential equation (their eq. 4), whose driver is f.

Axes: D states.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.calibration import Calibration


@dataclasses.dataclass(frozen=True)
class TerminalValueDiffusion(Calibration, abc.ABC):
    """A value at the initial state of a diffusion, given what it is at the horizon."""

    # --- sizes and words -------------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def initial_state(self) -> np.ndarray:
        """x_0, the state at time 0, where the value is sought: [D]."""

    @property
    def num_states(self) -> int:
        """D."""
        return len(self.initial_state)

    @property
    def units(self) -> Mapping[str, str]:
        """Units of time, states, value and gradient, for the metadata."""
        return dict.fromkeys(("time", "state", "value", "gradient"), "units of the model")

    # --- the economics ---------------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def horizon(self) -> float:
        """T, the time at which the value is known."""

    @abc.abstractmethod
    def volatility(self, time: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        """sigma, of each state by its own shock: [..., D] from time [...] and state [..., D]."""

    @abc.abstractmethod
    def driver(self, time: tf.Tensor, state: tf.Tensor, value: tf.Tensor, loading: tf.Tensor) -> tf.Tensor:
        """f, what the value earns per unit of time: [...] from value u [...] and loading z = sigma grad u [..., D]."""

    @abc.abstractmethod
    def terminal_value(self, state: tf.Tensor) -> tf.Tensor:
        """g, the value at the horizon: [...] from state [..., D]."""

    # --- derived, unless a model knows better ----------------------------------------------------------------
    def drift(self, time: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        """mu: [..., D]; zero unless a model says more."""
        del time
        return tf.zeros_like(state)

    def step(self, time: tf.Tensor, state: tf.Tensor, span: tf.Tensor, shocks: tf.Tensor) -> tf.Tensor:
        """States after a span of time [...], given increments of W [..., D] over it: [..., D].

        The default is Euler's scheme. A model overrides it where it knows the exact law.
        """
        moved = self.drift(time, state) * span[..., None]
        return state + moved + self.volatility(time, state) * shocks

    def exact_value(self, time: np.ndarray, state: np.ndarray) -> np.ndarray | None:
        """u where it is known: [n] from time [n] and state [n, D], in float64; None where it is not.

        It is for proofs; training never sees it.
        """
        del time, state
        return None
