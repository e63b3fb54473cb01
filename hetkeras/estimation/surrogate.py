"""A quadratic stand-in for simulated moments in a region of the box."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

POINTS = 3  # at which moments are simulated, for each coefficient


@dataclasses.dataclass(frozen=True)
class Surrogate:
    """Moments as polynomials of degree two of z, which goes from -1 to 1 through a region of the box.

    low, high: ends of the region, [P] in shares of the box.
    coefficients: [K, M] of one, z, and all products of two.
    """

    low: np.ndarray
    high: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def fit(
        cls, moments: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray, seed: int
    ) -> Surrogate:
        """Fits by least squares to moments at points that fill the region.

        Args:
          moments: [M] at a share of the way through the box, [P].
          low, high: ends of the region, [P].
          seed: of the points.
        """
        from scipy.stats import qmc  # a second, which only estimation needs

        count = POINTS * terms(np.zeros((1, len(low)))).shape[1]
        z = 2 * qmc.Halton(len(low), seed=seed).random(count) - 1
        seen = np.stack([moments(share) for share in _share(z, low, high)])
        return cls(low, high, np.linalg.lstsq(terms(z), seen, rcond=None)[0])

    def moments(self, z: np.ndarray) -> np.ndarray:
        """At points, [N, M] of z [N, P]."""
        return terms(z) @ self.coefficients

    def share(self, z: np.ndarray) -> np.ndarray:
        """The share of the way through the box at z, [..., P]."""
        return _share(z, self.low, self.high)


def terms(z: np.ndarray) -> np.ndarray:
    """One, z, and all products of two, [N, K] of z [N, P]."""
    first, second = np.triu_indices(z.shape[1])
    return np.concatenate([np.ones((len(z), 1)), z, z[:, first] * z[:, second]], 1)


def _share(z: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return low + (z + 1) / 2 * (high - low)
