"""Is the Euler equation of a model the one that the contract states? It is derived from these two properties.

An agent's own law of motion x' = g(x, u, w, omega) must add its shocks: where they multiply its state or its action,
the expected margin of tomorrow's unit involves a covariance that no survival rate knows. And a unit of the first state,
or of the action, must move the first state alone: else tomorrow's margin is not the whole worth of it. A model of which
either is untrue still has a Bellman equation.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.methods.euler_residual.bellman.right_side import own_transition
from hetkeras.numerics.random_draws import Shocks

AGENTS = 8  # at least as many, if there are
SLACK = 1e-9  # of slopes that are taken exactly, in float64
ELSEWHERE = 'solve it with method="bellman" (--method=bellman), or override euler_integrand'


def without_euler_equation(model: SymmetricEconomy) -> str | None:
    """Says why the contract's Euler equation is not that of a model; None if it is, or if it has one of its own."""
    if type(model).euler_integrand is not SymmetricEconomy.euler_integrand:
        return None
    state = model.initial_state(tf.constant([0, 0]), 2, tf.float64)
    agent = state[:, :: max(1, state.shape[1] // AGENTS)]
    drawn = model.shocks.sample(tf.constant([0, 1]), 2, agent.shape[1], tf.float64)
    calm, moved = _slopes(model, agent, model.shocks.zeros(agent)), _slopes(model, agent, drawn)
    first, action = model.state_names[0], model.action_name
    for slopes, unit in zip(zip(calm, moved, strict=True), (first, action), strict=True):
        if not np.allclose(slopes[0][0], slopes[1][0], SLACK, SLACK):
            return f"transition: what a unit of {unit} leaves of {first} depends on shocks; {ELSEWHERE}"
        for name, slope in zip(model.state_names[1:], slopes[1][1:], strict=True):
            if np.max(np.abs(slope)) > SLACK:
                return f"transition: a unit of {unit} moves {name}, too, not {first} alone; {ELSEWHERE}"
    return None


def _slopes(model: SymmetricEconomy, agent: tf.Tensor, shocks: Shocks) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Slopes of each state tomorrow in today's first state, and in the action: D of [B, K] each."""
    action = tf.fill(agent.shape[:-1], tf.constant(model.steady_state()[1], agent.dtype))
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch((agent, action))
        ahead = tf.unstack(own_transition(model, agent, action, shocks), axis=-1)
    zero = tf.UnconnectedGradients.ZERO
    found = [tape.gradient(each, (agent, action), unconnected_gradients=zero) for each in ahead]
    return [by_agent[..., 0].numpy() for by_agent, _ in found], [by_action.numpy() for _, by_action in found]
