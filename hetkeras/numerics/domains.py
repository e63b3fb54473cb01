"""What an entry of an input can be: functions from tensors to flags of the same shape, False where it is impossible.

NaN is possible nowhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

Domain = Callable[[tf.Tensor], tf.Tensor]

ROUNDING = 1e-6  # relative, up to which a level is the only one of its chain


def known(values: tf.Tensor) -> tf.Tensor:
    """Any number; for indices any."""
    return ~tf.math.is_nan(values) if values.dtype.is_floating else tf.ones_like(values, tf.bool)


def flag(values: tf.Tensor) -> tf.Tensor:
    """0 or 1."""
    return (values == 0) | (values == 1)


def above_zero(values: tf.Tensor) -> tf.Tensor:
    """Above zero."""
    return values > 0


def between(low: float, high: float) -> Domain:
    """From low to high."""
    return lambda values: (values >= tf.constant(low, values.dtype)) & (values <= tf.constant(high, values.dtype))


def index(count: int) -> Domain:
    """From 0 to count - 1."""
    return lambda values: (values >= 0) & (values < count)


def level(nodes: np.ndarray) -> Domain:
    """Within half a step of the nodes, in logs: a level between two nodes counts as the nearer, as does one at an end.

    Args:
      nodes: levels above zero, in any order.
    """
    logs = np.unique(np.log(nodes))
    steps = np.diff(logs)[[0, -1]] / 2 if len(logs) > 1 else np.full(2, ROUNDING)
    low, high = np.exp(logs[[0, -1]] + steps * (-1, 1))
    return between(low, high)


def level_on_line(nodes: np.ndarray) -> Domain:
    """As `level`, with half a step of the nodes themselves, which may be zero."""
    places = np.unique(nodes)
    steps = np.diff(places)[[0, -1]] / 2 if len(places) > 1 else np.full(2, ROUNDING * max(abs(places[0]), 1.0))
    low, high = places[[0, -1]] + steps * (-1, 1)
    return between(low, high)
