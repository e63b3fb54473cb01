"""One sector that can buy from any number of identical suppliers, which buy from nobody new: k links and a turn.

The planner's value depends on how many of the K suppliers the hub buys from, on whether the hub is the active sector
and on the factors: 2 (K + 1) states, for any risk aversion, penalty and cap. The hub loses its turn at the rate
K lambda_z and gets it back at lambda_z.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hetkeras.errors import CalibrationError
from hetkeras.references.export_entry.export_market import whole_numbers
from hetkeras.references.numerics.option_grid import OptionGrid
from hetkeras.references.production_network.frozen_network import NetworkProblem, frozen_value, log_gdp_line
from hetkeras.references.production_network.link_states import chain_moves, joined_moves, link_moves


class StarPlanner:
    """Values on a grid of the factors, by `option_grid`. Axes: M factors.

    Args:
      problem: the economics.
      nodes: grid points of each factor.
      width: half-width of the grid in stationary standard deviations of a factor.

    Raises:
      CalibrationError: if the problem is no star, or has more than two factors.
    """

    def __init__(self, problem: NetworkProblem, nodes: int = 101, width: float = 6.0) -> None:
        if not is_star(problem):
            raise CalibrationError(
                "the network is no star; expected links into one sector only, from suppliers that are all alike"
            )
        self._hub = int(np.argmax(problem.movable.any(1)))
        self._highest = highest = problem.num_sectors - 1
        suppliers = np.delete(np.arange(problem.num_sectors), self._hub)
        networks = np.broadcast_to(np.eye(problem.num_sectors), (highest + 1, *problem.movable.shape)).copy()
        networks[:, self._hub, suppliers] = np.arange(highest) < np.arange(highest + 1)[:, None]
        levels, slopes = log_gdp_line(problem, networks)

        def staying(state: np.ndarray, factors: np.ndarray) -> np.ndarray:
            return frozen_value(problem, levels[state // 2], slopes[state // 2], factors)

        count = np.arange(highest + 1)
        away, turn = 2 * count, 2 * count + 1
        cost = float(problem.link_costs[self._hub, suppliers[0]])
        turns = chain_moves(away, turn, problem.switch_rate), chain_moves(turn, away, highest * problem.switch_rate)
        links = link_moves(problem, turn[:-1], turn[1:], cost, missing=count[:0:-1], present=count[1:])
        num_factors = problem.factor_loadings.shape[1]
        rates = problem.discount_rate, problem.reversion
        self._solved = OptionGrid(
            staying, joined_moves([*turns, *links]), 2 * len(count), num_factors, *rates, nodes, width
        )

    @property
    def hub(self) -> int:
        """The sector that buys."""
        return self._hub

    def value(self, count: ArrayLike, hub_active: ArrayLike, factors: ArrayLike) -> np.ndarray:
        """Returns V [...] of count [...] links (0 .. K), whether it is the hub's turn (0 or 1) and factors [..., M]."""
        state = 2 * whole_numbers("count", count, self._highest) + whole_numbers("hub_active", hub_active, 1)
        return self._solved.value(state, np.asarray(factors))

    def link_gain(self, count: ArrayLike, factors: ArrayLike) -> np.ndarray:
        """Returns V(k + 1) - V(k) [...] at the hub's turn, of count [...] (0 .. K - 1) and factors [..., M]."""
        count = whole_numbers("count", count, self._highest - 1)
        return self.value(count + 1, 1, factors) - self.value(count, 1, factors)


def is_star(problem: NetworkProblem) -> bool:
    """Whether one sector alone can form links, from all others, which are alike."""
    users = np.flatnonzero(problem.movable.any(1))
    if len(users) != 1 or problem.movable.sum() != problem.num_sectors - 1:
        return False
    technology, hub = problem.technology, users[0]
    columns = [technology.shares[hub], technology.link_penalty[hub], problem.link_costs[hub]]
    columns += [np.diagonal(technology.shares), technology.consumption, problem.mean_state]
    return not np.ptp(np.delete(np.column_stack([*columns, problem.factor_loadings]), hub, 0), axis=0).any()
