"""Huang & Yu (2024), Tables 1 and 2: the squared residuals of their two formulations over V^2, for a reloaded value.

The generator form with the compensator is taken, and sigma^V as the derivative of V along the loadings. These numbers
shrink with the square of the step of time and say little of accuracy: see the residuals over rho times the scale.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.numerics.random_draws import normals

STEP = 0.01  # Delta, years; one step
SEED = 4_409
STATISTICS = ("average", "st.d.", "85th percentile", "90th percentile", "95th percentile")


def paper_losses(
    model: JumpDiffusion,
    value: Callable[[tf.Tensor], tf.Tensor],
    payoff: tf.Tensor,
    state: tf.Tensor,
    binary: tf.Tensor,
    size: Callable[[tf.Tensor], tf.Tensor] = tf.identity,
) -> dict[str, np.ndarray]:
    """Returns columns statistic, analytic, probabilistic, step, and states, their number.

    Args:
      model: the economics.
      value: V [B] of states [B, D], all else as it is at each of them.
      payoff: the flow and what jumps are worth, per unit of time, [B].
      state: [B, D]; binary: [B, J].
      size: from V [B] to what its losses are relative to, [B].
    """
    here = value(state)
    loadings = tf.broadcast_to(model.loadings(state, binary), (*state.shape, model.num_shocks))
    reach = STEP**0.5
    moved = state + STEP * model.drift(state, binary)
    sides = [[moved + sign * reach * part for sign in (1, -1)] for part in tf.unstack(loadings, axis=-1)]
    ahead = [[value(each) for each in pair] for pair in sides]
    volatility = tf.stack([(up - down) / (2 * reach) for up, down in ahead], -1)
    middle = value(moved)
    expected = middle + tf.add_n([(up + down - 2 * middle) / 2 for up, down in ahead])
    drift = (model.discount_rate * here - payoff) * STEP
    shocks = reach * normals(tf.constant([SEED, 0]), (state.shape[0], model.num_shocks), state.dtype)
    reached = value(moved + tf.linalg.matvec(loadings, shocks))
    probabilistic = here + drift + tf.reduce_sum(volatility * shocks, -1) - reached
    residuals = {"analytic": here + drift - expected, "probabilistic": probabilistic}
    columns = {name: _statistics((residual / size(here)).numpy() ** 2) for name, residual in residuals.items()}
    about = {"step": np.full(len(STATISTICS), STEP), "states": np.full(len(STATISTICS), state.shape[0])}
    return {"statistic": np.array(STATISTICS), **columns, **about}


def _statistics(losses: np.ndarray) -> np.ndarray:
    return np.array([losses.mean(), losses.std(), *np.quantile(losses, (0.85, 0.9, 0.95))])
