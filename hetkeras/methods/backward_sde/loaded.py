"""A reloaded SavedModel of a value with a horizon as a function that can be simulated and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import tensorflow as tf

from hetkeras.methods.backward_sde.backward_equation import ValueFunction


def loaded_value(signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]) -> ValueFunction:
    """(time [n], state [n, D]) -> value [n] and gradient [n, D] on top of the exported function."""

    def value(time: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        found = signatures["value"](time=tf.cast(time, tf.float32), state=tf.cast(state, tf.float32))
        return found["value"], found["gradient"]

    return value
