"""Paths of a symmetric economy under a policy."""

from __future__ import annotations

import keras
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.numerics.random_draws import Shocks


def simulate(
    model: SymmetricEconomy,
    policy: Policy,
    seed: int,
    num_paths: int,
    num_periods: int,
    initial: tf.Tensor | None = None,
    antithetic: bool = False,
) -> tf.Tensor:
    """Simulates in one graph loop.

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K].
      seed: of X_0 and of all shocks.
      num_paths: B; even if antithetic.
      num_periods: T, X_0 included.
      initial: X_0 [B, N, D]; drawn from the model if None.
      antithetic: the second half of the paths has the first half's shocks with opposite signs.

    Returns:
      States [T, B, N, D].
    """
    dtype = tf.as_dtype(keras.config.floatx()) if initial is None else initial.dtype
    start = model.initial_state(tf.constant([seed, -1]), num_paths, dtype) if initial is None else initial

    @graph
    def run(state: tf.Tensor) -> tf.Tensor:
        num_agents = state.shape[1]
        states = tf.TensorArray(dtype, num_periods, element_shape=state.shape).write(0, state)

        def period(t: tf.Tensor, state: tf.Tensor, states: tf.TensorArray) -> tuple[tf.Tensor | tf.TensorArray, ...]:
            shocks = path_shocks(model, tf.stack([tf.constant(seed), t]), num_paths, num_agents, dtype, antithetic)
            action = policy(model.deciding_agents(state), state)
            state = tf.ensure_shape(model.transition(state, action, shocks), start.shape)
            return t + 1, state, states.write(t, state)

        *_, states = tf.while_loop(lambda t, *_: t < num_periods, period, (tf.constant(1), state, states))
        return states.stack()

    return run(start)


def path_shocks(
    model: SymmetricEconomy, seed: tf.Tensor, num_paths: int, num_agents: int, dtype: tf.DType, antithetic: bool
) -> Shocks:
    """The shocks that move paths of `simulate` from period t - 1 to t; their seed is [seed of the paths, t]."""
    if not antithetic:
        return model.shocks.sample(seed, num_paths, num_agents, dtype)
    half = model.shocks.sample(seed, num_paths // 2, num_agents, dtype)
    return Shocks(*(tf.concat([part, -part], 0) for part in half))
