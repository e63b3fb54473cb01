"""The exported functions of a value over binary states whose flips take turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.layers.regime_value import RegimeValue
from hetkeras.solution import Signature, Solution

Tensors = dict[str, tf.Tensor]


def switching_solution(
    model: SwitchingJumpDiffusion, network: RegimeValue, visited: tf.Tensor, training: Mapping[str, Any]
) -> Solution:
    """Wraps the values of all regimes for export; the inputs bear the model's names, here those of a network of links.

    Signatures:
      policy: links [B, J], productivity [B, D], sector [B] (int32) -> value [B]; of the links of the active sector
        link_gain [B, S] (V with the link less V without), link [B, S] (bool: an opportunity to add it is taken) and
        rate [B, S] at which each flips, choices included.
      gains: links [B, J], productivity [B, D] -> value [B, Z] and link_gain [B, Z, S], with each sector active in turn.

    Args:
      model: the economics.
      network: values in units of the model's scale, added to its baseline.
      visited: states [n, D] that training saw, whose range is recorded.
      training: how it was found, ready for JSON.
    """
    names, turn = model.flip_names, model.regime_name

    def states(inputs: Tensors) -> tuple[tf.Tensor, tf.Tensor]:
        """Continuous and binary states, which must be of this model's sizes."""
        state = tf.concat([inputs[name] for name in model.state_names], -1)
        binary = tf.ensure_shape(inputs[names.binary], (None, model.num_binary))
        return tf.ensure_shape(state, (None, visited.shape[-1])), binary

    def found(state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Value [B], gains of the open flips and what they are now [B, S]."""
        which = model.open_now(regime)
        here, after = network.with_open_flips(model.element_states(state), binary, regime, which)
        now, baseline = tf.gather(here, regime, batch_dims=1), model.open_baseline(state, binary, regime)
        gains = baseline.gains + model.value_scale * (after - now[:, None])
        return baseline.value + model.value_scale * now, gains, tf.gather(binary, which, batch_dims=1)

    def policy(**inputs: tf.Tensor) -> Tensors:
        state, binary = states(inputs)
        regime, which = inputs[turn], model.open_now(inputs[turn])
        value, gains, at = found(state, binary, regime)
        return {
            "value": value,
            names.gain: (1 - 2 * at) * gains,
            names.choice: model.accepted(at, gains, which),
            "rate": model.intensity(at, gains, which),
        }

    def gains(**inputs: tf.Tensor) -> Tensors:
        state, binary = (tf.repeat(part, model.num_regimes, 0) for part in states(inputs))
        regime = tf.tile(tf.range(model.num_regimes), tf.shape(state)[:1] // model.num_regimes)
        value, gain, at = found(state, binary, regime)
        shape = (-1, model.num_regimes)
        signed = (1 - 2 * at) * gain
        return {"value": tf.reshape(value, shape), names.gain: tf.reshape(signed, (*shape, at.shape[-1]))}

    rows = {names.binary: ("B", "J"), **dict.fromkeys(model.state_names, ("B", "D"))}
    open_flips = dict.fromkeys((names.gain, names.choice, "rate"), ("B", "S"))
    signatures = {
        "policy": Signature(policy, {**rows, turn: ("B",)}, {"value": ("B",), **open_flips}, integers=(turn,)),
        "gains": Signature(gains, rows, {"value": ("B", "Z"), names.gain: ("B", "Z", "S")}),
    }
    weights: Sequence[tf.Variable] = [variable.value for variable in network.variables]
    parts = dict(zip(model.state_names, tf.split(visited, len(model.state_names), 1), strict=True))
    bounds = {name: (float(tf.reduce_min(part)), float(tf.reduce_max(part))) for name, part in parts.items()}
    return Solution(model, signatures, weights, model.units, bounds, training)
