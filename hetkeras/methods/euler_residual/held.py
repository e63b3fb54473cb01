"""Against what the exported functions of a symmetric economy are held, on the policy's own paths.

The diagnosis rests on `policy` where the action is common, on `industry_policy` where it is not. The other must say the
same, and `transition` must be the model's law of motion under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.held import Held
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.numerics.random_draws import Shocks

PATHS, PERIODS, SEED = 4, 16, 4_003


def held_functions(model: SymmetricEconomy, policy: Policy, dtype: str, has_value: bool = False) -> dict[str, Held]:
    """Looks at agents and whole industries on short paths.

    Args:
      model: the economics.
      policy: as `loaded_policy` makes it of the exported functions.
      dtype: of inputs and outputs.
      has_value: whether a value is exported, on which the diagnosis rests too.
    """
    seen = visited(model, policy, dtype, PATHS, PERIODS, SEED)
    action = policy(model.deciding_agents(seen.state), seen.state)
    everyone = tf.broadcast_to(action, seen.state.shape[:-1])
    moved = model.transition(seen.state, action, seen.shocks)
    ahead = {f"industry_{name}": moved[..., d] for d, name in enumerate(model.state_names)}
    own = {model.action_name: tf.gather(everyone, seen.which, batch_dims=1)}
    every = {f"industry_{model.action_name}": everyone}
    tested, compared = ("industry_policy", "policy") if model.policy_state_names else ("policy", "industry_policy")
    rows, outputs = function_inputs(model, seen, has_value), {"policy": own, "industry_policy": every}
    value = {"value": Held(rows["value"], tested=("value",))} if has_value else {}
    return value | {
        tested: Held(rows[tested], tested=(*outputs[tested],)),
        compared: Held(rows[compared], outputs[compared]),
        "transition": Held(rows["transition"], ahead),
    }


class Visited(NamedTuple):
    """State [B, N, D] of industries on own paths, shocks that hit them next, and one agent of each [B]."""

    state: tf.Tensor
    shocks: Shocks
    which: np.ndarray


def visited(model: SymmetricEconomy, policy: Policy, dtype: str, paths: int, periods: int, seed: int) -> Visited:
    """Industries on paths of the policy, B = paths x periods."""
    start = model.initial_state(tf.constant([seed, 0]), paths, tf.as_dtype(dtype))
    states = simulate(model, policy, seed, paths, periods, start)
    state = tf.reshape(states, (-1, *states.shape[2:]))
    shocks = model.shocks.sample(tf.constant([seed, 1]), state.shape[0], state.shape[1], state.dtype)
    return Visited(state, shocks, np.random.default_rng(seed).integers(state.shape[1], size=state.shape[0]))


def function_inputs(model: SymmetricEconomy, seen: Visited, has_value: bool = False) -> dict[str, dict[str, tf.Tensor]]:
    """Name of an exported function -> its inputs there."""
    state, shocks, which = seen
    one = {name: tf.gather(state[..., d], which, batch_dims=1) for d, name in enumerate(model.state_names)}
    industry = {f"industry_{name}": state[..., d] for d, name in enumerate(model.state_names)}
    noise = {name: shocks.idiosyncratic[..., m] for m, name in enumerate(model.shocks.names)}
    value = {"value": {**one, **industry}} if has_value else {}
    return value | {
        "policy": {**one, **industry},
        "industry_policy": industry,
        "transition": {**one, **industry, **noise, "aggregate_shock": shocks.aggregate},
    }


def together(parts: Sequence[tuple[Mapping[str, float], Mapping[str, Mapping[str, tf.Tensor]]]]) -> dict[str, Any]:
    """Inputs at several calibrations of a box as one batch, each with its calibration beside it.

    Args:
      parts: calibration, inputs of each function there.
    """
    rows = []
    for theta, functions in parts:
        sizes = {name: next(iter(inputs.values())) for name, inputs in functions.items()}
        fixed = {
            name: {key: tf.fill(part.shape[:1], tf.constant(value, part.dtype)) for key, value in theta.items()}
            for name, part in sizes.items()
        }
        rows.append({name: {**inputs, **fixed[name]} for name, inputs in functions.items()})
    return {
        name: {key: tf.concat([row[name][key] for row in rows], 0) for key in inputs}
        for name, inputs in rows[0].items()
    }
