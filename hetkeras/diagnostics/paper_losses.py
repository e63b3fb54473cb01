"""Huang & Yu (2024), Table 1: the squared residuals of their two formulations over V^2, for a reloaded value.

The generator form with the compensator is taken, and sigma^V as the derivative of V along the loadings. These numbers
shrink with the square of the step of time and say little of accuracy: see the residuals over rho times the scale.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.processes import normals
from hetkeras.simulation.loaded_flip_policy import LoadedFlipPolicy

STEP = 0.01  # Delta, years; one step
SEED = 4_409
STATISTICS = ("average", "st.d.", "85th percentile", "90th percentile", "95th percentile")


def paper_losses(
    model: JumpDiffusion, policy: LoadedFlipPolicy, state: tf.Tensor, binary: tf.Tensor
) -> dict[str, np.ndarray]:
    """Returns columns statistic, analytic, probabilistic and step at states [B, D] and [B, J]."""
    look = policy.look(state, binary)
    loadings = tf.broadcast_to(model.loadings(state, binary), (*state.shape, model.num_shocks))
    reach = STEP**0.5
    moved = state + STEP * model.drift(state, binary)
    sides = [[moved + sign * reach * part for sign in (1, -1)] for part in tf.unstack(loadings, axis=-1)]
    ahead = [[policy.value(each, binary) for each in pair] for pair in sides]
    volatility = tf.stack([(up - down) / (2 * reach) for up, down in ahead], -1)
    middle = policy.value(moved, binary)
    expected = middle + tf.add_n([(up + down - 2 * middle) / 2 for up, down in ahead])
    jumps = tf.reduce_sum(model.surplus(binary, look.gains, look.gains), -1)
    drift = (model.discount_rate * look.value - model.flow(state, binary) - jumps) * STEP
    shocks = reach * normals(tf.constant([SEED, 0]), (state.shape[0], model.num_shocks))
    reached = policy.value(moved + tf.linalg.matvec(loadings, shocks), binary)
    probabilistic = look.value + drift + tf.reduce_sum(volatility * shocks, -1) - reached
    residuals = {"analytic": look.value + drift - expected, "probabilistic": probabilistic}
    columns = {name: _statistics((residual / look.value).numpy() ** 2) for name, residual in residuals.items()}
    return {"statistic": np.array(STATISTICS), **columns, "step": np.full(len(STATISTICS), STEP)}


def _statistics(losses: np.ndarray) -> np.ndarray:
    return np.array([losses.mean(), losses.std(), *np.quantile(losses, (0.85, 0.9, 0.95))])
