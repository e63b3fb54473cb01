"""A reloaded SavedModel of a symmetric economy as a policy that can be simulated and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.errors import ShapeError


def loaded_policy(
    model: SymmetricEconomy, signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]], dtype: str
) -> Policy:
    """Returns (agent [..., K, D], industry [..., N, D]) -> [..., K] on top of the exported signatures.

    Args:
      model: the reloaded economics.
      signatures: name -> exported function.
      dtype: of the exported functions; states of another precision are cast on the way in and out.

    K is 1 where the action is common, else the agent must be the industry itself (K = N).
    """
    names, action = model.state_names, model.action_name

    def common(agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        rows, shape = _rows(industry)
        own = tf.reshape(agent[..., :1, :], (-1, len(names)))
        own = tf.broadcast_to(own, (tf.shape(rows)[0], len(names)))
        inputs = {name: own[:, d] for d, name in enumerate(names)}
        inputs |= {f"industry_{name}": rows[..., d] for d, name in enumerate(names)}
        inputs = {name: tf.cast(value, dtype) for name, value in inputs.items()}
        found = tf.cast(signatures["policy"](**inputs)[action], industry.dtype)
        return tf.reshape(found, tf.concat([shape[:-2], [1]], 0))

    def own(agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        if agent.shape[-2] != industry.shape[-2]:
            raise ShapeError(
                f"the loaded policy got {agent.shape[-2]} agents of an industry of {industry.shape[-2]}; expected all"
            )
        rows, shape = _rows(industry)
        inputs = {f"industry_{name}": tf.cast(rows[..., d], dtype) for d, name in enumerate(names)}
        found = signatures["industry_policy"](**inputs)[f"industry_{action}"]
        return tf.reshape(tf.cast(found, industry.dtype), shape[:-1])

    return own if model.policy_state_names else common


def loaded_at(
    model: SymmetricEconomy,
    function: Callable[..., dict[str, tf.Tensor]],
    output: str,
    dtype: str,
) -> Policy:
    """Returns (agent [..., I, D], industry [..., N, D]) -> [..., I] on top of an exported function of one agent.

    Args:
      model: the reloaded economics.
      function: takes own states [B] and `industry_<state>` [B, N].
      output: what is wanted of what it returns.
      dtype: of the exported function; states of another precision are cast on the way in and out.
    """

    def at(agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        leading, count = tf.shape(industry)[:-2], agent.shape[-2]
        own = tf.reshape(tf.broadcast_to(agent, tf.concat([leading, agent.shape[-2:]], 0)), (-1, agent.shape[-1]))
        everyone = tf.repeat(_rows(industry)[0], count, axis=0)
        inputs = {name: own[:, d] for d, name in enumerate(model.state_names)}
        inputs |= {f"industry_{name}": everyone[..., d] for d, name in enumerate(model.state_names)}
        found = function(**{name: tf.cast(value, dtype) for name, value in inputs.items()})[output]
        return tf.reshape(tf.cast(found, industry.dtype), tf.concat([leading, [count]], 0))

    return at


def _rows(industry: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    shape = tf.shape(industry)
    return tf.reshape(industry, tf.concat([[-1], shape[-2:]], 0)), shape
