"""From an estimate to draws of its parameters: the Bayesian counterpart, on a quadratic stand-in for the moments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from hetkeras.diagnosis.check import at_least, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.errors import EstimationError
from hetkeras.estimation.estimate import Estimate
from hetkeras.estimation.posterior import Posterior
from hetkeras.estimation.simulated_moments import Simulate, SimulatedMoments
from hetkeras.estimation.surrogate import Surrogate
from hetkeras.numerics.no_u_turn import Draws, no_u_turn

WIDTH = 5.0  # standard errors to both sides of the estimate, within the box
CHAINS, TRIED = 4, 20
LEAST_DRAWS = 100
LogDensity = Callable[[tf.Tensor], tf.Tensor]
EDGE = 0.98  # of the way to an end of the region


def posterior(simulate: Simulate, estimate: Estimate, draws: int = 1000, seed: int = 0) -> Posterior:
    """Draws parameters by the No-U-Turn sampler; moments have normal errors, parameters are uniform over the box.

    Near the estimate moments are taken as quadratic in the parameters. Draws show whether they are: there moments are
    simulated again. A parameter without a standard error is drawn from the whole box.

    Args:
      simulate: as `hetkeras.estimate` took it.
      estimate: what that returned.
      draws: T of each of four chains.
      seed: of all draws.

    Raises:
      EstimationError: if there are fewer than 100 draws, or `simulate` is refused.
    """
    if draws < LEAST_DRAWS:
        raise EstimationError(f"draws is {draws}; expected at least {LEAST_DRAWS}")
    box, targets = estimate.box, estimate.targets
    moments = SimulatedMoments(simulate, box, targets.names, estimate.simulations, estimate.seed)
    surrogate = Surrogate.fit(moments, *_region(estimate), seed)
    precision = np.linalg.inv(moments.error_factor * targets.covariance)
    start = np.random.default_rng(seed).uniform(-0.3, 0.3, (CHAINS, len(box.names)))
    found = no_u_turn(_log_density(surrogate, targets.values, precision), start, draws, seed)
    z = np.tanh(found.states.reshape(-1, len(box.names)))
    tried = z[:: max(len(z) // TRIED, 1)]
    simulated = np.stack([moments(share) for share in surrogate.share(tried)])
    gap = np.max(np.abs(surrogate.moments(tried) - simulated) / targets.standard_errors)
    return Posterior(box.names, box.values(surrogate.share(z)), _diagnose(found, float(gap), _cut(surrogate, z)))


def _region(estimate: Estimate) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the region in which moments are quadratic, [P] in shares of the box."""
    share = estimate.found[0].share
    errors = np.array(list(estimate.standard_errors.values())) / estimate.box.width
    reach = np.where(np.isfinite(errors), WIDTH * errors, 1.0)
    return np.maximum(share - reach, 0.0), np.minimum(share + reach, 1.0)


def _log_density(surrogate: Surrogate, data: np.ndarray, precision: np.ndarray) -> LogDensity:
    """Of x, z = tanh(x): exp(-e' Omega^-1 e / 2) with e = data - moments(z), and the derivative of z."""
    first, second = np.triu_indices(len(surrogate.low))
    root = np.linalg.cholesky(precision)

    def log_density(x: tf.Tensor) -> tf.Tensor:
        z = tf.tanh(x)
        products = tf.gather(z, first, axis=-1) * tf.gather(z, second, axis=-1)
        moments = tf.concat([tf.ones_like(z[..., :1]), z, products], -1) @ tf.constant(surrogate.coefficients)
        residuals = (moments - tf.constant(data)) @ tf.constant(root)
        return tf.reduce_sum(tf.math.log1p(-(z**2)), -1) - tf.reduce_sum(residuals**2, -1) / 2

    return log_density


def _cut(surrogate: Surrogate, z: np.ndarray) -> float:
    """Share of draws at ends of the region that are none of the box."""
    below = (z < -EDGE) & (surrogate.low > 0)
    above = (z > EDGE) & (surrogate.high < 1)
    return float(np.mean((below | above).any(1)))


def _diagnose(found: Draws, gap: float, cut: float) -> Diagnosis:
    numbers = {
        "surrogate_gap": finite_number(gap),
        "cut_off": cut,
        "scale_reduction": finite_number(float(np.max(found.scale_reduction))),
        "effective_draws": finite_number(float(np.min(found.effective))),
        "divergent": found.divergent,
    }
    checks = (
        at_most("surrogate_gap", numbers["surrogate_gap"], 0.1, "moments are not quadratic where draws are"),
        at_most("cut_off", cut, 0.01, "draws reach the end of the region in which moments are quadratic"),
        at_most("scale_reduction", numbers["scale_reduction"], 1.01, "chains do not agree; give more draws"),
        at_least("effective_draws", numbers["effective_draws"], 400, "draws hang together; give more"),
        at_most("divergent", found.divergent, 0.001, "steps go astray; the parameters are hardly told"),
    )
    return Diagnosis(numbers, checks, {})
