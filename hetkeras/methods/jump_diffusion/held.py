"""Against what the exported functions of a value over binary states are held, on states that the policy goes to.

Residuals rest on the value that `policy` tells. Its gains must be differences of that value, choices and rates must
follow from the gains, and `opportunity` must tell the same gains.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.contracts.switching_jump_diffusion import flip_each
from hetkeras.diagnosis.held import LIMIT, Held
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy

LOOKS = 500  # at states after a flip
ROUNDING = 8 * float(np.finfo(np.float32).eps)  # of a difference of values, relative to these


def held_functions(
    model: JumpDiffusion, policy: LoadedFlipPolicy, state: tf.Tensor, binary: tf.Tensor
) -> dict[str, Held]:
    """Looks at some own states, and at all that is one flip away.

    Args:
      model: the economics.
      policy: the reloaded functions.
      state: [B, D]; binary: [B, J].
    """
    names, count = model.flip_names, model.num_binary
    picked = np.linspace(0, state.shape[0] - 1, max(LOOKS // count, 4)).astype(int)
    state, binary = tf.gather(state, picked), tf.gather(binary, picked)
    output, everything = policy.evaluate(state, binary), tf.repeat(tf.range(count)[None], len(picked), 0)
    after = policy.value(tf.repeat(state[:, None], count, 1), flip_each(binary, everything))
    signed, rounding = 1 - 2 * binary, ROUNDING * tf.abs(after)
    gain = signed * (after - output.value[:, None])
    expected = {
        names.gain: around(gain, rounding),
        names.choice: band(lambda gains: model.accepts(binary, gains), output.gains),
        "rate": band(lambda gains: model.intensity(binary, gains), output.gains),
    }
    group, which = (tf.reshape(part, (-1,)) for part in (tf.repeat(tf.range(len(picked)), count), everything))
    cases = {"group": group, "firm": tf.zeros_like(group), "which": which}
    told = tf.reshape(around(signed * output.gains, rounding), (2, -1))
    return {
        "policy": Held(policy.inputs(state, binary), expected, tested=("value",)),
        "opportunity": Held({**policy.inputs(state, binary[:, None]), **cases}, {names.gain: tuple(told)}),
    }


def around(gains: tf.Tensor, rounding: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Lowest and highest gain where values are rounded."""
    return gains - rounding, gains + rounding


def band(function: Callable[[tf.Tensor], tf.Tensor], gains: tf.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of a function that rises or falls in gains, which are known up to rounding."""
    slack = LIMIT * tf.reduce_mean(tf.abs(gains))
    ends = np.stack([function(gains + step) for step in (-slack, slack)])
    return ends.min(0), ends.max(0)
