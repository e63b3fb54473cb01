"""Residuals of the HJB equation of a reloaded value whose flips take turns, and of the equation of single gains."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import flip
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.methods.jump_diffusion.generator import diffusion_nodes
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.numerics.random_draws import uniforms

STEP = 0.05  # of time, for the generator
SEED = 7_919


def residuals(
    model: SwitchingJumpDiffusion, policy: LoadedTurnPolicy, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor
) -> np.ndarray:
    """Residual of the HJB equation in units of rho times scale, [B]."""
    here, payoff = value_and_payoff(model, policy, state, binary, regime)
    nodes, weights = diffusion_nodes(model, state, binary, STEP, tf.ones_like(state))
    count = nodes.shape[0]
    ahead = policy.value(nodes, tf.repeat(binary[None], count, 0), tf.repeat(regime[None], count, 0))
    drift = tf.tensordot(weights, ahead - here, 1) / STEP
    whole = model.discount_rate * here - drift - payoff
    return (whole / (model.discount_rate * model.value_scale)).numpy()


def value_and_payoff(
    model: SwitchingJumpDiffusion, policy: LoadedTurnPolicy, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """V, and per unit of time the flow with what open flips and the next regimes are worth, both [B]."""
    found = policy.evaluate(state, binary, regime)
    jumps = tf.reduce_sum(model.regime_payoff(found.at, found.flips, found.gains, found.which, regime), -1)
    payoff = model.flow_in(state, binary, regime) + jumps + model.switching(found.values, regime)
    return tf.gather(found.values, regime, batch_dims=1), payoff


def gain_residuals(
    model: SwitchingJumpDiffusion, policy: LoadedTurnPolicy, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor
) -> np.ndarray:
    """Residual of the equation of one flip's gain at each state, relative to what it would be without the gain."""
    movable = np.flatnonzero(model.max_hazard.any(1))
    place = uniforms(tf.constant([SEED, 3]), (state.shape[0],)) * len(movable)
    which = tf.gather(tf.constant(movable, tf.int32), tf.cast(place, tf.int32))
    pair = [residuals(model, policy, state, links, regime) for links in (flip(binary, which), binary)]
    units = model.gain_units(regime, which, tf.float64).numpy() / (model.discount_rate * model.value_scale)
    return (pair[0] - pair[1]) / units
