"""What a jump diffusion says of itself: where its diffusion leads, and whether its elements are all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from hetkeras.numerics.random_draws import uniforms

if TYPE_CHECKING:
    from hetkeras.contracts.jump_diffusion import JumpDiffusion

STATES, SEED = 256, 6_011
ROUNDING = 1e-9  # relative, up to which payoffs are the same


def reached_states(model: JumpDiffusion, count: int = STATES) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws states [n, D] a time 1 / rho after rest, and binary states [n, J], any number of them on; float64."""
    seeds = tf.random.split(tf.constant([SEED, 0]), 3, alg="philox")
    shares = uniforms(seeds[0], (count, 1), tf.float64)
    binary = tf.cast(uniforms(seeds[1], (count, model.num_binary), tf.float64) < shares, tf.float64)
    start = tf.repeat(model.long_run_mean(tf.float64)[None], count, 0)
    span = tf.fill((count,), tf.constant(1 / model.discount_rate, tf.float64))
    return model.diffuse(start, binary, span, seeds[2]), binary


def exchangeable(model: JumpDiffusion) -> bool:
    """Whether payoff, costs and diffusion stay what they are as elements change places.

    A swap of the first two and a shift of all by one make up every other permutation.
    """
    count, (state, binary) = model.num_binary, reached_states(model, 16)
    swap, shift = np.arange(count), np.roll(np.arange(count), 1)
    swap[:2] = swap[:2][::-1]
    return all(_same(model, state, binary, order) for order in (swap, shift))


def _same(model: JumpDiffusion, state: tf.Tensor, binary: tf.Tensor, order: np.ndarray) -> bool:
    def moved(states: tf.Tensor) -> tf.Tensor:
        parts = model.split_states(states)
        common = len(model.common_state_names)
        return model.join_states([*parts[:common], *(tf.gather(part, order, axis=-1) for part in parts[common:])])

    def motion(state: tf.Tensor, binary: tf.Tensor) -> list[tf.Tensor]:
        own = model.idiosyncratic_volatility(state, binary)
        loadings = tf.linalg.matrix_transpose(model.loadings(state, binary))
        return [model.drift(state, binary), loadings, *([] if own is None else [own])]

    there = moved(state), tf.gather(binary, order, axis=-1)
    columns = np.column_stack([model.switching_costs, model.can_switch])
    pairs = [(model.flow(state, binary), model.flow(*there)), (columns, columns[order])]
    pairs += [(moved(here), after) for here, after in zip(motion(state, binary), motion(*there), strict=True)]
    return all(np.abs(np.subtract(*pair)).max() <= ROUNDING * (1e-300 + np.abs(pair[0]).max()) for pair in pairs)
