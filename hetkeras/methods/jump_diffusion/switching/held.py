"""Against what the exported functions of a value whose flips take turns are held, on states that the policy goes to.

Residuals rest on the values that `exact` tells. Its gains must be differences of these values; `policy` and `gains`
must say the same in single precision, and choices and rates must follow.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import FlipGains, at_regimes, flip_each
from hetkeras.diagnosis.held import Held
from hetkeras.methods.jump_diffusion.held import ROUNDING, around, band
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy, TurnOutput
from hetkeras.methods.jump_diffusion.switching.paths import States
from hetkeras.methods.jump_diffusion.switching.signatures import DECISION

LOOKS = 500  # at states after a flip


def held_functions(policy: LoadedTurnPolicy, visited: States) -> dict[str, Held]:
    """Looks at some of the states that were visited, and at all that is open there.

    Args:
      policy: the reloaded functions.
      visited: own states.
    """
    model, names = policy.model, policy.model.flip_names
    count = max(LOOKS // model.available_flips.shape[1], 4)
    picked = np.linspace(0, visited.regime.shape[0] - 1, count).astype(int)
    at = States(*(tf.gather(part, picked) for part in visited))
    at = at._replace(state=tf.cast(tf.cast(at.state, tf.float32), tf.float64))  # as `policy` takes them
    rows, turn = policy.inputs(at.state, at.binary), {model.regime_name: at.regime}
    single = {name: tf.cast(part, tf.float32) for name, part in rows.items()}
    output = policy.evaluate(*at)
    signed, gains = 1 - 2 * output.at, _differences(policy, output, at)
    rounding = ROUNDING * tf.reduce_max(tf.abs(output.values))
    sides = {names.gain: signed * gains.own, DECISION: signed * gains.decision}
    said = {
        "value": tf.gather(output.values, at.regime, batch_dims=1),
        names.gain: around(signed * output.gains, rounding),
        names.choice: band(lambda gains: model.accepts(output.at, gains, output.which), output.decision),
        "rate": band(lambda gains: model.intensity(output.at, gains, output.which), output.decision),
    }
    exact_sides = {name: around(part, rounding) for name, part in sides.items()}
    values, every = _of_all_turns(policy, at)
    return {
        "exact": Held({**rows, **turn}, exact_sides, tested=("value",)),
        "policy": Held({**single, **turn}, said),
        "gains": Held(single, {"value": values, names.gain: around(every, rounding)}),
    }


def _differences(policy: LoadedTurnPolicy, output: TurnOutput, at: States) -> FlipGains:
    """Gains [B, S] out of values before and after each open flip."""
    model, size = policy.model, output.which.shape[-1]
    flipped = tf.reshape(flip_each(at.binary, output.which), (-1, model.num_binary))
    after = policy.evaluate(tf.repeat(at.state, size, 0), flipped, tf.repeat(at.regime, size)).values
    after = tf.reshape(after, (-1, size, model.num_regimes))
    asked = model.consulted_regimes(at.regime)
    if asked.shape.rank == 1:
        reached = tf.gather(after, tf.repeat(asked[:, None], size, 1), axis=-1, batch_dims=2)
    else:
        reached = tf.gather(after, asked, axis=-1, batch_dims=2)
    return model.decision_gains(reached - at_regimes(output.values, asked))


def _of_all_turns(policy: LoadedTurnPolicy, at: States) -> tuple[tf.Tensor, tf.Tensor]:
    """Value [B, N] and gains of who decides [B, N, S], with each sector active in turn."""
    model = policy.model
    outputs = [policy.evaluate(at.state, at.binary, tf.fill(at.regime.shape, turn)) for turn in model.decision_regimes]
    values = [output.values[:, turn] for output, turn in zip(outputs, model.decision_regimes, strict=True)]
    gains = [(1 - 2 * output.at) * output.decision for output in outputs]
    return tf.stack(values, 1), tf.stack(gains, 1)
