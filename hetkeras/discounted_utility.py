"""CRRA utility of GDP, and what a log GDP that reverts to its mean is worth.

Utility is (e^((1-gamma) f) - 1) / (1-gamma) of f = log GDP: zero and of slope one at a GDP of one, and f itself at
gamma = 1. Where f is normal at every t, with mean level + away e^(-phi t) and variance
s^2 (1 - e^(-2 phi t)) / (2 phi), its value is one integral over e^(-phi t), for which `references.frozen_network` has
nodes.
"""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from hetkeras.references.frozen_network import decay_nodes


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

    def consumption_equivalent(self, value: tf.Tensor) -> tf.Tensor:
        """Log of the constant GDP that is worth a value, elementwise; NaN where none is."""
        curve, flow = 1 - self.risk_aversion, self.discount_rate * value
        return tf.math.log1p(curve * flow) / curve if curve else flow
