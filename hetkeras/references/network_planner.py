"""The planner's value in a small production network: all links that can move, the active sector, one or two factors.

2^P N states for P links, 8 for two sectors and 192 for three; the equation is that of `models.production_network`.
"""

from __future__ import annotations

import numpy as np

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.export_market import whole_numbers
from hetkeras.references.frozen_network import NetworkProblem, frozen_value, log_gdp_line
from hetkeras.references.option_grid import Moves, OptionGrid

MOST_STATES = 600


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
        self._links = np.argwhere(problem.movable)  # [P, 2]
        self._count, num_states = problem.num_sectors, num_link_states(problem)
        if num_states > MOST_STATES:
            raise CalibrationError(
                f"{len(self._links)} links and {self._count} sectors have {num_states:.3g} states; expected at most "
                f"{MOST_STATES}: three sectors, or few links"
            )
        bits = np.stack([side.ravel() for side in np.indices((2,) * len(self._links))], 1)[:, ::-1]  # [2^P, P]
        networks = np.broadcast_to(~problem.movable, (len(bits), self._count, self._count)).astype(float)
        networks[:, self._links[:, 0], self._links[:, 1]] = bits
        levels, slopes = log_gdp_line(problem, networks)

        def staying(state: np.ndarray, factors: np.ndarray) -> np.ndarray:
            code = state // self._count
            return frozen_value(problem, levels[code], slopes[code], factors)

        num_factors = problem.factor_loadings.shape[1]
        rates = problem.discount_rate, problem.reversion
        moves = self._moves(problem, bits)
        self._solved = OptionGrid(staying, moves, num_states, num_factors, *rates, nodes, width)

    def value(self, links: np.ndarray, sector: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns V [...] of links [..., N, N] (0 or 1), the active sector [...] and factors [..., M]."""
        return self._solved.value(self._state(links, sector), np.asarray(factors))

    def link_gain(self, links: np.ndarray, sector: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns V with less V without each link of the active sector, [..., N]; zero where it cannot move."""
        state, sector, factors = self._state(links, sector), np.asarray(sector), np.asarray(factors)
        gains = np.zeros((*state.shape, self._count))
        for p, (user, supplier) in enumerate(self._links):
            mine = np.broadcast_to(sector == user, state.shape)
            bit = 2**p * self._count
            off = state[mine] - bit * (state[mine] // bit % 2)
            where = np.broadcast_to(factors, (*state.shape, factors.shape[-1]))[mine]
            gains[mine, supplier] = self._solved.value(off + bit, where) - self._solved.value(off, where)
        return gains

    def _state(self, links: np.ndarray, sector: np.ndarray) -> np.ndarray:
        links = whole_numbers("links", links, 1)
        if links.shape[-2:] != (self._count,) * 2:
            raise ShapeError(f"links has the shape {links.shape}; expected [.., {self._count}, {self._count}]")
        code = links[..., self._links[:, 0], self._links[:, 1]] @ 2 ** np.arange(len(self._links))
        return code * self._count + whole_numbers("sector", sector, self._count - 1)

    def _moves(self, problem: NetworkProblem, bits: np.ndarray) -> Moves:
        states = np.arange(len(bits) * self._count)
        chain = [(states, states - states % self._count + z) for z in range(self._count)]
        origin, target = (np.concatenate(part) for part in zip(*chain, strict=True))
        other = origin != target
        parts = [(origin[other], target[other], problem.switch_rate, 0.0, False)]
        for p, (user, supplier) in enumerate(self._links):
            off = np.flatnonzero(bits[:, p] == 0) * self._count + user
            on, cost = off + 2**p * self._count, problem.link_costs[user, supplier]
            parts += [(off, on, problem.arrival_rate, cost, True), (on, off, problem.destruction_rate, 0.0, False)]
        return joined_moves(parts)


def num_link_states(problem: NetworkProblem) -> int:
    """Returns the number of states of links and active sector."""
    return 2 ** int(problem.movable.sum()) * problem.num_sectors


def joined_moves(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray | float, float, bool]]) -> Moves:
    """Returns moves from parts of equal cost and kind: origin [K], target [K], rate [K] or one, cost, chosen."""
    columns = zip(*(np.broadcast_arrays(*part) for part in parts), strict=True)
    return Moves(*(np.concatenate(column) for column in columns))
