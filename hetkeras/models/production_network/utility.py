"""CRRA utility of GDP, and what a log GDP that reverts to its mean is worth.

Utility is (e^((1-gamma) f) - 1) / (1-gamma) of f = log GDP: zero and of slope one at a GDP of one, and f itself at
gamma = 1. Where f is normal at every t, with mean level + away e^(-phi t) and variance
s^2 (1 - e^(-2 phi t)) / (2 phi), its value is one integral over e^(-phi t), for which `references.frozen_network` has
nodes.
"""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from hetkeras.references.production_network.frozen_network import decay_nodes


@dataclasses.dataclass(frozen=True)
class DiscountedUtility:
    """Pure functions.

    Args:
      discount_rate: rho.
      risk_aversion: gamma.
      reversion: phi.
    """

    discount_rate: float
    risk_aversion: float
    reversion: float

    def utility(self, log_gdp: tf.Tensor) -> tf.Tensor:
        """u, elementwise."""
        curve = 1 - self.risk_aversion
        return tf.math.expm1(curve * log_gdp) / curve if curve else log_gdp

    def value(self, level: tf.Tensor, away: tf.Tensor, loadings: tf.Tensor) -> tf.Tensor:
        """Of log GDP with a long-run level [...], a deviation from it now [...] and loadings on shocks [..., M]."""
        rates = self.discount_rate, self.reversion
        nodes, weights = (tf.constant(part, level.dtype) for part in decay_nodes(*rates))
        variance = tf.reduce_sum(tf.square(loadings), -1)[..., None] / (2 * self.reversion) * (1 - nodes**2)
        mean = level[..., None] + away[..., None] * nodes
        return tf.reduce_sum(weights * self.utility(mean + (1 - self.risk_aversion) / 2 * variance), -1)

    def unscaled(self, value: tf.Tensor) -> tf.Tensor:
        """The value of utility e^((1-gamma) f) / (1-gamma), elementwise; the value itself at gamma = 1."""
        curve = 1 - self.risk_aversion
        return value + 1 / (curve * self.discount_rate) if curve else value

    def expected(self, gdp: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        """E[u] at times with e^(-phi t) = decay [T], of log GDP that is not the same at all times: [..., T].

        Args:
          gdp: level, deviation as it is now and loadings at each time, [..., 2 + M, T].
          decay: of the deviation, [T].
        """
        return self.utility(self._certain(gdp, decay))

    def rise(self, gdp: tf.Tensor, step: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        """What a step, shaped like `gdp`, adds to E[u], however small it is: [..., T]."""
        spread = tf.reduce_sum(step[..., 2:, :] * (2 * gdp[..., 2:, :] + step[..., 2:, :]), -2)
        moved = step[..., 0, :] + decay * step[..., 1, :] + self._risk(decay) * spread
        return self._slope(self._certain(gdp, decay)) * self.utility(moved)

    def drift(self, gdp: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        """L E[u], what the motion of productivity now does to it per unit of time: [..., T]."""
        spread = tf.reduce_sum(tf.square(gdp[..., 2:, :]), -2)
        moved = (1 - self.risk_aversion) / 2 * decay**2 * spread - self.reversion * decay * gdp[..., 1, :]
        return self._slope(self._certain(gdp, decay)) * moved

    def _certain(self, gdp: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        """The log GDP of which utility is the expected one, [..., T]."""
        spread = tf.reduce_sum(tf.square(gdp[..., 2:, :]), -2)
        return gdp[..., 0, :] + decay * gdp[..., 1, :] + self._risk(decay) * spread

    def _risk(self, decay: tf.Tensor) -> tf.Tensor:
        """(1-gamma) / 2 times the variance of a process with a loading of one, [T]."""
        return (1 - self.risk_aversion) / (4 * self.reversion) * (1 - decay**2)

    def _slope(self, log_gdp: tf.Tensor) -> tf.Tensor:
        """u'."""
        return tf.exp((1 - self.risk_aversion) * log_gdp)

    def consumption_equivalent(self, value: tf.Tensor) -> tf.Tensor:
        """Log of the constant GDP that is worth a value, elementwise; NaN where none is."""
        curve, flow = 1 - self.risk_aversion, self.discount_rate * value
        return tf.math.log1p(curve * flow) / curve if curve else flow
