"""The exported function of a value with a horizon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.methods.backward_sde.network import TerminalValueNetwork
from hetkeras.solution import Signature, Solution

INPUTS = {"time": ("B",), "state": ("B", "D")}
OUTPUTS = {"value": ("B",), "gradient": ("B", "D")}


def value_and_gradient(
    model: TerminalValueDiffusion, network: TerminalValueNetwork, time: tf.Tensor, state: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """u [n] and grad u [n, D] at time [n] and state [n, D]."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(state)
        value = network(time / model.horizon, state, model.terminal_value(state))
    return value, tape.gradient(value, state)


def terminal_solution(
    model: TerminalValueDiffusion,
    network: TerminalValueNetwork,
    visited: tuple[float, float],
    training: Mapping[str, Any],
) -> Solution:
    """Wraps a value for export: `value` gives value [B] and gradient [B, D] at time [B] and state [B, D].

    A time before 0 or beyond the horizon is impossible.

    Args:
      model: the economics.
      network: of the value.
      visited: lowest and highest state on paths of training.
      training: how it was found, ready for JSON.
    """

    def value(time: tf.Tensor, state: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(zip(OUTPUTS, value_and_gradient(model, network, time, state), strict=True))

    def in_time(time: tf.Tensor) -> tf.Tensor:
        return (time >= 0) & (time <= tf.constant(model.horizon, time.dtype))

    signature = Signature(value, INPUTS, OUTPUTS, domains={"time": in_time})
    weights = [variable.value for variable in network.variables]
    bounds = {"time": (0.0, float(model.horizon)), "state": visited}
    return Solution(model, {"value": signature}, weights, model.units, bounds, training)
