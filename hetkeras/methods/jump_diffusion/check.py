"""Whether a model of binary states holds together, told before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.errors import CalibrationError
from hetkeras.soundness import misshapen, until_one_speaks

SEED = 8_123
STEP = 1e-3  # share of 1 / the fastest rate of the diffusion, over which `diffuse` is held to its generator
DRAWS, NUMBERS = 8192, 2**20  # of the states after such a step, and in all of them together
SURE = 6.0  # standard errors
GAINS = np.linspace(-2.97, 3.01, 40)  # in units of an element's share of the value
DIFFERENCE = 1e-6  # of such units, for slopes
SLOPES = 1e-6  # of the largest rate


def check_jumps(model: JumpDiffusion) -> Iterator[str]:
    """Yields a sentence for each thing in which the model contradicts itself or its contract; nothing if it is sound.

    Each of CHECKS relies on what those before it have found sound, so that the first with a problem is the last.
    """
    return until_one_speaks(CHECKS, model)


def _sizes(model: JumpDiffusion) -> Iterable[str]:
    if not model.num_binary >= 1:
        yield f"num_binary is {model.num_binary}; expected at least 1"
        return
    for name in ("discount_rate", "value_scale"):
        if not 0 < getattr(model, name) < np.inf:
            yield f"{name} is {getattr(model, name)}; expected a finite number above 0"
    try:
        model.split_states(model.long_run_mean()[None])
    except CalibrationError as error:
        yield str(error)
    columns = {"switching_costs": model.switching_costs, "can_switch": model.can_switch}
    for name, column in columns.items():
        if np.shape(column) != (model.num_binary,):
            yield f"{name} has the shape {np.shape(column)}; expected ({model.num_binary},), one for each binary state"


def _shapes(model: JumpDiffusion) -> Iterable[str]:
    """On two draws of states, in both precisions that are asked for."""
    for dtype in (tf.float64, tf.float32):
        state, binary = model.sample(tf.constant([SEED, 0]), 2, dtype)
        shocks = model.num_shocks
        span = tf.constant([0.1, 0.2], dtype)
        arguments = {
            "flow": ((2,), (state, binary)),
            "drift": (state.shape, (state, binary)),
            "loadings": ((*state.shape, shocks), (state, binary)),
            "diffuse": (state.shape, (state, binary, span, tf.constant([SEED, 1]))),
            "intensity": (binary.shape, (binary, binary)),
            "jump_payoff": (binary.shape, (binary, binary, binary)),
        }
        fitting: dict[str, list[tuple[int, ...]]] = {name: [tuple(shape)] for name, (shape, _) in arguments.items()}
        fitting["loadings"].append((state.shape[1], shocks))  # the same in all states
        found = [
            misshapen(model, name, dtype, fitting[name], at, "a state that `sample` draws")
            for name, (_, at) in arguments.items()
        ]
        if problems := [problem for problem in found if problem]:
            yield from problems
            return


def _payoff(model: JumpDiffusion) -> Iterable[str]:
    """Where paths go, and as far out as training looks."""
    state, binary = model.sample(tf.constant([SEED, 2]), 256, tf.float64)
    if isinstance(model, SwitchingJumpDiffusion):
        flows = [model.flow_in(state, binary, tf.fill((256,), regime)) for regime in range(model.num_regimes)]
    else:
        flows = [model.flow(state, binary)]
    for flow in flows:
        wrong = ~np.isfinite(flow)
        if wrong.any():
            row = int(wrong.argmax())
            yield f"flow is {flow.numpy()[row]} at the state {_few(state.numpy()[row])}; expected a finite number"
            return


def _rest(model: JumpDiffusion) -> Iterable[str]:
    rest = model.long_run_mean(tf.float64)
    state, binary = model.sample(tf.constant([SEED, 3]), 64, tf.float64)
    drift = model.drift(rest[None], tf.zeros((1, model.num_binary), tf.float64)).numpy()[0]
    if not np.abs(drift).max() <= 1e-6 * np.abs(model.drift(state, binary)).max():
        yield f"long_run_mean moves at {_few(drift)} per unit of time; expected a state at which drift is zero"


def _diffusion(model: JumpDiffusion) -> Iterable[str]:
    """Mean and variances of a short move against drift and volatility, from a state away from rest."""
    starts, binaries = model.sample(tf.constant([SEED, 4]), 2, tf.float64)
    count = int(np.clip(NUMBERS // starts.shape[-1], 512, DRAWS)) // 2 * 2
    state, binary = (tf.repeat(part[:1], count, 0) for part in (starts, binaries))
    drift = model.drift(starts[:1], binaries[:1]).numpy()[0]
    loadings = tf.broadcast_to(model.loadings(starts[:1], binaries[:1]), (1, *drift.shape, model.num_shocks)).numpy()[0]
    own = model.idiosyncratic_volatility(starts[:1], binaries[:1])
    variance = (loadings**2).sum(1) + (0.0 if own is None else np.ravel(own) ** 2)
    span = STEP / max(np.abs(drift / (starts[0] - model.long_run_mean(tf.float64))).max(), model.discount_rate)
    spans = tf.fill((count,), tf.constant(span, tf.float64))
    moved = (model.diffuse(state, binary, spans, tf.constant([SEED, 5]), True) - state).numpy() / span
    pairs = moved.reshape(2, -1, len(drift)).mean(0)
    error = pairs.std(0) / np.sqrt(len(pairs))
    gap = np.abs(pairs.mean(0) - drift)
    wrong = ~(gap <= SURE * error + 0.01 * np.abs(drift).max())
    if wrong.any():
        d = int(wrong.argmax())
        yield (
            f"diffuse moves state {d} by {pairs.mean(0)[d]:.4g} per unit of time on average over a short span; "
            f"expected the drift, {drift[d]:.4g}"
        )
    spread = (moved**2).mean(0) * span - drift**2 * span
    off = np.abs(spread - variance) > SURE * np.sqrt(4 / count) * variance.max()
    if off.any():
        d = int(off.argmax())
        yield (
            f"diffuse spreads state {d} with the variance {spread[d]:.4g} per unit of time over a short span; expected "
            f"{variance[d]:.4g}, as loadings and idiosyncratic_volatility say"
        )


def _flips(model: JumpDiffusion) -> Iterable[str]:
    """Rates and payoffs of flips from 0 and from 1 over a range of gains, [n, J]."""
    unit = model.value_scale / model.num_binary
    gains = tf.constant(GAINS[:, None] * unit + np.zeros(model.num_binary))
    bounds = model.max_hazard
    for kind in (0, 1):
        binary = tf.fill(gains.shape, tf.constant(float(kind), tf.float64))
        rate = model.intensity(binary, gains).numpy()
        if not rate.min() >= 0:
            yield f"intensity is {rate.min():.4g} for a flip from {kind}; expected no negative rate"
        elif not (rate <= bounds[:, kind] * (1 + 1e-9)).all():
            j = int((rate - bounds[:, kind]).max(0).argmax())
            yield (
                f"intensity reaches {rate[:, j].max():.4g} for the flip of binary state {j} from {kind}; expected at "
                f"most its max_hazard, {bounds[j, kind]:.4g}"
            )
        step = DIFFERENCE * unit
        up, down = (model.jump_payoff(binary, moved, moved).numpy() for moved in (gains + step, gains - step))
        gap = np.abs((up - down) / (2 * step) - rate).max()
        if not gap <= SLOPES * max(rate.max(), 1e-3):
            yield (
                f"jump_payoff rises in the gain of a flip from {kind} by other than its intensity, off by {gap:.4g}; "
                "expected the rate at which it flips, for the best decision leaves nothing else (envelope theorem)"
            )


def _regimes(model: JumpDiffusion) -> Iterable[str]:
    if not isinstance(model, SwitchingJumpDiffusion):
        return
    rates, count = model.switch_rates, model.num_regimes
    if rates.shape != (count, count) or not (np.isfinite(rates).all() and rates.min() >= 0):
        yield f"switch_rates have the shape {rates.shape} and the entry {rates.min():.4g}; expected [Z, Z] from 0 up"
    elif np.diag(rates).any():
        z = int(np.abs(np.diag(rates)).argmax())
        yield f"switch_rates have {rates[z, z]:.4g} on the diagonal in row {z}; expected 0: the rest says how it ends"
    else:
        yield from _open(model)


def _open(model: SwitchingJumpDiffusion) -> Iterable[str]:
    flips, leading = model.available_flips, model.decision_regimes
    if len(flips) != model.num_regimes:
        yield f"available_flips has {len(flips)} rows; expected {model.num_regimes}, one for each row of switch_rates"
    elif sorted(flips[leading].ravel()) != list(range(model.num_binary)):
        yield f"available_flips does not name each of {model.num_binary} binary states in one turn; expected each once"
    else:
        yield from _law(model)


def _law(model: SwitchingJumpDiffusion) -> Iterable[str]:
    """Draws of regimes over a short span against the rates, from the first regime."""
    rates = model.switch_rates[0]
    leaving = rates.sum()
    if not leaving > 0:
        return
    span = tf.fill((DRAWS,), tf.constant(0.1 / leaving, tf.float64))
    after = model.switch(tf.zeros((DRAWS,), tf.int32), span, tf.constant([SEED, 6])).numpy()
    share = (after != 0).mean()
    if not 0.08 < share < 0.11:
        yield (
            f"switch leaves regime 0 in a share {share:.4g} of draws over a tenth of its mean duration; expected about "
            "0.095, as its row of switch_rates says"
        )


def _few(numbers: np.ndarray) -> str:
    """The first numbers of an array, to be read."""
    shown = ", ".join(f"{number:.4g}" for number in numbers[:3])
    return f"[{shown}{', ...' if len(numbers) > 3 else ''}]"


CHECKS = (_sizes, _regimes, _shapes, _payoff, _rest, _diffusion, _flips)
