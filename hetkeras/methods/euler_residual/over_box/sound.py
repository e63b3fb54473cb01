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
COPIES = 2  # draws of each model
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
    draws = [_draws(model) for model in models]
    state, action = (tf.concat([each[part] for each in draws], 0) for part in (0, 1))
    shocks = Shocks(*(tf.concat(parts, 0) for parts in zip(*(each[2] for each in draws), strict=True)))
    here = _here(whole, state, action, shocks, tf.constant(np.repeat(theta, COPIES, 0)))
    for g, (model, drawn) in enumerate(zip(models, draws, strict=True)):
        rows = slice(COPIES * g, COPIES * (g + 1))
        for name, alone in _alone(model, *drawn).items():
            if not np.allclose(here[name][rows], alone, SLACK, SLACK * np.max(np.abs(alone))):
                raise CalibrationError(
                    f"{name} of {type(model).__name__} does not follow the fields of the box: at "
                    f"{described(whole.over, theta[g])} a model of its own gives something else; compute what depends "
                    "on them in the method itself, not before"
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


def _alone(model: SymmetricEconomy, state: tf.Tensor, action: tf.Tensor, shocks: Shocks) -> dict[str, np.ndarray]:
    """What a model of its own gives at draws, by member."""
    agent = model.deciding_agents(state)
    found = {name: getattr(model, name)(agent, state, action) for name in (*MARGINS, "survival_rate")}
    found["transition"] = model.transition(state, action, shocks)
    found["euler_residual"] = model.euler_residual(agent, state, action, tf.ones_like(action))
    found["aggregate_weights"] = model.aggregate_weights(state)
    return {name: each.numpy() for name, each in found.items()}


def _here(
    whole: EconomyOverBox, state: tf.Tensor, action: tf.Tensor, shocks: Shocks, theta: tf.Tensor
) -> dict[str, np.ndarray]:
    """What the economies of the box give there, in the same units; theta [G, P], a row for each draw."""
    joined = whole.joined(state, theta)
    agent, unit = whole.deciding_agents(joined), whole.cost_at_rest(joined)
    found = {name: unit * getattr(whole, name)(agent, joined, action) for name in MARGINS}
    found["survival_rate"] = whole.survival_rate(agent, joined, action)
    found["transition"] = whole.transition(joined, action, shocks)[..., : state.shape[-1]]
    found["euler_residual"] = unit * whole.euler_residual(agent, joined, action, tf.ones_like(action) / unit)
    found["aggregate_weights"] = whole.aggregate_weights(joined)
    return {name: each.numpy() for name, each in found.items()}


def _draws(model: SymmetricEconomy) -> tuple[tf.Tensor, tf.Tensor, Shocks]:
    """Draws near the start, in float64: state [COPIES, N, D], action [COPIES, K], shocks."""
    state = model.initial_state(tf.constant([0, 0]), COPIES, tf.float64)
    count = model.deciding_agents(state).shape[1]
    spread = np.linspace(0.95, 1.05, COPIES * count).reshape(COPIES, count)
    shocks = model.shocks.sample(tf.constant([0, 1]), COPIES, state.shape[1], tf.float64)
    return state, tf.constant(model.steady_state()[1] * spread), shocks
