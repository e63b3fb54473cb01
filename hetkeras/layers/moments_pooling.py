"""phi(Moments): agents enter through the raw moments of their states, as in Fernandez-Villaverde et al. (2019)."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from hetkeras.errors import ShapeError
from hetkeras.layers.normalization import Normalization
from hetkeras.layers.pooling import Pooling


@keras.saving.register_keras_serializable(package="hetkeras")
class MomentsPooling(Pooling):
    """Means over agents of powers 1..order of each state: [..., N, D] -> [..., D * order].

    States are divided by their root mean square, not centred: powers of a centred state have tails that a
    network follows badly.

    Raises:
      ShapeError: if order is below one.
    """

    def __init__(self, order: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if order < 1:
            raise ShapeError(f"MomentsPooling got order={order}; expected at least 1 moment")
        self.order = order
        self.scaling = Normalization(centred=False, name="scaling", dtype=self.dtype_policy)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.scaling.build(input_shape)

    def adapt(self, industry: tf.Tensor) -> None:
        self.scaling.adapt(industry)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        states = self.scaling(inputs)
        powers = [states]
        for _ in range(self.order - 1):
            powers.append(powers[-1] * states)
        return tf.concat([tf.reduce_mean(power, -2) for power in powers], -1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        *leading, _, states = input_shape
        return (*leading, None if states is None else states * self.order)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "order": self.order}
