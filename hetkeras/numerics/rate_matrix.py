"""Markov chains in continuous time, by the rates at which their states follow each other.

Rates are [Z, Z] from row to column; what is on the diagonal does not count. Axes: Z states, B paths.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.numerics.random_draws import uniforms


def stationary_law(rates: np.ndarray) -> np.ndarray:
    """The long-run law [Z], pi Q = 0; of a chain that comes from everywhere to everywhere."""
    flows = np.where(np.eye(len(rates), dtype=bool), 0.0, rates)
    system = np.vstack([(flows - np.diag(flows.sum(1))).T, np.ones(len(rates))])
    return np.linalg.lstsq(system, np.append(np.zeros(len(rates)), 1.0), rcond=None)[0]


def draw(law: np.ndarray, seed: tf.Tensor, num_paths: int) -> tf.Tensor:
    """Draws states from a law [Z], int32 [B]."""
    bounds = tf.constant(np.cumsum(law)[:-1], tf.float32)
    return tf.searchsorted(bounds, uniforms(seed, (num_paths,)), side="right")


def move(rates: np.ndarray, state: tf.Tensor, span: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Draws the state after a span of time without error (uniformization), int32 [B].

    Events come at the rate at which the most restless state is left; at each the chain moves, or stays where its own
    rate is lower.

    Args:
      rates: [Z, Z].
      state: [B]; span: [B].
      seed: [2].
    """
    flows = np.where(np.eye(len(rates), dtype=bool), 0.0, rates)
    fastest = max(flows.sum(1).max(), np.finfo(np.float32).tiny)
    steps = flows / fastest + np.diag(1 - flows.sum(1) / fastest)
    bounds = tf.constant(np.cumsum(steps, 1)[:, :-1], tf.float32)

    def event(count: tf.Tensor, state: tf.Tensor, left: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        draws = uniforms(tf.stack([seed[0], seed[1] + count]), (2, *state.shape))
        left -= tf.cast(-tf.math.log(draws[0]) / fastest, left.dtype)
        after = tf.reduce_sum(tf.cast(draws[1][..., None] >= tf.gather(bounds, state), tf.int32), -1)
        return count + 1, tf.where(left > 0, after, state), left

    start = tf.constant(0, seed.dtype), tf.cast(state, tf.int32), tf.convert_to_tensor(span)
    return tf.while_loop(lambda count, state, left: tf.reduce_any(left > 0), event, start)[1]
