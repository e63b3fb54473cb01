"""Places in a box, and polynomials on it, of tensors in any precision."""

from __future__ import annotations

import tensorflow as tf

from hetkeras.numerics.box_polynomial import BoxPolynomial, Places, chebyshev


def places_of(places: Places, theta: tf.Tensor) -> tf.Tensor:
    """Places [..., P] between -1 and 1 of parameters [..., P]."""
    logs = tf.constant(places.in_logs)
    bent = tf.where(logs, tf.math.log(tf.where(logs, theta, tf.ones_like(theta))), theta)
    return (bent - tf.constant(places.middle, theta.dtype)) / tf.constant(places.half, theta.dtype)


def values_of(polynomial: BoxPolynomial, theta: tf.Tensor) -> tf.Tensor:
    """Values [..., F] of the functions at parameters [..., P]."""
    each = tf.stack(chebyshev(places_of(polynomial.places, theta), polynomial.degree), -1)  # [..., P, degree + 1]
    powers = polynomial.powers
    factors = [tf.gather(each[..., p, :], powers[:, p], axis=-1) for p in range(powers.shape[1])]
    terms = tf.reduce_prod(tf.stack(factors), 0)
    return tf.tensordot(terms, tf.constant(polynomial.coefficients, theta.dtype), 1)
