"""Paths of a diffusion on a grid of times, and the increments of the Brownian shocks that lead them.

Increments are normal, or plus and minus the root of the time step with equal chances: the simplified weak Euler scheme
(Kloeden and Platen 1992, section 14.1), whose laws of states differ from the exact ones by O(step). Its squares are
known, so that what a value bends in a single state puts no noise on the backward equation.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.numerics.random_draws import normals, uniforms

AWAY = 0.25  # share of the horizon within which the diffusion gets to the other initial states that count


class Paths(NamedTuple):
    """time [N + 1, B]; state [N + 1, B, D]; increments of W [N, B, D]; span: of a time step."""

    time: tf.Tensor
    state: tf.Tensor
    increments: tf.Tensor
    span: tf.Tensor


def antithetic_shocks(seed: tf.Tensor, shape: tuple[int, ...], kind: str, dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Shocks of unit variance [N, B, D], those of the second half of B the negative of the first.

    Args:
      seed: [2] integers.
      shape: N, B and D; B is even.
      kind: "normal" or "two_point".
    """
    half = normals(seed, (shape[0], shape[1] // 2, shape[2]), dtype)
    half = half if kind == "normal" else tf.sign(half)
    return tf.concat([half, -half], 1)


def simulate(model: TerminalValueDiffusion, start: tf.Tensor, begin: float, shocks: tf.Tensor) -> Paths:
    """Paths from a state [B, D] at the time `begin` to the horizon, led by shocks [N, B, D] of unit variance."""
    count, dtype = shocks.shape[0], shocks.dtype
    span = tf.constant((model.horizon - begin) / count, dtype)
    increments = tf.sqrt(span) * shocks
    spans = tf.fill(tf.shape(start)[:1], span)
    dates = tf.constant([begin + (model.horizon - begin) * n / count for n in range(count + 1)], dtype)
    states = [start]
    for n in range(count):
        states.append(model.step(tf.fill(tf.shape(start)[:1], dates[n]), states[-1], spans, increments[n]))
    time = tf.repeat(dates[:, None], tf.shape(start)[0], 1)
    return Paths(time, tf.stack(states), increments, span)


def starts_beside(
    model: TerminalValueDiffusion, seed: tf.Tensor, count: int, dtype: tf.DType = tf.float32
) -> tf.Tensor:
    """States [B, D] that the diffusion reaches from the initial one within a share of the horizon, any up to AWAY."""
    seeds = tf.random.split(seed, 2, alg="philox")
    span = AWAY * model.horizon * uniforms(seeds[0], (count,), dtype)
    moves = tf.sqrt(span)[:, None] * normals(seeds[1], (count, model.num_states), dtype)
    return model.step(tf.zeros((count,), dtype), start_of(model, count, dtype), span, moves)


def start_of(model: TerminalValueDiffusion, count: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
    """The initial state once for each path: [B, D]."""
    return tf.repeat(tf.constant(model.initial_state, dtype)[None], count, 0)
