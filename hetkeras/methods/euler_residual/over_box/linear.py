"""The policy of a symmetric economy to first order: how the action answers to an aggregate that is off its rest.

With all agents alike, u = u* + b (x - x*) moves the state to x* + lambda(b) (x - x*). The Euler equation to first order
is a quadratic in b. Of its two roots, whose lambda multiply to 1 / beta, the one of smaller |lambda| is the solution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from hetkeras.methods.euler_residual.over_box.economy import EconomyOverBox

STEP = 1e-4  # relative distance to rest
TRIALS = np.array([-1.0, 0.0, 1.0])  # slopes at which the quadratic is taken


def linear_slopes(economy: EconomyOverBox, state: tf.Tensor, rests: np.ndarray) -> np.ndarray:
    """Slopes b of the action in the aggregate, [G]; zero where the quadratic has no real root.

    Args:
      economy: the economies of a box as one.
      state: one at rest for each calibration, [G, N, D + P].
      rests: first state and action there, [G, 2].
    """
    cases = np.array([(slope, sign) for slope in TRIALS for sign in (1, -1)])
    step = STEP * np.abs(rests[:, 0])
    away, slopes = np.concatenate([sign * step for _, sign in cases]), np.repeat(cases[:, 0], len(rests))
    repeated = tf.tile(state, (len(cases), 1, 1)), np.tile(rests, (len(cases), 1))
    ends = _answers(economy, *repeated, away, slopes).reshape(2, len(TRIALS), 2, -1)
    residuals, factors = (ends[:, :, 0] - ends[:, :, 1]) / (2 * step)
    quadratics, lines = np.polyfit(TRIALS, residuals, 2).T, np.polyfit(TRIALS, factors, 1).T
    return np.array([_stable(quadratic, line) for quadratic, line in zip(quadratics, lines, strict=True)])


def _answers(
    economy: EconomyOverBox, state: tf.Tensor, rests: np.ndarray, away: np.ndarray, slopes: np.ndarray
) -> np.ndarray:
    """Euler residual and next state, [2, G], where the first state is `away` from rest and the action follows it."""
    here = state + away[:, None, None] * tf.one_hot(0, state.shape[-1], dtype=state.dtype)
    agent = economy.deciding_agents(here)
    action = tf.constant((rests[:, 1] + slopes * away)[:, None]) + tf.zeros(agent.shape[:-1], state.dtype)
    moved = economy.transition(here, action, economy.shocks.zeros(here))
    later = economy.deciding_agents(moved)
    following = rests[:, 1:] + slopes[:, None] * (later[..., 0] - rests[:, :1])
    expected = economy.euler_integrand(later, moved, following)
    residual = economy.euler_residual(agent, here, action, expected)
    return np.stack([residual.numpy()[:, 0], moved.numpy()[:, 0, 0]])


def _stable(quadratic: np.ndarray, line: np.ndarray) -> float:
    """The root with the smaller factor by which the distance to rest grows; zero if none is real."""
    roots = np.roots(quadratic)
    real = roots[np.abs(roots.imag) < 1e-9 * (1 + np.abs(roots.real))].real
    return float(min(real, key=lambda slope: abs(np.polyval(line, slope)))) if len(real) else 0.0
