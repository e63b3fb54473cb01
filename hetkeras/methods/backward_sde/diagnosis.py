"""Is a value with a horizon the solution? Questions that need no known answer, and one that uses it.

1. Feynman and Kac: the mean over fresh paths of what the terminal value and the driver come to, from the initial state.
   Shocks are normal and time steps finer than those of training; the exported gradient only takes variance away.
2. The same from other initial states, off the paths of training.
3. The equation itself, by differences of the exported value in time and in every state; no gradient enters.
4. The value at the horizon.
5. Exact values, where the model has them.

Errors are relative to the value at the initial state, or to the deviation of the terminal value if that is more.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.methods.backward_sde.backward_equation import ValueFunction, path_values
from hetkeras.methods.backward_sde.paths import Paths, antithetic_shocks, simulate, start_of, starts_beside
from hetkeras.methods.backward_sde.residual import equation_residual

SEED, STEPS = 7_919, 32
NUMBERS = 1 << 22  # states visited when paths are drawn: bounds the cost of a diagnosis whatever D is
RESIDUALS = 256  # states at which the equation is taken, fewer where D is large
ROUNDS, PRECISION = 16, 5e-4  # of paths from the initial state, at most, and the relative standard error that is enough
ERRORS = 3.0  # standard errors that count as error


def diagnose_value(model: TerminalValueDiffusion, function: ValueFunction) -> Diagnosis:
    """Measures a reloaded value on fresh paths."""
    count = int(np.clip(NUMBERS // (model.num_states * STEPS), 64, 16_384)) // 2 * 2
    start = start_of(model, count)
    paths = simulate(model, start, 0.0, _shocks(model, 0, count))
    value, following = path_values(model, function, paths)
    terminal = model.terminal_value(paths.state[-1]).numpy()
    here = float(value[0, 0])
    scale = max(abs(here), float(terminal.std()))
    estimate, error = _feynman_kac(model, function, [following[0]], scale)
    numbers = {
        "num_states": model.num_states,
        "value": here,
        "feynman_kac_value": estimate,
        "feynman_kac_error": error,
        "feynman_kac_gap": (abs(here - estimate) + ERRORS * error) / scale,
        "off_path_value_gap": _off_path(model, function, count, scale),
        "residual_rms": _residual(model, function, paths, scale),
        "terminal_gap": np.max(np.abs(value[-1] - terminal)) / scale,
        **_exact(model, paths, value.numpy(), scale),
    }
    finite = {name: finite_number(number) for name, number in numbers.items()}
    return Diagnosis(finite, _checks(finite), {"horizon": _table(model, paths, value.numpy())})


def _checks(numbers: dict[str, float | None]) -> tuple[Check, ...]:
    """The verdict's tests in order of gravity."""
    train = "train longer, or with a wider network"
    limits = {
        "terminal_gap": (1e-5, "the value at the horizon is not the terminal value"),
        "feynman_kac_gap": (5e-3, f"the value is not the mean of what follows: {train}"),
        "residual_rms": (0.1, f"the equation does not hold between the dates of training: {train}"),
        "off_path_value_gap": (2e-2, f"right where its paths start, wrong beside: {train}"),
        "value_error": (5e-3, train),
        "value_error_paths": (1e-2, train),
    }
    return tuple(at_most(name, numbers[name], *limit) for name, limit in limits.items() if name in numbers)


def _shocks(model: TerminalValueDiffusion, stream: int, count: int) -> tf.Tensor:
    return antithetic_shocks(tf.constant([SEED, stream]), (STEPS, count, model.num_states), "normal")


def _mean(values: tf.Tensor) -> tuple[float, float]:
    """Mean of antithetic pairs [B] and its standard error."""
    pairs = np.asarray(values, float).reshape(2, -1).mean(0)
    return float(pairs.mean()), float(pairs.std() / np.sqrt(len(pairs)))


def _feynman_kac(
    model: TerminalValueDiffusion, function: ValueFunction, drawn: list[tf.Tensor], scale: float
) -> tuple[float, float]:
    """The mean of what follows on paths from the initial state and its standard error.

    Rounds of paths are added to those that are drawn until the error is small or there are ROUNDS.
    """
    count = drawn[0].shape[0]
    while True:
        estimate, error = _mean(tf.concat(tf.split(tf.stack(drawn), 2, 1), 0))
        if error <= PRECISION * scale or len(drawn) == ROUNDS:
            return estimate, error
        paths = simulate(model, start_of(model, count), 0.0, _shocks(model, 100 + len(drawn), count))
        drawn.append(path_values(model, function, paths)[1][0])


def _off_path(model: TerminalValueDiffusion, function: ValueFunction, count: int, scale: float) -> float:
    """The value at time 0 in other states, less the mean of what follows: root mean square over eight of them."""
    starts, each = 8, count // 16 * 2
    gaps = []
    for row, state in enumerate(tf.unstack(starts_beside(model, tf.constant([SEED, 1]), starts))):
        paths = simulate(model, tf.repeat(state[None], each, 0), 0.0, _shocks(model, 2 + row, each))
        value, following = path_values(model, function, paths)
        estimate, _ = _mean(following[0])
        gaps.append((float(value[0, 0]) - estimate) / scale)
    return float(np.sqrt(np.mean(np.square(gaps))))


def _residual(model: TerminalValueDiffusion, function: ValueFunction, paths: Paths, scale: float) -> float:
    """Root mean square of the equation's residual over the horizon, between the first and the last dates."""
    count = int(np.clip(NUMBERS // (8 * model.num_states**2), 8, RESIDUALS))
    picked = np.random.default_rng(SEED).integers((STEPS // 8, 0), (STEPS * 7 // 8, paths.state.shape[1]), (count, 2))
    time, state = (tf.gather_nd(part, picked) for part in (paths.time, paths.state))
    residual = equation_residual(model, function, time, state)
    return float(np.sqrt(np.mean(np.square(residual)))) * model.horizon / scale


def _exact(model: TerminalValueDiffusion, paths: Paths, value: np.ndarray, scale: float) -> dict[str, float]:
    """Distance to exact values at the initial state and along paths; empty where none are known."""
    time, state = (part.numpy()[:, :64].astype(float) for part in (paths.time, paths.state))
    exact = model.exact_value(time.reshape(-1), state.reshape(-1, state.shape[-1]))
    if exact is None:
        return {}
    gap = np.abs(value[:, :64] - exact.reshape(time.shape)) / scale
    return {"value_exact": exact[0], "value_error": gap[0, 0], "value_error_paths": np.sqrt(np.mean(np.square(gap)))}


def _table(model: TerminalValueDiffusion, paths: Paths, value: np.ndarray) -> dict[str, np.ndarray]:
    """The value along paths by date: mean and the middle nine tenths."""
    low, high = np.quantile(value, (0.05, 0.95), axis=1)
    return {"time": paths.time.numpy()[:, 0], "value_mean": value.mean(1), "value_low": low, "value_high": high}
