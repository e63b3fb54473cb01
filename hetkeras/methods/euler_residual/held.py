"""Against what the exported functions of a symmetric economy are held, on the policy's own paths.

The diagnosis rests on `policy` where the action is common, on `industry_policy` where it is not. The other must say the
same, and `transition` must be the model's law of motion under it.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.diagnosis.held import Held
from hetkeras.methods.euler_residual.paths import simulate

PATHS, PERIODS, SEED = 4, 16, 4_003


def held_functions(model: SymmetricEconomy, policy: Policy, dtype: str) -> dict[str, Held]:
    """Looks at agents and whole industries on short paths.

    Args:
      model: the economics.
      policy: as `loaded_policy` makes it of the exported functions.
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
    tested, compared = ("industry_policy", "policy") if model.policy_state_names else ("policy", "industry_policy")
    rows = {"policy": {**one, **industry}, "industry_policy": industry}
    outputs = {"policy": own, "industry_policy": every}
    return {
        tested: Held(rows[tested], tested=(*outputs[tested],)),
        compared: Held(rows[compared], outputs[compared]),
        "transition": Held({**one, **industry, **noise, "aggregate_shock": shocks.aggregate}, ahead),
    }
