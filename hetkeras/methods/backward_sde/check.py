"""Whether a diffusion with a horizon holds together, told before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.methods.backward_sde.paths import antithetic_shocks, simulate, start_of
from hetkeras.soundness import misshapen, until_one_speaks

SEED, PATHS, STEPS = 8_147, 8, 4
SPAN = 1e-6  # share of the horizon, over which `step` is held to drift and volatility
SLACK = 1e-3  # relative to the largest of them
ROUNDING = 1e-9  # relative


def check_diffusion(model: TerminalValueDiffusion) -> Iterator[str]:
    """Yields a sentence for each thing in which the model contradicts itself or its contract; nothing if it is sound.

    Each of CHECKS relies on what those before it have found sound, so that the first with a problem is the last.
    """
    return until_one_speaks(CHECKS, model)


def exchangeable(model: TerminalValueDiffusion) -> bool:
    """Whether start, diffusion, driver and terminal value stay what they are as states change places."""
    time, state, loading = _points(model)
    count = model.num_states
    swap, shift = np.arange(count), np.roll(np.arange(count), 1)
    swap[:2] = swap[:2][::-1]
    if np.ptp(model.initial_state):
        return False
    value = model.terminal_value(state)
    for order in (swap, shift):
        moved, turned = tf.gather(state, order, axis=1), tf.gather(loading, order, axis=1)
        pairs = [(value, model.terminal_value(moved))]
        pairs += [(model.driver(time, state, value, loading), model.driver(time, moved, value, turned))]
        for law in (model.drift, model.volatility):
            pairs += [(tf.gather(law(time, state), order, axis=1), law(time, moved))]
        if any(np.abs(one - two).max() > ROUNDING * (1e-300 + np.abs(one).max()) for one, two in pairs):
            return False
    return True


def _sizes(model: TerminalValueDiffusion) -> Iterable[str]:
    start = np.asarray(model.initial_state)
    if start.ndim != 1 or not start.size:
        yield f"initial_state has the shape {start.shape}; expected (D,), one number for each state"
    elif not np.isfinite(start).all():
        yield "initial_state is NaN or infinite; expected finite numbers"
    if not 0 < model.horizon < np.inf:
        yield f"horizon is {model.horizon}; expected a finite number above 0"


def _shapes(model: TerminalValueDiffusion) -> Iterable[str]:
    """On states of short paths, in both precisions that are asked for."""
    for dtype in (tf.float64, tf.float32):
        time, state, loading = _points(model, dtype)
        whole, rows = tuple(state.shape), tuple(time.shape)
        asked: dict[str, tuple[tuple[int, ...], tuple[tf.Tensor, ...]]] = {
            "terminal_value": (rows, (state,)),
            "drift": (whole, (time, state)),
            "volatility": (whole, (time, state)),
            "driver": (rows, (time, state, state[:, 0], loading)),
        }
        for name, (shape, arguments) in asked.items():
            if problem := misshapen(model, name, dtype, (shape,), arguments, "a state of a path"):
                yield problem
                return


def _law(model: TerminalValueDiffusion) -> Iterable[str]:
    """A short step with a shock of one and with its negative: mean is the drift, half the distance the volatility."""
    time, state, shocks = _points(model)
    span, root = SPAN * model.horizon, (SPAN * model.horizon) ** 0.5
    spans, moves = tf.fill(time.shape, tf.constant(span, tf.float64)), root * tf.sign(shocks)
    up, down = (model.step(time, state, spans, sign * moves) for sign in (1, -1))
    drift, volatility = model.drift(time, state), model.volatility(time, state)
    if not np.min(volatility) >= 0:
        yield f"volatility is {np.min(volatility):.4g} at a state of a path; expected no negative number"
    scale = max(np.abs(volatility).max(), np.abs(drift).max() * model.horizon**0.5)
    gaps = {
        "volatility": (up - down) / (2 * root) - volatility * tf.sign(shocks),
        "drift": (((up + down) / 2 - state) / span - drift) * model.horizon**0.5,
    }
    for name, gap in gaps.items():
        if not (off := np.abs(gap).max()) <= SLACK * scale:
            yield f"step moves states by other than their {name}, off by {off:.4g}; expected the same over short spans"


def _exact(model: TerminalValueDiffusion) -> Iterable[str]:
    _, state, _ = _points(model)
    exact = model.exact_value(np.full(len(state), float(model.horizon)), state.numpy())
    if exact is not None:
        value = model.terminal_value(state).numpy()
        gap = np.abs(exact - value).max() / np.abs(value).max()
        if not gap <= 1e-6:
            yield f"exact_value at the horizon is off terminal_value by {gap:.4g} of it; expected the same"


def _points(model: TerminalValueDiffusion, dtype: tf.DType = tf.float64) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Times [n], states [n, D] of paths there and unit shocks [n, D]."""
    shocks = antithetic_shocks(tf.constant([SEED, 0]), (STEPS, PATHS, model.num_states), "normal", dtype)
    paths = simulate(model, start_of(model, PATHS, dtype), 0.0, shocks)
    rows = tf.reshape(paths.state[1:], (-1, model.num_states))
    return tf.reshape(paths.time[1:], (-1,)), rows, tf.reshape(shocks, rows.shape)


CHECKS = (_sizes, _shapes, _law, _exact)
