"""Standard errors, the J test, sensitivity and fit of simulated moments.

With data m, derivatives G of m(theta), weights W and Omega = (1 + 1/S) V, the covariance of data less simulation, in
directions that the moments tell:

  Lambda = (G'WG)^-1 G'W                        sensitivity (Andrews, Gentzkow and Shapiro 2017)
  Lambda Omega Lambda'                          covariance of the estimate
  J = min over d of (e - G d)' Omega^-1 (e - G d)   chi-squared, M less rank degrees, under any weights (Newey 1985)

where e = m - m(theta) at the estimate. Under optimal weights the minimum is at d = 0, and J is the distance itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hetkeras.estimation.identification import Identification

UNTESTED = 1e-6  # standard error of a residual over the moment's: the parameters fit such a moment exactly


class Inference(NamedTuple):
    """What follows from derivatives at the estimate; parameters in shares of the box.

    sensitivity: Lambda, [P, M].
    covariance: of the parameters, [P, P]; along a flat direction that of a uniform over the box.
    j_statistic, degrees: of the J test; no degrees where no restriction is left.
    t_values: of data less model, [M], over the standard error of that difference; NaN where it is fitted exactly.
    remaining: largest step to the optimum that is left, in standard errors.
    """

    sensitivity: np.ndarray
    covariance: np.ndarray
    j_statistic: float
    degrees: int
    t_values: np.ndarray
    remaining: float

    @property
    def standard_errors(self) -> np.ndarray:
        """Of the parameters, [P]."""
        return np.sqrt(np.diag(self.covariance))


def infer(
    residuals: np.ndarray, slopes: np.ndarray, weights: np.ndarray, covariance: np.ndarray, known: Identification
) -> Inference:
    """Inference at an estimate.

    Args:
      residuals: e, data less simulation, [M].
      slopes: G, by shares of the box, [M, P].
      weights: W, [M, M].
      covariance: Omega, [M, M].
      known: directions that the moments tell.
    """
    told = slopes @ known.strong
    sensitivity = known.strong @ np.linalg.lstsq(told.T @ weights @ told, told.T @ weights, rcond=None)[0]
    spread = sensitivity @ covariance @ sensitivity.T + known.flat @ known.flat.T / 12
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    left = _unexplained(whiten @ residuals, whiten @ told)
    step = sensitivity @ residuals
    errors = np.sqrt(np.diag(spread))
    return Inference(
        sensitivity,
        spread,
        float(left @ left),
        len(residuals) - known.rank,
        _t_values(residuals, np.eye(len(residuals)) - slopes @ sensitivity, covariance),
        float(np.max(np.abs(step) / errors, initial=0.0)),
    )


def _unexplained(values: np.ndarray, regressors: np.ndarray) -> np.ndarray:
    return values - regressors @ np.linalg.lstsq(regressors, values, rcond=None)[0]


def _t_values(residuals: np.ndarray, projection: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Residuals over their standard errors, [M]; e = (I - G Lambda) (error of data less simulation)."""
    variances = np.diag(projection @ covariance @ projection.T)
    errors = np.sqrt(np.maximum(variances, 0.0))
    tested = errors > UNTESTED * np.sqrt(np.diag(covariance))
    return np.where(tested, residuals / np.where(tested, errors, 1.0), np.nan)
