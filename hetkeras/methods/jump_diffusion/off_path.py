"""States that no path of a policy stays at, and whether the value holds there.

The value promises what the policy delivers: by Dynkin's formula the two differ by the discounted residual along paths,

    V_pi - V = E int exp(-rho t) R dt + E exp(-rho T) [V0 - V] (at T),    R = flow + L V + jumps - rho V,

with the model's baseline V0 after the horizon T. With V itself as a control variate next to nothing is left to chance.
An explosive solution of rho f = L f has no residual, and what it promises comes from paths that no simulation meets:
that is seen without V in `policy_value`, far from rest, where such solutions are many times as large.
Axes: S starts, P paths from each, K moments, D continuous and J binary states.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.contracts.jump_diffusion import JumpDiffusion
from hetkeras.methods.jump_diffusion.hjb_residual import residuals
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.methods.jump_diffusion.paths import flip_paths
from hetkeras.methods.jump_diffusion.policy_value import Simulation

REACH = 3.0  # standard deviations of own paths
DIRECTIONS = 2  # in which own paths vary most
SMALL = 1e-6  # share of the variance below which a direction is none
PATHS, STEPS, MOMENTS = 16, 300, 24
TAIL = 1e-4  # discount factor at the horizon
ERRORS = 3.0  # standard errors that count against the policy
SEED = 5_309


class Stress(NamedTuple):
    """state [S, D] and binary [S, J]; far: indices of those with all off and states far from rest."""

    state: tf.Tensor
    binary: tf.Tensor
    far: np.ndarray


def stress_states(model: JumpDiffusion, visited: tuple[tf.Tensor, tf.Tensor]) -> Stress:
    """Corners of the binary states at rest, and all off and all on where the factors are three deviations away.

    Args:
      model: the economics.
      visited: states [B, D] and [B, J] of own paths, whose spread counts.
    """
    rest, moves = model.long_run_mean().numpy(), far_moves(visited[0].numpy())
    off, on, one = np.zeros(model.num_binary), np.ones(model.num_binary), np.eye(model.num_binary)[0]
    corners = [off, on] if model.num_binary == 1 else [off, on, one, 1 - one]
    states = [rest] * len(corners) + [rest + move for move in moves for _ in range(2)]
    binary = [*corners, *[off, on] * len(moves)]
    far = len(corners) + 2 * np.arange(len(moves))
    return Stress(tf.constant(np.array(states), tf.float32), tf.constant(np.array(binary), tf.float32), far)


def off_path_errors(
    model: JumpDiffusion, policy: LoadedFlipPolicy, visited: tuple[tf.Tensor, tf.Tensor], simulate: Simulation | None
) -> dict[str, float]:
    """Residuals, gains and gaps between promised and delivered value at stress states.

    Args:
      model, policy: what is measured.
      visited: states of own paths.
      simulate: the value of the policy without its value function, where rates have bounds.
    """
    stress = stress_states(model, visited)
    at = stress.state, stress.binary
    size = residuals(model, policy, *at)
    numbers = {"off_path_residual_max": np.abs(size).max(), "off_path_gain_gap": _gain_gap(model, policy, *at)}
    scale = np.maximum(np.abs(policy.value(*at).numpy()), model.value_scale)  # [S]
    gaps, errors = (np.abs(part) / scale for part in promised_gaps(model, policy, *at))
    numbers |= {"promised_value_gap_max": gaps.max(), "promised_value_error_max": errors.max()}
    numbers["off_path_value_gap"] = (gaps + ERRORS * errors).max()
    if simulate is not None and len(stress.far):
        numbers["off_path_policy_value_gap"] = _simulated_gap(policy, stress, simulate) / model.value_scale
    return numbers


def promised_gaps(
    model: JumpDiffusion, policy: LoadedFlipPolicy, state: tf.Tensor, binary: tf.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Delivered less promised value from states [S, D] and [S, J], and its standard error: [S] each."""
    horizon = -math.log(TAIL) / model.discount_rate
    states, binaries = (tf.repeat(part, PATHS, 0) for part in (state, binary))
    paths = flip_paths(model, lambda *at: policy.evaluate(*at).rate, states, binaries, horizon / STEPS, STEPS, SEED)
    shares = (np.arange(MOMENTS) + 0.5) / MOMENTS * (1 - TAIL)  # of the discounted time before each moment
    moments = np.round(-np.log1p(-shares) / model.discount_rate / horizon * STEPS).astype(int)
    rows = (tf.reshape(tf.gather(path, moments), (-1, path.shape[-1])) for path in paths)
    size = residuals(model, policy, *rows).reshape(MOMENTS, -1).mean(0) * model.value_scale
    ended = [path[-1] for path in paths]
    later = (model.baseline(*ended).value - policy.value(*ended)).numpy()
    gaps = (TAIL * later - (1 - TAIL) * size).reshape(-1, PATHS)
    return gaps.mean(1), gaps.std(1, ddof=1) / math.sqrt(PATHS)


def _simulated_gap(policy: LoadedFlipPolicy, stress: Stress, simulate: Simulation) -> float:
    """Largest distance of the value to a simulation beyond its standard errors."""
    gaps = []
    for place in stress.far[:2]:
        said = float(policy.evaluate(stress.state[place : place + 1], stress.binary[place : place + 1]).value[0])
        found = simulate(stress.state[place], stress.binary[place])
        gaps.append(abs(said - found.mean) - ERRORS * found.standard_error)
    return float(np.maximum(np.max(gaps), 0.0))


def _gain_gap(model: JumpDiffusion, policy: LoadedFlipPolicy, state: tf.Tensor, binary: tf.Tensor) -> float:
    """Largest distance of gains to the values that they are differences of, over a J-th of the scale."""
    output, count = policy.evaluate(state, binary), model.num_binary
    flipped = tf.abs(binary[:, None] - tf.eye(count))
    after = policy.value(tf.repeat(state[:, None], count, 1), flipped)
    gaps = tf.abs(after - output.value[:, None] - output.gains)
    return float(tf.reduce_max(gaps)) * count / model.value_scale


def far_moves(states: np.ndarray) -> np.ndarray:
    """Three standard deviations both ways along the directions in which states [B, D] vary most, [2 R, D]."""
    if not np.isfinite(states).all():
        return np.zeros((0, states.shape[1]))  # of a policy that is broken on its path
    variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(states.astype(float), rowvar=False)))
    order = np.argsort(-variances)[:DIRECTIONS]
    kept = [k for k in order if variances[k] > SMALL * max(variances.sum(), np.finfo(float).tiny)]
    moves = [REACH * math.sqrt(variances[k]) * directions[:, k] for k in kept]
    return np.array([sign * move for move in moves for sign in (-1, 1)]).reshape(-1, states.shape[1])
