"""The planner's value in a small production network: all links that can move, the active sector, one or two factors.

2^P N states for P links, 8 for two sectors and 192 for three; the equation is that of `models.production_network`.
"""

from __future__ import annotations

import numpy as np

from hetkeras.references.numerics.option_grid import OptionGrid
from hetkeras.references.production_network.frozen_network import NetworkProblem, frozen_value, log_gdp_line
from hetkeras.references.production_network.link_states import LinkStates


class NetworkPlanner:
    """Values on a grid of the factors, by `option_grid`. Axes: N sectors, M factors.

    Args:
      problem: the economics.
      nodes: grid points of each factor.
      width: half-width of the grid in stationary standard deviations of a factor.

    Raises:
      CalibrationError: if links and sectors make too many states, or there are more than two factors.
    """

    def __init__(self, problem: NetworkProblem, nodes: int = 41, width: float = 6.0) -> None:
        self._states = LinkStates(problem)
        levels, slopes = log_gdp_line(problem, self._states.networks)

        def staying(state: np.ndarray, factors: np.ndarray) -> np.ndarray:
            code = state // problem.num_sectors
            return frozen_value(problem, levels[code], slopes[code], factors)

        num_factors = problem.factor_loadings.shape[1]
        rates = problem.discount_rate, problem.reversion
        moves = self._states.moves(problem)
        self._solved = OptionGrid(staying, moves, self._states.count, num_factors, *rates, nodes, width)

    def value(self, links: np.ndarray, sector: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns V [...] of links [..., N, N] (0 or 1), the active sector [...] and factors [..., M]."""
        return self._solved.value(self._states.index(links, sector), np.asarray(factors))

    def link_gain(self, links: np.ndarray, sector: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns V with less V without each link of the active sector, [..., N]; zero where it cannot move."""
        states, sector, factors = self._states, np.asarray(sector), np.asarray(factors)
        state = states.index(links, sector)
        gains = np.zeros((*state.shape, states.num_sectors))
        for p, (user, supplier) in enumerate(states.links):
            mine = np.broadcast_to(sector == user, state.shape)
            where = np.broadcast_to(factors, (*state.shape, factors.shape[-1]))[mine]
            both = (change(state[mine], p) for change in (states.with_link, states.without))
            with_link, without = (self._solved.value(each, where) for each in both)
            gains[mine, supplier] = with_link - without
        return gains
