"""Against what the exported function of a value with a horizon is held, on fresh paths."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.diagnosis.held import Held
from hetkeras.methods.backward_sde.backward_equation import ValueFunction
from hetkeras.methods.backward_sde.paths import antithetic_shocks, simulate, start_of

SEED, STEPS, PATHS = 4_021, 4, 2
ROUNDING = 8 * float(np.finfo(np.float32).eps)  # of a difference of values, relative to these
NEAR, FAR = 0.02, 0.04  # differences in units of a state's deviation at the horizon


def held_functions(model: TerminalValueDiffusion, function: ValueFunction) -> dict[str, Held]:
    """The diagnosis rests on the value; the gradient must be its differences, in every state."""
    time, state = visited(model, STEPS, PATHS, SEED)
    expected = {"gradient": _slopes(model, function, time, state)}
    return {"value": Held({"time": time, "state": state}, expected, tested=("value",))}


def visited(model: TerminalValueDiffusion, steps: int, paths: int, seed: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Times [n] before the horizon and states [n, D] on fresh paths, an even number of them."""
    shocks = antithetic_shocks(tf.constant([seed, 0]), (steps, paths, model.num_states), "normal")
    found = simulate(model, start_of(model, paths), 0.0, shocks)
    return tf.reshape(found.time[:-1], (-1,)), tf.reshape(found.state[:-1], (-1, model.num_states))


def _slopes(
    model: TerminalValueDiffusion, function: ValueFunction, time: tf.Tensor, state: tf.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest gradient [n, D] that differences allow, by their own error, rounding and kinks nearby.

    What a difference of second order has beyond its share of the step's square is a kink.
    """
    unit = float(np.mean(model.volatility(time, state))) * model.horizon**0.5
    here = np.asarray(function(time, state)[0], float)
    slopes, bends = [], []
    for size in (NEAR, FAR):
        moves = size * unit * tf.eye(model.num_states)[:, None]
        up, down = (_values(function, time, state + sign * moves) for sign in (1, -1))
        slopes.append((up - down).T / (2 * size * unit))
        bends.append((up + down - 2 * here).T / (NEAR * unit))
    kink = np.abs(2 * bends[0] - bends[1] / 2)
    slack = np.abs(slopes[1] - slopes[0]) + kink + ROUNDING * np.abs(here).max() / (NEAR * unit)
    best = (4 * slopes[0] - slopes[1]) / 3  # Richardson
    return best - slack, best + slack


def _values(function: ValueFunction, time: tf.Tensor, state: tf.Tensor) -> np.ndarray:
    """[D, n] at states [D, n, D]."""
    rows = tf.repeat(time[None], state.shape[0], 0)
    value, _ = function(tf.reshape(rows, (-1,)), tf.reshape(state, (-1, state.shape[-1])))
    return np.asarray(value, float).reshape(rows.shape)
