"""The head that maps a network's raw output into the range that the economics allows."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError


@keras.saving.register_keras_serializable(package="hetkeras")
class BoundedOutput(keras.layers.Layer):
    """Maps raw numbers to (lower, upper): [...] -> [...], equal to `centre` at zero, with slope `scale` there.

    Without bounds it is centre + scale * x; one bound is kept by a softplus, two by a sigmoid.

    Raises:
      ShapeError: if centre is not strictly between the bounds or scale is not positive.
    """

    def __init__(
        self,
        centre: float = 0.0,
        scale: float = 1.0,
        lower: float | None = None,
        upper: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        inside = (lower is None or lower < centre) and (upper is None or centre < upper)
        if not (inside and scale > 0):
            raise ShapeError(
                f"BoundedOutput got centre={centre}, scale={scale}, lower={lower}, upper={upper}; "
                "expected lower < centre < upper and scale > 0"
            )
        self.centre, self.scale, self.lower, self.upper = centre, scale, lower, upper

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        if self.lower is not None and self.upper is not None:
            return self._between(inputs, self.lower, self.upper)
        if self.lower is not None:
            return self._beyond(inputs, self.lower, 1.0)
        if self.upper is not None:
            return self._beyond(inputs, self.upper, -1.0)
        return self.centre + self.scale * inputs

    def _between(self, inputs: tf.Tensor, lower: float, upper: float) -> tf.Tensor:
        width = upper - lower
        share = (self.centre - lower) / width
        logit = math.log(share / (1 - share))
        inside = lower + width * tf.sigmoid(logit + self.scale / (width * share * (1 - share)) * inputs)
        return tf.clip_by_value(inside, lower, upper)  # rounding can step over a bound

    def _beyond(self, inputs: tf.Tensor, bound: float, sign: float) -> tf.Tensor:
        """Above the bound where the sign is 1, below it where it is -1."""
        unit = abs(self.centre - bound) / math.log(2.0)
        return bound + sign * unit * tf.math.softplus(sign * 2.0 * self.scale / unit * inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {"centre": self.centre, "scale": self.scale, "lower": self.lower, "upper": self.upper}
        return {**super().get_config(), **own}
