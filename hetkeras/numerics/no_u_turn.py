"""Draws from a density by the No-U-Turn sampler of TensorFlow Probability (Hoffman and Gelman 2014)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled

ACCEPTANCE, DEPTH, FIRST_STEP = 0.8, 8, 0.1


class Draws(NamedTuple):
    """What the chains drew.

    states: [T, C, P].
    scale_reduction: R-hat of each coordinate, [P]; 1 where chains agree.
    effective: independent draws that those of each coordinate are worth, [P].
    divergent: share of steps whose energy went astray.
    """

    states: np.ndarray
    scale_reduction: np.ndarray
    effective: np.ndarray
    divergent: float


def no_u_turn(log_density: Callable[[tf.Tensor], tf.Tensor], start: np.ndarray, draws: int, seed: int) -> Draws:
    """Draws from a density; half as many draws come before, in which the step adapts.

    Args:
      log_density: [C] of states [C, P], float64, up to a constant.
      start: of the chains, [C, P].
      draws: T.
      seed: of all draws.
    """
    import tensorflow_probability as tfp  # seconds, which only draws need

    @compiled
    def run(state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        sampler = tfp.mcmc.NoUTurnSampler(log_density, tf.constant(FIRST_STEP, tf.float64), max_tree_depth=DEPTH)
        kernel = tfp.mcmc.DualAveragingStepSizeAdaptation(
            sampler, int(0.4 * draws), target_accept_prob=tf.constant(ACCEPTANCE, tf.float64)
        )
        return tfp.mcmc.sample_chain(
            draws,
            num_burnin_steps=draws // 2,
            current_state=state,
            kernel=kernel,
            trace_fn=lambda state, results: results.inner_results.has_divergence,
            seed=(seed, 0),
        )

    states, divergent = run(tf.constant(start, tf.float64))
    reduction = tfp.mcmc.potential_scale_reduction(states, split_chains=True)
    effective = tfp.mcmc.effective_sample_size(states, cross_chain_dims=1)
    return Draws(states.numpy(), reduction.numpy(), effective.numpy(), float(np.mean(divergent.numpy())))
