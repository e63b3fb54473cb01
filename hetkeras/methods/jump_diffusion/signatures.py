"""The exported functions of a value over binary states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.methods.jump_diffusion.networks.base import FlipValue
from hetkeras.numerics.domains import flag
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
    States that all elements share are [B] and [G]. There is no answer where a binary state is not 0 or 1, or a case
    does not exist (see `hetkeras.missing`).

    Args:
      model: the economics.
      network: the value in units of the model's scale.
      visited: states [n, D] that training saw, whose range is recorded.
      training: how it was found, ready for JSON.
      on_baseline: whether the network is added to the model's baseline, or is all of the value.
    """
    names, scale, numbers = model.flip_names, model.value_scale, ("group", "firm", "which")

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
        group, firm, which = _existing(binary, group, firm, which)
        here, flipped = network.at_flips(model.element_states(state), binary, group, firm, which)
        gain = scale * (flipped - here)
        if on_baseline:
            gain += model.baseline_gains(state, binary, group, firm, which)
        return {names.gain: (1 - 2 * tf.gather_nd(binary, tf.stack([group, firm, which], -1))) * gain}

    def cases(inputs: Mapping[str, tf.Tensor], possible: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Cases that exist, of firms and groups of which all is known."""
        indices = [inputs[name] for name in numbers]
        group, firm, _ = held = _existing(inputs[names.binary], *indices)
        answered = tf.gather_nd(tf.reduce_all(possible[names.binary], -1), tf.stack([group, firm], -1))
        for name in model.all_state_names:
            own = possible[name] if name in model.common_state_names else tf.reduce_all(possible[name], -1)
            answered &= tf.gather(own, group)
        return tf.reduce_all([answered, *(a == b for a, b in zip(indices, held, strict=True))], 0)

    rows: dict[str, tuple[str, ...]] = dict.fromkeys((names.binary, *model.state_names), ("B", "J"))
    rows |= dict.fromkeys(model.common_state_names, ("B",))
    outputs = {"value": ("B",), names.gain: ("B", "J"), names.choice: ("B", "J"), "rate": ("B", "J")}
    groups = {names.binary: ("G", "F", "J"), **dict.fromkeys(model.state_names, ("G", "J"))}
    groups |= dict.fromkeys(model.common_state_names, ("G",))
    flags, asked = {names.binary: flag}, {**groups, **dict.fromkeys(numbers, ("C",))}
    signatures = {
        "policy": Signature(policy, rows, outputs, domains=flags),
        "opportunity": Signature(opportunity, asked, {names.gain: ("C",)}, integers=numbers, domains=flags, rows=cases),
    }
    weights: Sequence[tf.Variable] = [variable.value for variable in network.variables]
    parts = dict(zip(model.all_state_names, model.split_states(visited), strict=True))
    bounds = {name: (float(tf.reduce_min(part)), float(tf.reduce_max(part))) for name, part in parts.items()}
    return Solution(model, signatures, weights, model.units, bounds, training)


def _existing(binary: tf.Tensor, *indices: tf.Tensor) -> list[tf.Tensor]:
    """The nearest group, firm and element that there are in [G, F, J], of indices [C] each."""
    sizes = tf.unstack(tf.shape(binary))
    return [tf.clip_by_value(each, 0, size - 1) for each, size in zip(indices, sizes, strict=True)]
