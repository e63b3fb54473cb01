"""The exported functions of a value over binary states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.methods.jump_diffusion.networks.base import FlipValue
from hetkeras.solution import Signature, Solution

Tensors = dict[str, tf.Tensor]


def flip_solution(
    model: JumpDiffusion,
    network: FlipValue,
    visited: tf.Tensor,
    training: Mapping[str, Any],
    on_baseline: bool = True,
) -> Solution:
    """Wraps a value for export; the inputs bear the model's names, here those of export entry.

    Signatures:
      policy: active [B, J], cost [B, J] -> value [B], entry_gain [B, J] (V with the destination less V without),
        enter [B, J] (bool: an opportunity is taken), rate [B, J] at which each flips, choices included.
      opportunity: active [G, F, J] of F firms in each of G groups, cost [G, J], and for each case its `group`, `firm`
        and `which` of the J, int32 [C] -> entry_gain [C]: what a simulation needs of many firms, with one look at each
        group's states.
    States that all elements share are [B] and [G].

    Args:
      model: the economics.
      network: the value in units of the model's scale.
      visited: states [n, D] that training saw, whose range is recorded.
      training: how it was found, ready for JSON.
      on_baseline: whether the network is added to the model's baseline, or is all of the value.
    """
    names, scale = model.flip_names, model.value_scale

    def states(inputs: Tensors) -> tuple[tf.Tensor, tf.Tensor]:
        """Continuous and binary states, which must be of J elements."""
        common = [inputs[name] for name in model.common_state_names]
        parts = [inputs[name] for name in (*model.state_names, names.binary)]
        *parts, binary = (tf.ensure_shape(part, [None] * (part.shape.rank - 1) + [model.num_binary]) for part in parts)
        return model.join_states([*common, *parts]), binary

    def policy(**inputs: tf.Tensor) -> Tensors:
        state, binary = states(inputs)
        here, flipped = network.with_flips(model.element_states(state), binary)
        gains, value = scale * (flipped - here[:, None]), scale * here
        if on_baseline:
            baseline = model.baseline(state, binary)
            gains, value = baseline.gains + gains, baseline.value + value
        return {
            "value": value,
            names.gain: (1 - 2 * binary) * gains,
            names.choice: model.accepts(binary, gains),
            "rate": model.intensity(binary, gains),
        }

    def opportunity(group: tf.Tensor, firm: tf.Tensor, which: tf.Tensor, **inputs: tf.Tensor) -> Tensors:
        state, binary = states(inputs)
        here, flipped = network.at_flips(model.element_states(state), binary, group, firm, which)
        gain = scale * (flipped - here)
        if on_baseline:
            gain += model.baseline_gains(state, binary, group, firm, which)
        return {names.gain: (1 - 2 * tf.gather_nd(binary, tf.stack([group, firm, which], -1))) * gain}

    rows: dict[str, tuple[str, ...]] = dict.fromkeys((names.binary, *model.state_names), ("B", "J"))
    rows |= dict.fromkeys(model.common_state_names, ("B",))
    outputs = {"value": ("B",), names.gain: ("B", "J"), names.choice: ("B", "J"), "rate": ("B", "J")}
    cases = ("group", "firm", "which")
    groups = {names.binary: ("G", "F", "J"), **dict.fromkeys(model.state_names, ("G", "J"))}
    groups |= dict.fromkeys(model.common_state_names, ("G",))
    signatures = {
        "policy": Signature(policy, rows, outputs),
        "opportunity": Signature(
            opportunity, {**groups, **dict.fromkeys(cases, ("C",))}, {names.gain: ("C",)}, integers=cases
        ),
    }
    weights: Sequence[tf.Variable] = [variable.value for variable in network.variables]
    parts = dict(zip(model.all_state_names, model.split_states(visited), strict=True))
    bounds = {name: (float(tf.reduce_min(part)), float(tf.reduce_max(part))) for name, part in parts.items()}
    return Solution(model, signatures, weights, model.units, bounds, training)
