"""Against what the exported functions of a symmetric economy are held, on the policy's own paths.

The diagnosis rests on `policy` where the action is common, on `industry_policy` where it is not. The other must say the
same, and `transition` must be the model's law of motion under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.held import Held
from hetkeras.methods.euler_residual.paths import simulate

PATHS, PERIODS, SEED = 4, 16, 4_003

Functions = Mapping[str, Callable[..., dict[str, tf.Tensor]]]


def held_functions(model: SymmetricEconomy, functions: Functions, policy: Policy, dtype: str) -> dict[str, Held]:
    """Looks at agents and whole industries on short paths.

    Args:
      model: the economics.
      functions: name -> exported function.
      policy: as `loaded_policy` makes it of them.
      dtype: of inputs and outputs.
    """
    start = model.initial_state(tf.constant([SEED, 0]), PATHS, tf.as_dtype(dtype))
    states = simulate(model, policy, SEED, PATHS, PERIODS, start)
    state = tf.reshape(states, (-1, *states.shape[2:]))  # [B, N, D]
    action = policy(model.deciding_agents(state), state)
    shocks = model.shocks.sample(tf.constant([SEED, 1]), state.shape[0], state.shape[1], state.dtype)
    which = np.random.default_rng(SEED).integers(state.shape[1], size=state.shape[0])
    everyone = tf.broadcast_to(action, state.shape[:-1])
    one = {name: tf.gather(state[..., d], which, batch_dims=1) for d, name in enumerate(model.state_names)}
    industry = {f"industry_{name}": state[..., d] for d, name in enumerate(model.state_names)}
    noise = {name: shocks.idiosyncratic[..., m] for m, name in enumerate(model.shocks.names)}
    moved = model.transition(state, action, shocks)
    ahead = {f"industry_{name}": moved[..., d] for d, name in enumerate(model.state_names)}
    own = {model.action_name: tf.gather(everyone, which, batch_dims=1)}
    every = {f"industry_{model.action_name}": everyone}
    shaken = functions["transition"](**one, **industry, **noise, aggregate_shock=shocks.aggregate)
    held = {"transition": Held(shaken, ahead)}
    if model.policy_state_names:
        found = functions["policy"](**one, **industry)
        return held | {"policy": Held(found, own), "industry_policy": Held(tested=(*every,))}
    found = functions["industry_policy"](**industry)
    return held | {"policy": Held(tested=(*own,)), "industry_policy": Held(found, every)}
