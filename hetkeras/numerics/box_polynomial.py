"""Smooth functions on a box as polynomials: sums of products of Chebyshev polynomials up to a total degree."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

DEGREES = {1: 12, 2: 8, 3: 6, 4: 5, 5: 4, 6: 3}  # by number of fields: some hundred terms at most


class Places:
    """Where in a box a point is: [..., P] -> [..., P] between -1 and 1.

    Args:
      low, high: ends of the box, [P].
      in_logs: whether a coordinate is taken in logarithms, [P].
    """

    def __init__(self, low: Sequence[float], high: Sequence[float], in_logs: Sequence[bool] | np.ndarray) -> None:
        self._ends = np.array([low, high])
        self.in_logs = np.array(in_logs, bool)

    def __call__(self, theta: tf.Tensor) -> tf.Tensor:
        """Places of points [..., P]."""
        logs = tf.constant(self.in_logs)
        safe = tf.where(logs, theta, tf.ones_like(theta))
        low, high = (np.where(self.in_logs, np.log(np.where(self.in_logs, end, 1)), end) for end in self._ends)
        bent = tf.where(logs, tf.math.log(safe), theta)
        middle, half = (tf.constant(part, theta.dtype) for part in ((low + high) / 2, (high - low) / 2))
        return (bent - middle) / half


class BoxPolynomial:
    """Several functions on a box, fitted by least squares: [..., P] -> [..., F].

    Args:
      places: of the box.
      theta: points, [G, P].
      values: of the functions there, [G, F].
    """

    def __init__(self, places: Places, theta: np.ndarray, values: np.ndarray) -> None:
        self.places = places
        count = theta.shape[1]
        degree = DEGREES[count]
        every = itertools.product(range(degree + 1), repeat=count)
        self._powers = np.array([powers for powers in every if sum(powers) <= degree])  # [terms, P]
        self._degree = degree
        terms = self._terms(tf.constant(theta, tf.float64)).numpy()
        self._coefficients = np.linalg.lstsq(terms, values, rcond=None)[0]

    def __call__(self, theta: tf.Tensor) -> tf.Tensor:
        """The functions at points [..., P]: [..., F]."""
        return tf.tensordot(self._terms(theta), tf.constant(self._coefficients, theta.dtype), 1)

    def _terms(self, theta: tf.Tensor) -> tf.Tensor:
        """Products of polynomials, [..., terms]."""
        place = self.places(theta)
        chebyshev = [tf.ones_like(place), place]
        while len(chebyshev) <= self._degree:
            chebyshev.append(2 * place * chebyshev[-1] - chebyshev[-2])
        each = tf.stack(chebyshev, -1)  # [..., P, degree + 1]
        factors = [tf.gather(each[..., p, :], self._powers[:, p], axis=-1) for p in range(self._powers.shape[1])]
        return tf.reduce_prod(tf.stack(factors), 0)
