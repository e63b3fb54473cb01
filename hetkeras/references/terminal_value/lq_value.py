"""The value of linear-quadratic control by one-dimensional quadrature, in any dimension.

By the Cole-Hopf transformation u = -1/lambda log E[((1 + R) / 2)^-lambda] with R = |x + sqrt(2 tau) Z|^2, and

    E[(1 + R)^-lambda] = 1 / Gamma(lambda) int_0^inf s^(lambda - 1) e^-s E[e^(-s R)] ds,
    E[e^(-s R)] = (1 + 4 tau s)^(-d/2) exp(-s |x|^2 / (1 + 4 tau s)),

the Laplace transform of a non-central chi-square.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, logsumexp

LOWEST, HIGHEST, STEP = -40.0, 8.0, 0.05
"""Range of log s, at lambda of 1 and more, and step of the trapezoidal rule, which converges geometrically here."""


def lq_value(remaining: np.ndarray, squared: np.ndarray, dimension: int, strength: float) -> np.ndarray:
    """u: [n].

    Args:
      remaining: tau = T - t, [n].
      squared: |x|^2, [n].
      dimension: d.
      strength: lambda.
    """
    logs = np.arange(LOWEST / min(strength, 1.0), HIGHEST, STEP)
    s = np.exp(logs)
    grown = 1 + 4 * np.asarray(remaining)[..., None] * s
    exponents = strength * logs - s - dimension / 2 * np.log(grown) - s * np.asarray(squared)[..., None] / grown
    moment = logsumexp(exponents, axis=-1) + np.log(STEP) - gammaln(strength)
    return -moment / strength - np.log(2.0)
