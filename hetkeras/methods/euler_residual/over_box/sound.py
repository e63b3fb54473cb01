"""Can these fields of a symmetric economy vary? Asked before anything is solved over a box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from hetkeras.box import described, with_tensors
from hetkeras.compiling import graph
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.errors import CalibrationError, first_line
from hetkeras.numerics.random_draws import Shocks

if TYPE_CHECKING:
    from hetkeras.methods.euler_residual.over_box.economy import EconomyOverBox

SHAPES = ("state_names", "policy_state_names", "num_agents", "shocks")
MARGINS = ("payoff", "marginal_cost", "euler_integrand")
SLACK = 1e-6  # relative distance of the equations to those of a model of its own; rounding in float64 is far below


def refuse_unvarying(model: SymmetricEconomy, names: Sequence[str], models: Sequence[SymmetricEconomy]) -> None:
    """Refuses fields that the model uses outside TensorFlow, or that change its names and shapes.

    Args:
      model: the economics.
      names: of the fields.
      models: the same with other values of the fields.

    Raises:
      CalibrationError: with the field and where it is used.
    """
    for name in SHAPES:
        if any(getattr(each, name) != getattr(model, name) for each in models):
            raise CalibrationError(
                f"{name} of {type(model).__name__} is not the same everywhere in the box; expected ranges of "
                f"{', '.join(names)} that leave it as it is"
            )
    for name in names:
        try:
            _traced(model, name)
        except Exception as error:  # TensorFlow and NumPy tell it in many ways
            raise CalibrationError(
                f"{name} cannot vary: {type(model).__name__} uses it outside TensorFlow ({first_line(error)}); write "
                "its equations with tf, or leave it out of the box"
            ) from error


def refuse_other_equations(whole: EconomyOverBox, models: Sequence[SymmetricEconomy], theta: np.ndarray) -> None:
    """Refuses equations that depend on a field in another way than those of models of their own.

    Args:
      whole: the economies of a box as one.
      models: some of them, each of its own.
      theta: their parameters, [G, P].

    Raises:
      CalibrationError: with the member and the calibration.
    """
    for model, values in zip(models, theta, strict=True):
        for name, (alone, here) in _pairs(model, whole, values).items():
            if not np.allclose(here, alone, SLACK, SLACK * np.max(np.abs(alone))):
                raise CalibrationError(
                    f"{name} of {type(model).__name__} does not follow the fields of the box: at "
                    f"{described(whole.over, values)} a model of its own gives something else; compute what depends on "
                    "them in the method itself, not before"
                )


def _traced(model: SymmetricEconomy, name: str) -> None:
    """Traces all equations with one field as a tensor."""
    state, action, shocks = _draws(model)

    def equations(value: tf.Tensor) -> list[tf.Tensor]:
        copy = with_tensors(model, {name: value})
        agent = copy.deciding_agents(state)
        margins = [getattr(copy, member)(agent, state, action) for member in (*MARGINS, "survival_rate")]
        residual = copy.euler_residual(agent, state, action, margins[1])
        return [*margins, residual, copy.transition(state, action, shocks), copy.aggregate_weights(state)]

    graph(equations).get_concrete_function(tf.TensorSpec([], state.dtype))


def _pairs(
    model: SymmetricEconomy, whole: EconomyOverBox, theta: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What a model of its own gives at two draws, and what the economies of the box give there, by member."""
    state, action, shocks = _draws(model)
    agent = model.deciding_agents(state)
    joined = whole.joined(state, tf.constant(np.tile(theta, (2, 1))))
    inside = whole.deciding_agents(joined)
    unit = whole.cost_at_rest(joined)
    cost = model.marginal_cost(agent, state, action)
    moved = whole.transition(joined, action, shocks)[..., : state.shape[-1]]
    pairs = {}
    for name in MARGINS:
        alone = getattr(model, name)(agent, state, action)
        pairs[name] = alone, unit * getattr(whole, name)(inside, joined, action)
    pairs["survival_rate"] = model.survival_rate(agent, state, action), whole.survival_rate(inside, joined, action)
    pairs["transition"] = model.transition(state, action, shocks), moved
    pairs["euler_residual"] = (
        model.euler_residual(agent, state, action, cost),
        unit * whole.euler_residual(inside, joined, action, cost / unit),
    )
    pairs["aggregate_weights"] = model.aggregate_weights(state), whole.aggregate_weights(joined)
    return {name: (alone.numpy(), here.numpy()) for name, (alone, here) in pairs.items()}


def _draws(model: SymmetricEconomy) -> tuple[tf.Tensor, tf.Tensor, Shocks]:
    """Two draws near the start, in float64: state [2, N, D], action [2, K], shocks."""
    state = model.initial_state(tf.constant([0, 0]), 2, tf.float64)
    count = model.deciding_agents(state).shape[1]
    spread = np.linspace(0.95, 1.05, 2 * count).reshape(2, count)
    shocks = model.shocks.sample(tf.constant([0, 1]), 2, state.shape[1], tf.float64)
    return state, tf.constant(model.steady_state()[1] * spread), shocks
