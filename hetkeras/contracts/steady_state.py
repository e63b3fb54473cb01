"""The symmetric economy at rest without shocks, found from the model's own transition and Euler equation."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import scipy.optimize
import tensorflow as tf

from hetkeras.contracts.resting_price import outside_graphs
from hetkeras.errors import CalibrationError

if TYPE_CHECKING:
    from hetkeras.contracts.symmetric_economy import SymmetricEconomy

LOWEST, HIGHEST, POINTS = 1e-8, 1e8, 401
"""Where the first state is looked for: a grid of equal ratios."""


@functools.lru_cache(maxsize=256)
def symmetric_steady_state(model: SymmetricEconomy) -> tuple[float, float]:
    """Returns the first state x > 0 at which one more unit neither gains nor loses, and the action that keeps it.

    Raises:
      CalibrationError: if there is no such state between 1e-8 and 1e8, or more than one.
    """

    return outside_graphs(lambda: _root(model))


def _root(model: SymmetricEconomy) -> tuple[float, float]:
    def gain(states: np.ndarray) -> np.ndarray:
        return relative_gain(model, states)[0]

    def gain_at(state: float) -> float:
        return float(gain(np.array([state]))[0])

    grid = np.geomspace(LOWEST, HIGHEST, POINTS)
    gains = gain(grid)  # NaN where the economy is not defined, for which no comparison holds
    brackets = [grid[i : i + 2] for i in np.flatnonzero((gains[:-1] > 0) & (gains[1:] <= 0))]
    roots = [scipy.optimize.brentq(gain_at, *bracket, xtol=1e-300) for bracket in brackets]
    roots = [root for root in roots if abs(gain_at(root)) < 1e-6]  # at a pole the sign changes as well
    if len(roots) != 1:
        raise CalibrationError(
            f"{type(model).__name__} has {len(roots)} steady states between {LOWEST:g} and {HIGHEST:g} by its own "
            "Euler equation; expected one. Override steady_state() with (state, action) at rest"
        )
    return float(roots[0]), float(relative_gain(model, np.array(roots))[1][0])


def relative_gain(model: SymmetricEconomy, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Discounted return of one more unit over its cost, less one, and the action that keeps states [G]: both [G]."""
    state = symmetric_states(model, states)
    agent = model.deciding_agents(state)
    action = resting_action(model, state)
    cost = model.marginal_cost(agent, state, action)
    gain = (model.discount_factor * model.euler_integrand(agent, state, action) - cost) / tf.abs(cost)
    return np.broadcast_to(gain.numpy()[..., 0], states.shape), action.numpy()[..., 0]


def symmetric_states(model: SymmetricEconomy, states: np.ndarray) -> tf.Tensor:
    """Returns [G, N, D] with first states [G] and the further ones at rest; N is two at most."""
    rows = np.concatenate([states[:, None], np.tile(further_states(model), (len(states), 1))], 1)
    return tf.constant(np.repeat(rows[:, None], min(model.num_agents, 2), 1))


def resting_action(model: SymmetricEconomy, state: tf.Tensor) -> tf.Tensor:
    """Returns the action [G, K] that keeps the first state: one more unit of it is one more unit tomorrow."""
    action = tf.zeros(model.deciding_agents(state).shape[:-1], state.dtype)
    for _ in range(2):  # the second time for rounding
        moved = model.transition(state, action, model.shocks.zeros(state))
        action += model.deciding_agents(state - moved)[..., 0]
    return action


@functools.lru_cache(maxsize=256)
def further_states(model: SymmetricEconomy) -> np.ndarray:
    """Returns all states but the first where they rest without shocks, [D - 1]: at one, if they rest there."""

    def change(further: np.ndarray) -> np.ndarray:
        state = tf.constant(np.tile([1.0, *further], (1, min(model.num_agents, 2), 1)))
        action = tf.zeros(model.deciding_agents(state).shape[:-1], state.dtype)
        moved = model.transition(state, action, model.shocks.zeros(state))
        return moved.numpy()[0, 0, 1:] - further

    def rest() -> np.ndarray:
        start = np.ones(len(model.state_names) - 1)
        return start if not np.any(change(start)) else scipy.optimize.root(change, start, tol=1e-14).x

    return outside_graphs(rest)
