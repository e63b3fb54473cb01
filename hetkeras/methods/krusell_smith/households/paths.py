"""A household's life: income, consumption and assets period by period."""

from __future__ import annotations

import numpy as np

from hetkeras.methods.krusell_smith.households.loaded import LoadedHouseholds


def household_path(policy: LoadedHouseholds, periods: int, seed: int) -> dict[str, np.ndarray]:
    """One household that starts at its borrowing limit: name -> [T]."""
    chain = policy.model.idiosyncratic_chain
    uniforms = np.random.default_rng(seed).uniform(size=periods)
    states = chain.paths(int(np.searchsorted(np.cumsum(chain.stationary()), uniforms[0])), uniforms)
    rows = np.empty((4, periods))
    assets = policy.model.borrowing_limit
    for t, state in enumerate(states):
        choice = policy.choose(np.full((chain.num_states, 1), assets))
        rows[:, t] = assets, *(part[state, 0] for part in (choice.income, choice.consumption, choice.assets_next))
        assets = rows[3, t]
    names = ("assets", "income", "consumption", "assets_next")
    levels = chain.values[states]
    return {"period": np.arange(periods), "idiosyncratic": levels, **dict(zip(names, rows, strict=True))}
