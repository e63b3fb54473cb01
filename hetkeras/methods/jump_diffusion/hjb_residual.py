"""Residuals of the HJB equation of a reloaded value, and of the equation of single gains.

All are in units of rho times the scale of the value, so that .01 is one per cent of the value.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion, flip
from hetkeras.methods.jump_diffusion.generator import diffusion_nodes
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.numerics.random_draws import uniforms

STEP = 0.01  # of time, for the generator
DIRECTIONS = 8  # random directions over which shocks of the states' own are averaged
SEED = 7_919


def residuals(model: JumpDiffusion, policy: LoadedFlipPolicy, state: tf.Tensor, binary: tf.Tensor) -> np.ndarray:
    """Residual of the HJB equation in units of rho times scale, [B]."""
    output = policy.evaluate(state, binary)
    jumps = tf.reduce_sum(model.jump_payoff(binary, output.gains, output.gains), -1)
    drawn = 1 if model.idiosyncratic_volatility(state, binary) is None else DIRECTIONS
    found = []
    for direction in range(drawn):
        sign = tf.sign(uniforms(tf.constant([SEED, direction]), state.shape) - 0.5)
        nodes, weights = diffusion_nodes(model, state, binary, STEP, sign)
        ahead = policy.value(nodes, tf.broadcast_to(binary, (nodes.shape[0], *binary.shape)))
        found.append(tf.tensordot(weights, ahead - output.value, 1) / STEP)
    whole = model.discount_rate * output.value - model.flow(state, binary) - tf.add_n(found) / drawn - jumps
    return (whole / (model.discount_rate * model.value_scale)).numpy()


def gain_residuals(model: JumpDiffusion, policy: LoadedFlipPolicy, state: tf.Tensor, binary: tf.Tensor) -> np.ndarray:
    """Residual of the equation of one flip's gain at each state, in units of rho times a J-th of the scale, [B].

    It is what the residuals before and after the flip differ by. Values of many elements can be right to a hundredth
    while the gains, on which decisions hang, are not.
    """
    which = uniforms(tf.constant([SEED, DIRECTIONS]), (state.shape[0],)) * model.num_binary
    after = flip(binary, tf.cast(which, tf.int32))
    return model.num_binary * (residuals(model, policy, state, after) - residuals(model, policy, state, binary))
