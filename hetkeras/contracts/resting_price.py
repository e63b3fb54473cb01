"""The price at which an economy at rest clears its market."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.numerics.roots import widening_root

FARTHEST = 32.0  # logs of the price, to either side of one


class Households(Protocol):
    """A model whose households consume at a price."""

    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price, [...]."""


def resting_price(
    model: Households,
    net_output: Callable[[float], float],
    wanted: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> float:
    """Returns the price at which households want the goods that firms leave them, to rounding.

    Args:
      model: whose households.
      net_output: goods that firms leave at a price, rising in it.
      wanted: what is to be the same, falling in the price; None for the consumption of the model.

    Raises:
      CalibrationError: if there is no such price.
    """

    def imbalance(log_price: float) -> float:
        price, limits = float(np.exp(log_price)), np.finfo(float)
        wants = float((wanted or model.consumption)(tf.constant(price, tf.float64)))
        return np.log(np.clip(wants, limits.tiny, limits.max)) - np.log(np.maximum(net_output(price), limits.tiny))

    log_price = widening_root(imbalance, FARTHEST)
    if log_price is None:
        raise no_rest(model)
    return float(np.exp(log_price))


def no_rest(model: Households) -> CalibrationError:
    """The error of a model whose economy does not rest at any price."""
    return CalibrationError(
        f"{type(model).__name__} has no price from {np.exp(-FARTHEST):.1g} to {np.exp(FARTHEST):.1g} at which firms "
        "without frictions leave households what they want; look at output, labor, depreciation and consumption, or "
        "override frictionless_steady_state and the bounds"
    )
