"""Smooth functions on a box as polynomials: sums of products of Chebyshev polynomials up to a total degree."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

DEGREES = {1: 12, 2: 8, 3: 6, 4: 5, 5: 4, 6: 3}  # by number of variables: some hundred terms at most


def terms_of(count: int, degree: int) -> int:
    """Terms of a polynomial of so many variables up to a total degree."""
    return math.comb(count + degree, count)


def chebyshev(place: Any, degree: int) -> list[Any]:
    """The polynomials of the degrees 0 to `degree` at places between -1 and 1: arrays or tensors as `place`."""
    found = [place * 0 + 1, place]
    while len(found) <= degree:
        found.append(2 * place * found[-1] - found[-2])
    return found[: degree + 1]


class Places:
    """Where in a box a point is: [..., P] -> [..., P] between -1 and 1.

    Args:
      low, high: ends of the box, [P].
      in_logs: whether a coordinate is taken in logarithms, [P].
    """

    def __init__(self, low: Sequence[float], high: Sequence[float], in_logs: Sequence[bool] | np.ndarray) -> None:
        self.in_logs = np.array(in_logs, bool)
        ends = self._bent(np.array([low, high], float))
        self.middle, self.half = ends.mean(0), (ends[1] - ends[0]) / 2

    def __call__(self, theta: np.ndarray) -> np.ndarray:
        """Places of points [..., P]."""
        return (self._bent(theta) - self.middle) / self.half

    def _bent(self, theta: np.ndarray) -> np.ndarray:
        return np.where(self.in_logs, np.log(np.where(self.in_logs, theta, 1.0)), theta)


class BoxPolynomial:
    """Several functions on a box, fitted by least squares: [..., P] -> [..., F].

    Args:
      places: of the box.
      theta: points, [G, P].
      values: of the functions there, [G, F].
      degree: total; by default one of some hundred terms at most.
    """

    def __init__(self, places: Places, theta: np.ndarray, values: np.ndarray, degree: int | None = None) -> None:
        count = theta.shape[1]
        self.places, self.degree = places, DEGREES[count] if degree is None else degree
        every = itertools.product(range(self.degree + 1), repeat=count)
        self.powers = np.array([powers for powers in every if sum(powers) <= self.degree])  # [terms, P]
        self.coefficients = np.linalg.lstsq(self._terms(theta), values, rcond=None)[0]  # [terms, F]

    def __call__(self, theta: np.ndarray) -> np.ndarray:
        """The functions at points [..., P]: [..., F]."""
        return self._terms(theta) @ self.coefficients

    def _terms(self, theta: np.ndarray) -> np.ndarray:
        """Products of polynomials, [..., terms]."""
        each = np.stack(chebyshev(self.places(theta), self.degree), -1)  # [..., P, degree + 1]
        return np.prod(each[..., np.arange(self.powers.shape[1]), self.powers], -1)
