"""Which increments of the Brownian shocks fit a model: two-point ones unless they bias the mean terminal value.

Two-point increments leave much less noise, and the laws that they give to sums are those of binomials. A terminal value
that hangs on the tails, as the least of many states does, has another mean under these.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.methods.backward_sde.paths import antithetic_shocks, simulate, start_of

SEED, PATHS = 6_029, 2048
ALLOWED = 0.003  # bias that is no error, relative to the mean terminal value or its deviation if that is more
ERRORS = 3.0  # standard errors beyond which a bias is one


def fitting_increments(model: TerminalValueDiffusion, time_steps: int) -> Literal["two_point", "normal"]:
    """The kind for a grid of times, from the same signs of shocks under both."""
    shape, seed = (time_steps, PATHS, model.num_states), tf.constant([SEED, 0])
    start = start_of(model, PATHS)
    normal, two_point = (
        model.terminal_value(simulate(model, start, 0.0, antithetic_shocks(seed, shape, kind)).state[-1]).numpy()
        for kind in ("normal", "two_point")
    )
    gap = (two_point - normal).astype(float).reshape(2, -1).mean(0)
    scale = max(abs(normal.mean()), normal.std())
    biased = abs(gap.mean()) > ALLOWED * scale + ERRORS * gap.std() / len(gap) ** 0.5
    return "normal" if biased or not np.isfinite(gap).all() else "two_point"
