"""The symmetric economy at rest without shocks, found from the model's own transition and Euler equation."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.numerics.outside_graphs import outside_graphs
from hetkeras.numerics.roots import falling_roots, system_root

if TYPE_CHECKING:
    from hetkeras.contracts.symmetric_economy import SymmetricEconomy

LOWEST, HIGHEST, POINTS = 1e-8, 1e8, 401
"""Where the first state is looked for: a grid of equal ratios."""
NO_GAIN = 1e-6  # relative, of one more unit at rest
AT_REST = 1e-9  # change of a further state


@functools.lru_cache(maxsize=256)
def symmetric_steady_state(model: SymmetricEconomy) -> tuple[float, float]:
    """Returns the first state x > 0 at which one more unit neither gains nor loses, and the action that keeps it.

    Raises:
      CalibrationError: if there is no such state between 1e-8 and 1e8, or more than one.
    """

    return outside_graphs(lambda: _root(model))


def _root(model: SymmetricEconomy) -> tuple[float, float]:
    grid = np.geomspace(LOWEST, HIGHEST, POINTS)
    roots = falling_roots(lambda states: relative_gain(model, states)[0], grid, NO_GAIN)
    if len(roots) != 1:
        raise CalibrationError(
            f"{type(model).__name__} has {len(roots)} steady states between {LOWEST:g} and {HIGHEST:g} by its own "
            "Euler equation; expected one. Override steady_state() with (state, action) at rest"
        )
    return roots[0], float(relative_gain(model, np.array(roots))[1][0])


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
    """Returns all states but the first where they rest without shocks, [D - 1]: at one, if they rest there.

    Raises:
      CalibrationError: if they are found to rest nowhere.
    """

    def change(further: np.ndarray) -> np.ndarray:
        state = tf.constant(np.tile([1.0, *further], (1, min(model.num_agents, 2), 1)))
        action = tf.zeros(model.deciding_agents(state).shape[:-1], state.dtype)
        moved = model.transition(state, action, model.shocks.zeros(state))
        return moved.numpy()[0, 0, 1:] - further

    names = model.state_names[1:]
    found = outside_graphs(system_root, change, np.ones(len(names)), AT_REST, 1e-14)
    if found is None:
        raise CalibrationError(
            f"{type(model).__name__} has no values of {', '.join(names)} that its transition leaves as they are if "
            "there are no shocks, looked for from one on; expected a point of rest, as a mean to which they return"
        )
    return found
