"""What every loss returns."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class LossOutput(NamedTuple):
    """loss: scalar to minimise; metrics: name -> scalar, written to TensorBoard and searched when a NaN turns up."""

    loss: tf.Tensor
    metrics: dict[str, tf.Tensor]
