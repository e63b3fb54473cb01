"""Paths of a jump diffusion under a policy, every element looked at in each step of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.numerics.random_draws import uniforms

Rates = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(state [B, D], binary [B, J]) -> rate of each flip [B, J]."""


def flip_paths(
    model: JumpDiffusion,
    rates: Rates,
    state: tf.Tensor,
    binary: tf.Tensor,
    span: float,
    num_steps: int,
    seed: int = 0,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Simulates in one graph loop; within a step all rates are those at its start.

    Args:
      model: the economics.
      rates: of flips under the policy.
      state: [B, D] and binary: [B, J] at the start.
      span: time of a step.
      num_steps: T.
      seed: of all draws.

    Returns:
      States [T + 1, B, D] and binary states [T + 1, B, J], the start included.
    """

    @graph
    def run(state: tf.Tensor, binary: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        shapes = state.shape, binary.shape
        paths = [
            tf.TensorArray(start.dtype, num_steps + 1, element_shape=start.shape).write(0, start)
            for start in (state, binary)
        ]

        def step(
            t: tf.Tensor, state: tf.Tensor, binary: tf.Tensor, *paths: tf.TensorArray
        ) -> tuple[tf.Tensor | tf.TensorArray, ...]:
            seeds = tf.random.experimental.stateless_split(tf.stack([seed, t]), 2)
            chance = 1 - tf.exp(-span * tf.cast(rates(state, binary), binary.dtype))
            flips = tf.cast(uniforms(seeds[0], shapes[1], binary.dtype) < chance, binary.dtype)
            state = tf.ensure_shape(model.diffuse(state, binary, tf.fill(shapes[0][:1], span), seeds[1]), shapes[0])
            binary = tf.ensure_shape(binary + flips * (1 - 2 * binary), shapes[1])
            written = (path.write(t + 1, now) for path, now in zip(paths, (state, binary), strict=True))
            return t + 1, state, binary, *written

        start = tf.constant(0), state, binary, *paths
        _, _, _, *paths = tf.while_loop(lambda t, *_: t < num_steps, step, start)
        return tuple(path.stack() for path in paths)

    return run(state, binary)


def path_columns(model: JumpDiffusion, states: np.ndarray, binary: np.ndarray) -> Mapping[str, np.ndarray]:
    """Columns [T] of a path, states [T, D] and binary states [T, J]: numbered by element unless common to all."""
    names = *model.all_state_names, model.flip_names.binary
    parts = dict(zip(names, (*model.split_states(states), binary), strict=True))
    columns = {name: part for name, part in parts.items() if part.ndim == 1}
    each = {name: part for name, part in parts.items() if part.ndim == 2}
    return columns | {f"{name}_{j + 1}": part[:, j] for name, part in each.items() for j in range(part.shape[1])}
