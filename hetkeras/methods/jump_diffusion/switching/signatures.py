"""The exported functions of a value over binary states whose flips take turns."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import FlipGains, SwitchingJumpDiffusion, at_regimes
from hetkeras.methods.jump_diffusion.switching.networks.base import RegimeValue
from hetkeras.numerics.domains import flag, index
from hetkeras.solution import Signature, Solution

Tensors = dict[str, tf.Tensor]
DECISION = "decision"  # the gain by which those who decide do so: the same unless players differ


def switching_solution(
    model: SwitchingJumpDiffusion,
    network: RegimeValue,
    visited: tf.Tensor,
    training: Mapping[str, Any],
    on_baseline: bool = True,
) -> Solution:
    """Wraps the values of all regimes for export; the inputs bear the model's names, here those of a network of links.

    Signatures:
      policy: links [B, J], productivity [B, D], sector [B] (int32) -> value [B]; of the links of the active sector
        link_gain [B, S] (V with the link less V without), link [B, S] (bool: an opportunity to add it is taken) and
        rate [B, S] at which each flips, choices included.
      gains: links [B, J], productivity [B, D] -> value [B, N] and link_gain [B, N, S], with each sector active in turn,
        those of who decides then.
      exact: as policy, in float64 apart from the network -> value [B, Z] in all regimes, link_gain [B, S] and decision
        [B, S], the gain of who decides; for differences of values, on which diagnostics rest.
    There is no answer where a link is not 0 or 1, or a sector does not exist (see `hetkeras.missing`).

    Args:
      model: the economics.
      network: what is added to the model's baseline, in units of its `correction_scales`; or all of the value, in units
        of its scale.
      visited: states [n, D] that training saw, whose range is recorded.
      training: how it was found, ready for JSON.
      on_baseline: whether the network is added to the model's baseline, or is all of the value.
    """
    names, turn = model.flip_names, model.regime_name
    scale = model.correction_scales.shared if on_baseline else model.value_scale

    def states(inputs: Tensors) -> tuple[tf.Tensor, tf.Tensor]:
        """Continuous and binary states, which must be of this model's sizes."""
        state = model.join_states([inputs[name] for name in model.all_state_names])
        binary = tf.ensure_shape(inputs[names.binary], (None, model.num_binary))
        return tf.ensure_shape(state, (None, visited.shape[-1])), binary

    def found(state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor) -> tuple[tf.Tensor, FlipGains, tf.Tensor]:
        """Values [B, Z], gains of the open flips and what they are now [B, S], in the precision of the states."""
        single, links = (tf.cast(part, tf.float32) for part in (state, binary))
        which, asked = model.available(regime), model.consulted_regimes(regime)
        here, after = network.with_open_flips(model.element_states(single), links, asked, which)
        here, after = (scale * tf.cast(part, state.dtype) for part in (here, after))
        values, gains = here, after - at_regimes(here, asked)
        if on_baseline:
            baseline = model.open_baseline(state, binary, regime)
            values, gains = baseline.values + values, baseline.gains + gains
        return values, model.decision_gains(gains), tf.gather(binary, which, batch_dims=1)

    def policy(**inputs: tf.Tensor) -> Tensors:
        state, binary = states(inputs)
        regime, which = inputs[turn], model.available(inputs[turn])
        values, gains, at = found(state, binary, regime)
        return {
            "value": tf.gather(values, regime, batch_dims=1),
            names.gain: (1 - 2 * at) * gains.own,
            names.choice: model.accepts(at, gains.decision, which),
            "rate": model.intensity(at, gains.decision, which),
        }

    def gains(**inputs: tf.Tensor) -> Tensors:
        leading = model.decision_regimes
        state, binary = (tf.repeat(part, len(leading), 0) for part in states(inputs))
        regime = tf.tile(tf.constant(leading, tf.int32), tf.shape(state)[:1] // len(leading))
        values, gain, at = found(state, binary, regime)
        signed = tf.reshape((1 - 2 * at) * gain.decision, (-1, len(leading), at.shape[-1]))
        return {"value": tf.gather(values[:: len(leading)], leading, axis=1), names.gain: signed}

    def exact(**inputs: tf.Tensor) -> Tensors:
        values, gain, at = found(*states(inputs), inputs[turn])
        signed = {name: (1 - 2 * at) * part for name, part in ((names.gain, gain.own), (DECISION, gain.decision))}
        return {"value": values, **signed}

    rows = {
        names.binary: ("B", "J"),
        **dict.fromkeys(model.common_state_names, ("B",)),
        **dict.fromkeys(model.state_names, ("B", "D")),
    }
    domains = {names.binary: flag, turn: index(model.num_regimes)}
    available_flips = dict.fromkeys((names.gain, names.choice, "rate"), ("B", "S"))
    signatures = {
        "policy": Signature(policy, {**rows, turn: ("B",)}, {"value": ("B",), **available_flips}, integers=(turn,)),
        "gains": Signature(gains, rows, {"value": ("B", "N"), names.gain: ("B", "N", "S")}),
        "exact": Signature(
            exact,
            {**rows, turn: ("B",)},
            {"value": ("B", "Z"), names.gain: ("B", "S"), DECISION: ("B", "S")},
            tf.float64,
            (turn,),
        ),
    }
    signatures = {name: dataclasses.replace(each, domains=domains) for name, each in signatures.items()}
    weights: Sequence[tf.Variable] = [variable.value for variable in network.variables]
    parts = dict(zip(model.all_state_names, model.split_states(visited), strict=True))
    bounds = {name: (float(tf.reduce_min(part)), float(tf.reduce_max(part))) for name, part in parts.items()}
    return Solution(model, signatures, weights, model.units, bounds, training)
