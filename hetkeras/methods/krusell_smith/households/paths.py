"""A household's life: income, consumption and assets period by period."""

from __future__ import annotations

import numpy as np

from hetkeras.methods.krusell_smith.households.loaded import LoadedHouseholds

FORGOTTEN = 200  # periods in which a household forgets where it began


def household_panel(policy: LoadedHouseholds, periods: int, count: int, seed: int) -> dict[str, np.ndarray]:
    """Households that have forgotten that they started at their limit: idiosyncratic and assets, [T, N] each."""
    chain, rng = policy.model.idiosyncratic_chain, np.random.default_rng(seed)
    first = rng.choice(chain.num_states, count, p=chain.stationary())
    own = chain.values[chain.paths(first, rng.uniform(size=(FORGOTTEN + periods, count)))]
    assets = np.full((FORGOTTEN + periods, count), policy.model.borrowing_limit, float)
    for t in range(1, len(own)):
        found = policy.signatures["policy"](idiosyncratic=own[t - 1], assets=assets[t - 1])
        assets[t] = found["assets_next"].numpy()
    return {"idiosyncratic": own[FORGOTTEN:], "assets": assets[FORGOTTEN:]}


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
