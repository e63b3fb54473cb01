"""What all permutation-invariant summaries of agents share."""

from __future__ import annotations

import keras
import tensorflow as tf


class Pooling(keras.layers.Layer):
    """Summary of N agents: [..., N, D] -> [..., L], for any N.

    Invariant to permutations of the agents up to the rounding of a mean over them (in float32 below 1e-6 for
    N = 128 and 1e-5 for N = 10,000).
    A subclass that scales the states does so with moments in its weights, set by `adapt`.
    """

    def adapt(self, industry: tf.Tensor) -> None:
        """Sets the moments of the states to those of a sample [..., N, D]."""
