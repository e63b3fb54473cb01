"""States where no path of a policy stays whose flips take turns; see `hetkeras.methods.jump_diffusion.off_path`.

Paths start at all stress states at once, as many from each as there is room for, and regimes from their long-run law.
Axes: S stress states, B paths, K moments.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion, flip_each
from hetkeras.methods.jump_diffusion.off_path import ERRORS, MOMENTS, far_moves
from hetkeras.methods.jump_diffusion.switching.hjb_residual import residuals
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.paths import States, TurnPaths

TAIL = 1e-3  # discount factor at which paths end
FEW_ERRORS = 4.0  # standard errors of a simulation with few paths that count for nothing
DRAWS = 600_000_000  # of these paths, apart from all others


class Delivered(NamedTuple):
    """Of each path, [B]: the value at its start, what is delivered by Dynkin's formula, and by simulation alone."""

    value: np.ndarray
    promised_gap: np.ndarray
    simulated_gap: np.ndarray


def off_path_errors(paths: TurnPaths, visited: States) -> dict[str, float]:
    """Residuals, gains and gaps between promised and delivered value at stress states.

    Args:
      paths: under the policy.
      visited: states that it goes to, whose spread counts.
    """
    model, policy = paths.model, paths.policy
    stress, count = stress_states(model, visited), model.num_regimes
    size = len(stress[0])
    regimes = tf.tile(tf.range(count), [size])
    everywhere = *(tf.repeat(part, count, 0) for part in stress), regimes
    numbers = {"off_path_residual_max": np.abs(residuals(model, policy, *everywhere)).max()}
    numbers["off_path_gain_gap"] = gain_gap(model, policy, *everywhere)
    places, found = _delivered(paths, stress)
    scale = np.maximum(np.abs(found.value), model.value_scale)
    gaps, errors = _means(places, size, found.promised_gap / scale)
    numbers |= {"promised_value_gap_max": np.abs(gaps).max(), "promised_value_error_max": errors.max()}
    numbers["off_path_value_gap"] = (np.abs(gaps) + ERRORS * errors).max()
    gaps, errors = _means(places, size, found.simulated_gap / scale)
    numbers["off_path_policy_worth_gap"] = np.maximum((np.abs(gaps) - FEW_ERRORS * errors).max(), 0.0)
    return numbers


def stress_states(model: SwitchingJumpDiffusion, visited: States) -> tuple[tf.Tensor, tf.Tensor]:
    """Corners of what can flip at rest, all off and all on where states are far from it: [S, D] and [S, J]."""
    movable = np.flatnonzero(model.max_hazard.any(1))
    on, off = np.ones(model.num_binary), np.ones(model.num_binary)
    off[movable] = 0
    one, missing = off.copy(), on.copy()
    one[movable[:1]], missing[movable[:1]] = 1, 0
    rest, moves = model.long_run_mean(tf.float64).numpy(), far_moves(visited.state.numpy())
    states = [rest] * 4 + [rest + move for move in moves for _ in range(2)]
    return tf.constant(np.array(states)), tf.constant(np.array([off, on, one, missing, *[off, on] * len(moves)]))


def gain_gap(
    model: SwitchingJumpDiffusion, policy: LoadedTurnPolicy, state: tf.Tensor, binary: tf.Tensor, regime: tf.Tensor
) -> float:
    """Largest distance of gains of open flips to the values that they are differences of, over the flip's scale."""
    found = policy.evaluate(state, binary, regime)
    count = found.which.shape[1]
    after = policy.value(
        tf.repeat(state[:, None], count, 1), flip_each(binary, found.which), tf.repeat(regime[:, None], count, 1)
    )
    here = tf.gather(found.values, regime, batch_dims=1)[:, None]
    gaps = np.abs(after - here - found.gains) / model.flip_scales[found.which.numpy()]
    return float(gaps[np.any(model.max_hazard, 1)[found.which.numpy()]].max(initial=0.0))


def _delivered(paths: TurnPaths, stress: tuple[tf.Tensor, tf.Tensor]) -> tuple[np.ndarray, Delivered]:
    """Stress state of each path, and what it delivers. Paths and their mirrors start at the same one."""
    model, policy, half = paths.model, paths.policy, paths.num_paths // 2
    places = np.tile(np.arange(half) % len(stress[0]), 2)
    blank = paths.start(stress[0][0], stress[1][0])
    regime = tf.tile(blank.regime[:half], [2])
    start = blank._replace(state=tf.gather(stress[0], places), binary=tf.gather(stress[1], places), regime=regime)
    shares = (np.arange(MOMENTS) + 0.5) / MOMENTS * (1 - TAIL)  # of the discounted time before each moment
    times = np.append(-np.log1p(-shares), -math.log(TAIL)) / model.discount_rate
    turns, sizes = start, []
    for moment, time in enumerate(times):
        turns = paths.run(turns, time - float(turns.time[0]), DRAWS + moment * 1_000_000)
        if moment < MOMENTS:
            sizes.append(residuals(model, policy, *turns[:3]))
    begun, ended = (tf.gather(model.open_baseline(*at[:3]).values, at.regime, batch_dims=1) for at in (start, turns))
    value, last = policy.value(*start[:3]).numpy(), policy.value(*turns[:3]).numpy()
    promised = TAIL * (ended.numpy() - last) - (1 - TAIL) * np.mean(sizes, 0) * model.value_scale
    return places, Delivered(value, promised, (begun + turns.surplus).numpy() - value)


def _means(places: np.ndarray, size: int, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each stress state and its standard error, [S], over pairs of mirrored paths with a variance for all."""
    pairs, where = gaps.reshape(2, -1).mean(0), places[: len(places) // 2]
    counts = np.bincount(where, minlength=size)
    means = np.bincount(where, pairs, minlength=size) / counts
    variance = np.sum((pairs - means[where]) ** 2) / (len(pairs) - size)
    return means, np.sqrt(variance / counts)
