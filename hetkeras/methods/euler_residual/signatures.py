"""The exported functions of any policy of a symmetric economy, learned or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.numerics.random_draws import Shocks
from hetkeras.solution import Signature, Solution

Tensors = dict[str, tf.Tensor]


def symmetric_solution(
    model: SymmetricEconomy,
    policy: Policy,
    variables: Sequence[tf.Variable],
    bounds: Mapping[str, tuple[float, float]],
    training: Mapping[str, Any],
    dtype: tf.DType = tf.float32,
    value: Policy | None = None,
) -> Solution:
    """Wraps a policy for export.

    Signatures, with one input for each state and shock of the model:
      policy: own states [B] and `industry_<state>` [B, N] -> action [B].
      industry_policy: `industry_<state>` [B, N] -> `industry_<action>` [B, N], the actions of all.
      transition: as policy, with idiosyncratic shocks [B, N] and `aggregate_shock` [B], all standard normal
        -> `industry_<state>` [B, N] of the next period.
      value: as policy -> `value` [B], where a value was solved for.

    Args:
      model: the economics.
      policy: (agent [..., K, D], industry [..., N, D]) -> [..., K].
      variables: the weights behind the policy.
      bounds: state -> (lowest, highest) value that the policy was made for.
      training: how it was found, ready for JSON.
      dtype: of inputs and outputs.
      value: v(x, X), (agent [..., I, D], industry [..., N, D]) -> [..., I]; None where none is known.
    """

    def industry_of(inputs: Tensors) -> tf.Tensor:
        return tf.stack([inputs[f"industry_{name}"] for name in model.state_names], -1)

    def one(function: Policy, inputs: Tensors) -> tf.Tensor:
        agent = tf.stack([inputs[name] for name in model.state_names], -1)[:, None, :]
        return function(agent, industry_of(inputs))[:, 0]

    def one_agent(**inputs: tf.Tensor) -> Tensors:
        return {model.action_name: one(policy, inputs)}

    def all_agents(**inputs: tf.Tensor) -> Tensors:
        state = industry_of(inputs)
        action = policy(model.deciding_agents(state), state)
        return {f"industry_{model.action_name}": tf.broadcast_to(action, tf.shape(state)[:-1])}

    def transition(**inputs: tf.Tensor) -> Tensors:
        state = industry_of(inputs)
        noise = tf.stack([inputs[name] for name in model.shocks.names], -1)
        action = policy(model.deciding_agents(state), state)
        moved = model.transition(state, action, Shocks(noise, inputs["aggregate_shock"]))
        return {f"industry_{name}": moved[..., d] for d, name in enumerate(model.state_names)}

    own = dict.fromkeys(model.state_names, ("B",))
    industry = {f"industry_{name}": ("B", "N") for name in model.state_names}
    shocks = {**dict.fromkeys(model.shocks.names, ("B", "N")), "aggregate_shock": ("B",)}
    action = model.action_name
    signatures = {
        "policy": Signature(one_agent, {**own, **industry}, {action: ("B",)}, dtype),
        "industry_policy": Signature(all_agents, industry, {f"industry_{action}": ("B", "N")}, dtype),
        "transition": Signature(transition, {**own, **industry, **shocks}, industry, dtype),
    }
    if value is not None:
        worth = value

        def value_of_one(**inputs: tf.Tensor) -> Tensors:
            return {"value": one(worth, inputs)}

        signatures["value"] = Signature(value_of_one, {**own, **industry}, {"value": ("B",)}, dtype)
    return Solution(model, signatures, variables, model.units, bounds, training)
