"""A model whose moments are linear in its parameters and normal around them: every formula is exact in it."""

import numpy as np

NAMES = ("first", "second", "third", "fourth")
SLOPES = np.array([[1.0, 0.2], [0.5, -1.0], [0.3, 0.8], [-0.4, 0.6]])
TRUTH = {"alpha": 0.4, "beta": -0.2}
BOUNDS = {"alpha": (-1.0, 2.0), "beta": (-1.5, 1.0)}
COVARIANCE = 1e-4 * np.array([[4, 1, 0, 1], [1, 2, 0.5, 0], [0, 0.5, 1, 0.3], [1, 0, 0.3, 3]])


def exact(parameters, slopes=SLOPES):
    """The moments without sampling error, [M]."""
    return slopes @ np.array([parameters["alpha"], parameters["beta"]])


def noise(seed, panels=1):
    """The mean sampling error of panels, [M]."""
    drawn = np.random.default_rng(seed).standard_normal((panels, len(NAMES))).mean(0)
    return np.linalg.cholesky(COVARIANCE) @ drawn


def named(values):
    return dict(zip(NAMES, map(float, values), strict=True))


def simulate(parameters, simulations, seed):
    return named(exact(parameters) + (noise(seed, simulations) if simulations else 0))


def data(seed, shift=0.0):
    """Moments of a data set at the truth, the last one off by some standard errors."""
    off = shift * np.array([0, 0, 0, np.sqrt(COVARIANCE[3, 3])])
    return named(exact(TRUTH) + noise([seed, 7]) + off)
