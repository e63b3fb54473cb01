"""Is a symmetric economy sound? Questions that need no training, answered before it in a second or two."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.steady_state import further_states
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.euler_form import without_euler_equation
from hetkeras.numerics.random_draws import Shocks
from hetkeras.soundness import misshapen, until_one_speaks

MARGINS = ("payoff", "marginal_cost", "marginal_payoff", "survival_rate", "euler_integrand")
STEP, SLACK = 1e-5, 1e-5
"""Relative step of a central difference, and relative distance to it that is not called an error."""


class _Draws(NamedTuple):
    """Two draws of the economy near its start, in float64, with everything that a member may be asked about."""

    agent: tf.Tensor  # [2, K, D]
    state: tf.Tensor  # [2, N, D]
    action: tf.Tensor  # [2, K]
    shocks: Shocks


def check_economy(model: SymmetricEconomy) -> Iterable[str]:
    """Yields one sentence for each thing that is wrong with a model, nothing for a sound one.

    Later questions are not asked of a model whose shapes, or numbers, are wrong already.
    """
    try:
        draws = _draws(model)
    except CalibrationError as error:
        yield f"steady_state: {error}"
        return
    yield from until_one_speaks((_wrong_shapes, _not_finite, _contradictions, _reference_not_found), model, draws)


def _draws(model: SymmetricEconomy) -> _Draws:
    state = model.initial_state(tf.constant([0, 0]), 2, tf.float64)
    agent = model.deciding_agents(state)
    spread = np.linspace(0.95, 1.05, 2 * agent.shape[1]).reshape(2, -1)  # no two actions are alike
    shocks = model.shocks.sample(tf.constant([0, 1]), 2, state.shape[1], tf.float64)
    return _Draws(agent, state, tf.constant(model.steady_state()[1] * spread), shocks)


def _wrong_shapes(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    whole = (2, model.num_agents, len(model.state_names))
    shapes = {"initial_state": (draws.state.shape, whole)}
    if draws.state.shape == whole:
        shapes["transition"] = (model.transition(draws.state, draws.action, draws.shocks).shape, whole)
        for name in MARGINS:
            values = getattr(model, name)(draws.agent, draws.state, draws.action)
            shapes[name] = (values.shape, draws.action.shape)
    wrong = {name: pair for name, pair in shapes.items() if pair[0] != pair[1]}
    for name, (shape, expected) in wrong.items():
        yield f"{name} returns the shape {tuple(shape)} on two draws; expected {tuple(expected)}"
    if not wrong:
        yield from _wrong_at_nodes(model, draws)


def _wrong_at_nodes(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    """Training integrates over shocks [Q, B, N, M] that states [B, N, D] do not have the first axis of."""
    num_paths, num_agents, _ = draws.state.shape
    shocks, weights = model.shocks.quadrature(tf.constant([0, 2]), num_paths, num_agents, 2, 2, tf.float64)
    shape = (len(weights), *draws.state.shape)
    arguments = (draws.state, draws.action, shocks)
    if problem := misshapen(model, "transition", tf.float64, [shape], arguments, "nodes of shocks"):
        yield f"{problem}, where shocks have an axis of nodes in front that the state lacks; tf.broadcast_to helps"


def _not_finite(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    values = {name: getattr(model, name)(draws.agent, draws.state, draws.action) for name in MARGINS}
    values["transition"] = model.transition(draws.state, draws.action, draws.shocks)
    for name in ("transition", *MARGINS):
        if not np.isfinite(values[name]).all():
            yield f"{name} returns numbers that are not finite near the steady state"
            return  # what is derived from it is not finite either


def _contradictions(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    for question in (_wrong_derivatives, _wrong_rest, _unlike_agents, _outside):
        yield from question(model, draws)


def _has_euler_equation(model: SymmetricEconomy) -> bool:
    return without_euler_equation(model) is None


def _wrong_derivatives(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    """Overridden members against central differences; an Euler equation of the model's own is not second-guessed."""
    if not _has_euler_equation(model):
        return
    agent, state, action, _ = draws
    own_equation = _overrides(model, "euler_integrand")
    cost = -_slope(lambda step: model.payoff(agent, state, action + step), action)
    payoff = _slope(lambda step: model.payoff(_first_moved(agent, step), state, action), agent[..., 0])
    survival = _slope(lambda step: _own_next(model, _first_moved(agent, step), action), agent[..., 0])
    reach = _slope(lambda step: _own_next(model, agent, action + step), action)
    if not (own_equation or _overrides(model, "marginal_cost") or _close(reach, np.ones_like(reach))):
        yield (
            f"transition: one more unit of {model.action_name} moves {model.state_names[0]} by {reach.flat[0]:.6g}; "
            "expected 1, or override marginal_cost with the cost of one more unit of tomorrow's state"
        )
    if _close(reach, np.ones_like(reach)):
        yield from _differs("marginal_cost", model.marginal_cost(agent, state, action), cost, "payoff")
    if own_equation or _close(model.euler_integrand(agent, state, action), payoff + survival * cost):
        return
    yield from _differs("marginal_payoff", model.marginal_payoff(agent, state, action), payoff, "payoff")
    yield from _differs("survival_rate", model.survival_rate(agent, state, action), survival, "transition")


def _wrong_rest(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    first, action = model.steady_state()
    state = _at_rest(model, draws.state)
    agent = model.deciding_agents(state)
    actions = tf.fill(agent.shape[:-1], tf.constant(action, tf.float64))
    moved = np.mean(model.transition(state, actions, model.shocks.zeros(state))[..., 0])
    if not _close(moved, first):
        yield f"steady_state: without shocks the transition moves {first:.6g} under {action:.6g} to {moved:.6g}"
    if not _has_euler_equation(model):
        return
    returned = model.discount_factor * np.mean(model.euler_integrand(agent, state, actions))
    ratio = returned / np.mean(model.marginal_cost(agent, state, actions))
    if not _close(ratio, 1.0):
        yield (
            f"steady_state: at {first:.6g} and {action:.6g} one more unit returns {ratio:.6g} times its cost by the "
            "Euler equation; expected 1"
        )


def _unlike_agents(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    agent, state, action, shocks = draws
    order = np.random.default_rng(0).permutation(state.shape[1])[::-1]
    shuffled, mixed = tf.gather(state, order, axis=1), tf.gather(shocks.idiosyncratic, order, axis=1)
    actions = action if action.shape[1] == 1 else tf.gather(action, order, axis=1)
    moved = tf.gather(model.transition(state, action, shocks), order, axis=1)
    if not _close(model.transition(shuffled, actions, Shocks(mixed, shocks.aggregate)), moved):
        yield "transition: agents that change places do not take their next states along; expected exchangeable agents"
    if not _close(model.payoff(agent, shuffled, action), model.payoff(agent, state, action)):
        yield "payoff: depends on the order of the agents in `state`; expected exchangeable agents"
    if not (_overrides(model, "survival_rate") or _overrides(model, "euler_integrand")):
        alone = _own_next(model, agent, action)
        together = model.transition(state, action, model.shocks.zeros(state))
        if not _close(model.deciding_agents(together)[..., 0], alone):
            yield (
                "transition: an agent's next state depends on the other agents, so that survival_rate cannot be "
                "derived; override it"
            )


def _outside(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    lower, upper = model.state_bounds()
    lowest, highest = (float(bound(draws.state[..., 0])) for bound in (tf.reduce_min, tf.reduce_max))
    if not lower < lowest <= highest < upper:
        yield (
            f"state_bounds: initial states from {lowest:.6g} to {highest:.6g} are not inside {lower:.6g} to {upper:.6g}"
        )


def _reference_not_found(model: SymmetricEconomy, draws: _Draws) -> Iterable[str]:
    del draws
    try:
        model.reference()
    except CalibrationError as error:
        yield f"reference: {error}"


def _at_rest(model: SymmetricEconomy, state: tf.Tensor) -> tf.Tensor:
    """Returns states with the first at the steady state and the further ones at rest; types stay as they are drawn."""
    rest = tf.constant([model.steady_state()[0], *further_states(model)], state.dtype) * tf.ones_like(state)
    action = tf.zeros(model.deciding_agents(state).shape[:-1], state.dtype)
    moved = model.transition(state, action, model.shocks.zeros(state))
    lasting = tf.reduce_all(tf.equal(moved, state), (0, 1)) & (tf.range(state.shape[-1]) > 0)
    return tf.where(lasting, state, rest)


def _own_next(model: SymmetricEconomy, agent: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
    """The first state tomorrow of agents each on its own, without shocks: [..., K]."""
    alone = agent[..., None, :]
    return model.transition(alone, action[..., None], model.shocks.zeros(alone))[..., 0, 0]


def _first_moved(agent: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
    return agent + step[..., None] * tf.one_hot(0, agent.shape[-1], dtype=agent.dtype)


def _slope(function: Callable[[tf.Tensor], tf.Tensor], point: tf.Tensor) -> np.ndarray:
    step = STEP * tf.maximum(tf.abs(point), 1e-3)
    return ((function(step) - function(-step)) / (2 * step)).numpy()


def _differs(name: str, values: tf.Tensor, slope: np.ndarray, of: str) -> Iterable[str]:
    if not _close(values, slope):
        yield f"{name} is {values.numpy().flat[0]:.6g} where the {of} has the slope {slope.flat[0]:.6g}"


def _close(values: np.ndarray, expected: np.ndarray | float) -> bool:
    return bool(np.all(np.abs(values - expected) <= SLACK * max(np.max(np.abs(expected)), 1e-12)))


def _overrides(model: SymmetricEconomy, name: str) -> bool:
    return getattr(type(model), name) is not getattr(SymmetricEconomy, name)
