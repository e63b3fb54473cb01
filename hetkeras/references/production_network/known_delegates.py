"""States at which an equilibrium of few sectors' delegates is known, to measure solutions against."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hetkeras.references.production_network.delegate_equilibrium import DelegateEquilibrium, DelegateProblem
from hetkeras.references.production_network.known_network import drawn_networks
from hetkeras.references.production_network.link_states import MOST_STATES, num_link_states

FEW, NODES = 100, {True: 201, False: 61}  # states up to which a grid may be fine, and its points


class KnownDelegates(NamedTuple):
    """links [n, N, N], regime [n], productivity [n, N]; value [n]; link_gain and decision [n, N].

    Regimes are delegate * N + sector. Gains are V with less V without each link of the active sector, to the delegate
    and to those who decide.
    """

    links: np.ndarray
    regime: np.ndarray
    productivity: np.ndarray
    value: np.ndarray
    link_gain: np.ndarray
    decision: np.ndarray


def known_delegates(problem: DelegateProblem, num_states: int = 200) -> KnownDelegates | None:
    """Returns values and gains at states within two standard deviations; None where no equilibrium is known."""
    if num_link_states(problem) > MOST_STATES or problem.factor_loadings.shape[1] != 1:
        return None
    links, sector, factors = drawn_networks(problem, num_states)
    solved = DelegateEquilibrium(problem, NODES[num_link_states(problem) < FEW])
    row, count = np.arange(num_states), problem.num_sectors
    delegate = (sector + row // count * (row % 2)) % count  # in half of the cases that of the active sector
    gains = solved.link_gains(links, sector, factors)  # [n, N delegates, N suppliers]
    decision = gains[row, sector] + problem.joint * np.einsum("bll->bl", gains)
    productivity = problem.mean_state + factors @ problem.factor_loadings.T
    value = solved.value(links, sector, factors)[row, delegate]
    return KnownDelegates(links, delegate * count + sector, productivity, value, gains[row, delegate], decision)
