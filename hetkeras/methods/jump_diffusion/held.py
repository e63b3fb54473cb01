"""Against what the exported functions of a value over binary states are held, on states that the policy goes to.

Residuals rest on the value that `policy` tells. Its gains must be differences of that value, choices and rates must
follow from the gains, and `opportunity` must tell the same gains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion, flip
from hetkeras.diagnosis.held import LIMIT, Held
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy

SEED = 4_007
ROUNDING = 8 * float(np.finfo(np.float32).eps)  # of a difference of values, relative to these


def held_functions(
    model: JumpDiffusion, policy: LoadedFlipPolicy, exported: Mapping[str, Any], state: tf.Tensor, binary: tf.Tensor
) -> dict[str, Held]:
    """Looks at own states, and at one flip of each.

    Args:
      model: the economics.
      policy: the reloaded functions.
      exported: name -> exported function.
      state: [B, D]; binary: [B, J].
    """
    names, rows = model.flip_names, tf.range(state.shape[0])
    which = tf.constant(np.random.default_rng(SEED).integers(model.num_binary, size=state.shape[0]), tf.int32)
    found, look = exported["policy"](**policy.inputs(state, binary)), policy.evaluate(state, binary)
    after = policy.value(state, flip(binary, which))
    gain, rounding = after - look.value, ROUNDING * tf.abs(after)
    told = tf.gather(look.gains, which, batch_dims=1)
    expected = {
        names.gain: (gain - rounding, gain + rounding),
        names.choice: band(lambda gains: model.accepts(binary, gains), look.gains),
        "rate": band(lambda gains: model.intensity(binary, gains), look.gains),
    }
    asked = policy.opportunity(state, binary[:, None], rows, tf.zeros_like(rows), which)
    return {
        "policy": Held({**found, names.gain: told}, expected, tested=("value",)),
        "opportunity": Held({names.gain: asked}, {names.gain: told}),
    }


def band(function: Callable[[tf.Tensor], tf.Tensor], gains: tf.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of a function that rises or falls in gains, which are known up to rounding."""
    slack = LIMIT * tf.reduce_mean(tf.abs(gains))
    ends = np.stack([function(gains + step) for step in (-slack, slack)])
    return ends.min(0), ends.max(0)
