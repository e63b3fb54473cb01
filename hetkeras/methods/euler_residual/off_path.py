"""Distributions of agents that no path passes: shifted, spread out, bunched, in two groups.

Own paths end in one narrow distribution, so that a policy may be right along them and know nothing of others. Each
distribution here is made of the settled one, within the range that the economics allows.
Axes: S distributions, B paths, N agents, D states.
"""

from __future__ import annotations

import numpy as np

from hetkeras.contracts.symmetric_economy import SymmetricEconomy

REACH = 3.0  # standard deviations of the settled aggregate
SPREAD = 3.0  # factor on the distance of each agent to the mean
INSIDE = 0.95  # share of the way to a bound that no agent exceeds
PATHS = 4


def off_path_states(model: SymmetricEconomy, start: np.ndarray, settled: np.ndarray) -> np.ndarray:
    """Distributions off the path, [S, B, N, D], of X_0 and the settled states [B, N, D]; only first states differ.

    The settled one with its mean three standard deviations lower and higher, three times as spread out, with all agents
    at the mean, and in two groups two standard deviations off it; X_0 with all agents at the mean.
    """
    first, end = start[:PATHS], settled[:PATHS]
    mean, away = _split(end)
    sd = REACH * settled[..., 0].mean(-1).std()
    groups = 2 * away.std(-1, keepdims=True) * np.where(np.arange(end.shape[1]) % 2, 1, -1)
    first_states = [
        *(end[..., 0] + shift for shift in (-sd, sd)),
        mean + SPREAD * away,
        mean + 0 * away,
        mean + groups - groups.mean(-1, keepdims=True),
        _split(first)[0] + 0 * away,
    ]
    others = [end[..., 1:]] * 5 + [first[..., 1:]]
    rows = [
        np.concatenate([_inside(model, x)[..., None], rest], -1) for x, rest in zip(first_states, others, strict=True)
    ]
    return np.stack(rows).astype(settled.dtype)


def _split(state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the first state, [B, 1], and the distance of each agent to it, [B, N]."""
    mean = state[..., 0].mean(-1, keepdims=True)
    return mean, state[..., 0] - mean


def _inside(model: SymmetricEconomy, first: np.ndarray) -> np.ndarray:
    """Draws agents towards their mean where one of them is beyond a bound, [B, N]."""
    mean = first.mean(-1, keepdims=True)
    away, room = first - mean, np.ones_like(mean)
    for bound in model.state_bounds():
        reach, furthest = INSIDE * np.abs(bound - mean), (away * np.sign(bound - mean)).max(-1, keepdims=True)
        room = np.minimum(room, np.divide(reach, furthest, out=np.ones_like(mean), where=furthest > reach))
    return mean + room * away
