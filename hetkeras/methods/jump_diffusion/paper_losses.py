"""Huang & Yu (2024), Tables 1 and 2: the squared residuals of their two formulations over V^2, for a reloaded value.

The generator form with the compensator is taken, and sigma^V as the derivative of V along the loadings. These numbers
shrink with the square of the step of time and say little of accuracy: see the residuals over rho times the scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.numerics.random_draws import normals

STEP = 0.01  # Delta, years; one step
SEED = 4_409
STATISTICS = ("average", "st.d.", "85th percentile", "90th percentile", "95th percentile")


Value = Callable[[tf.Tensor], tf.Tensor]
"""V [B] of states [B, D], all else as it is at each of them."""


class LossStep(NamedTuple):
    """Residuals of both formulations [B], not relative to anything, and states after the step [B, D]."""

    analytic: tf.Tensor
    probabilistic: tf.Tensor
    reached: tf.Tensor


def paper_losses(
    model: JumpDiffusion,
    value: Value,
    payoff: tf.Tensor,
    state: tf.Tensor,
    binary: tf.Tensor,
    size: Callable[[tf.Tensor], tf.Tensor] = tf.identity,
) -> dict[str, np.ndarray]:
    """Returns columns statistic, analytic, probabilistic, step, and states, their number.

    Args:
      model: the economics.
      value: V.
      payoff: the flow and what jumps are worth, per unit of time, [B].
      state: [B, D]; binary: [B, J].
      size: from V [B] to what its losses are relative to, [B].
    """
    here = value(state)
    shocks = normals(tf.constant([SEED, 0]), (state.shape[0], model.num_shocks), state.dtype)
    found = loss_step(model, value, here, payoff, state, binary, shocks)
    residuals = {"analytic": found.analytic, "probabilistic": found.probabilistic}
    columns = {name: loss_statistics((each / size(here)).numpy() ** 2) for name, each in residuals.items()}
    about = {"step": np.full(len(STATISTICS), STEP), "states": np.full(len(STATISTICS), state.shape[0])}
    return {"statistic": np.array(STATISTICS), **columns, **about}


def loss_step(
    model: JumpDiffusion,
    value: Value,
    here: tf.Tensor,
    payoff: tf.Tensor,
    state: tf.Tensor,
    binary: tf.Tensor,
    shocks: tf.Tensor,
) -> LossStep:
    """Residuals over one step of time along standard normal shocks [B, M], from V at the states, `here` [B]."""
    loadings = tf.broadcast_to(model.loadings(state, binary), (*state.shape, model.num_shocks))
    reach = STEP**0.5
    moved = state + STEP * model.drift(state, binary)
    sides = [[moved + sign * reach * part for sign in (1, -1)] for part in tf.unstack(loadings, axis=-1)]
    ahead = [[value(each) for each in pair] for pair in sides]
    volatility = tf.stack([(up - down) / (2 * reach) for up, down in ahead], -1)
    middle = value(moved)
    expected = middle + tf.add_n([(up + down - 2 * middle) / 2 for up, down in ahead])
    drift = (model.discount_rate * here - payoff) * STEP
    reached = moved + tf.linalg.matvec(loadings, reach * shocks)
    probabilistic = here + drift + tf.reduce_sum(volatility * (reach * shocks), -1) - value(reached)
    return LossStep(here + drift - expected, probabilistic, reached)


def loss_statistics(losses: np.ndarray) -> np.ndarray:
    """STATISTICS of losses [B]."""
    return np.array([losses.mean(), losses.std(), *np.quantile(losses, (0.85, 0.9, 0.95))])
