"""Log utility in a network where those who can buy sell to nobody new: each link is worth something on its own.

If no supplier buys itself, kappa_i0 = 0, the cap never binds, technology is normalised and gamma = 1, then with
m_i = 1 / (1 - alpha_ii) and b_i = beta_i m_i,

    f = sum_i b_i (eps_i - sum_j kappa_ij alpha_ij^2) + sum_ij Y_ij b_i alpha_ij (m_j eps_j + kappa_ij alpha_ij),

so that V is the frozen value of no links plus, for every link, the value of one option over one Ornstein-Uhlenbeck
process with two states times whether it is its user's turn. Any number of sectors and of factors.
"""

from __future__ import annotations

import numpy as np

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.export_entry.export_market import whole_numbers
from hetkeras.references.numerics.option_grid import Moves, OptionGrid
from hetkeras.references.production_network.frozen_network import NetworkProblem, frozen_value, log_gdp_line
from hetkeras.references.production_network.link_states import chain_moves, joined_moves, link_moves

_IDLE = np.arange(2) * 2  # states of a link: 2 on + turn


class AdditiveLinks:
    """Values by one small `option_grid` for each kind of link. Axes: N sectors.

    Args:
      problem: the economics.
      nodes: grid points of a supplier's productivity.
      width: half-width of the grid in its stationary standard deviations.

    Raises:
      CalibrationError: if links are not worth something on their own.
    """

    def __init__(self, problem: NetworkProblem, nodes: int = 201, width: float = 6.0) -> None:
        if not is_additive(problem):
            raise CalibrationError(
                "links are not worth something on their own; expected risk_aversion 1, sector_penalty 0, a cap that "
                "never binds, normalised technology, and users of links that supply none and are supplied by no user"
            )
        self._problem, self._links = problem, np.argwhere(problem.movable)
        technology = problem.technology
        self._weights = technology.consumption / (1 - np.diagonal(technology.shares))  # b without links
        self._level, _ = log_gdp_line(problem, np.eye(problem.num_sectors))
        self._spread = np.linalg.norm(problem.factor_loadings, axis=1)
        payoffs = [self._payoff(user, supplier) for user, supplier in self._links]
        solved = {each: self._solve(each, nodes, width) for each in set(payoffs)}
        self._values = [solved[each] for each in payoffs]

    def value(self, links: np.ndarray, sector: np.ndarray, productivity: np.ndarray) -> np.ndarray:
        """Returns V [...] of links [..., N, N] (0 or 1), the active sector [...] and log productivity [..., N]."""
        links, sector, productivity = self._checked(links, sector, productivity)
        away = productivity - self._problem.mean_state
        total = frozen_value(self._problem, self._level, self._weights, away)
        for (user, supplier), solved in zip(self._links, self._values, strict=True):
            state = 2 * links[..., user, supplier] + (sector == user)
            total = total + solved.value(state, self._position(supplier, productivity))
        return total

    def link_gain(self, links: np.ndarray, sector: np.ndarray, productivity: np.ndarray) -> np.ndarray:
        """Returns V with less V without each link of the active sector, [..., N]; zero where it cannot move."""
        _, sector, productivity = self._checked(links, sector, productivity)
        gains = np.zeros(np.broadcast_shapes(np.shape(links)[:-1], productivity.shape))
        for (user, supplier), solved in zip(self._links, self._values, strict=True):
            position = self._position(supplier, productivity)
            lead = solved.value(np.array(3), position) - solved.value(np.array(1), position)
            gains[..., supplier] += np.where(sector == user, lead, 0.0)
        return gains

    def _payoff(self, user: int, supplier: int) -> tuple[float, float, float]:
        """Flow of a link at its supplier's mean, its slope in a unit factor, its cost."""
        technology, problem = self._problem.technology, self._problem
        share, penalty = technology.shares[user, supplier], technology.link_penalty[user, supplier]
        weight, multiplier = self._weights[user] * share, 1 / (1 - technology.shares[supplier, supplier])
        flow = weight * (multiplier * problem.mean_state[supplier] + penalty * share)
        slope = weight * multiplier * self._spread[supplier]
        return float(flow), float(slope), float(problem.link_costs[user, supplier])

    def _solve(self, payoff: tuple[float, float, float], nodes: int, width: float) -> OptionGrid:
        problem, (flow, slope, cost) = self._problem, payoff
        rho, phi = problem.discount_rate, problem.reversion

        def staying(state: np.ndarray, factors: np.ndarray) -> np.ndarray:
            return (state // 2) * (flow / rho + slope * factors[..., 0] / (rho + phi))

        return OptionGrid(staying, self._moves(cost), 4, 1, rho, phi, nodes, width)

    def _moves(self, cost: float) -> Moves:
        problem = self._problem
        others = (problem.num_sectors - 1) * problem.switch_rate
        missing, present = np.array([1]), np.array([3])
        turns = chain_moves(_IDLE, _IDLE + 1, problem.switch_rate), chain_moves(_IDLE + 1, _IDLE, others)
        return joined_moves([*turns, *link_moves(problem, missing, present, cost)])

    def _position(self, supplier: int, productivity: np.ndarray) -> np.ndarray:
        away, spread = productivity[..., supplier] - self._problem.mean_state[supplier], self._spread[supplier]
        return (away / spread if spread else 0 * away)[..., None]

    def _checked(
        self, links: np.ndarray, sector: np.ndarray, productivity: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        links, productivity = whole_numbers("links", links, 1), np.asarray(productivity)
        count = self._problem.num_sectors
        if links.shape[-2:] != (count, count) or productivity.shape[-1:] != (count,):
            raise ShapeError(
                f"links and productivity have the shapes {links.shape} and {productivity.shape}; expected "
                f"[.., {count}, {count}] and [.., {count}]"
            )
        return links, whole_numbers("sector", sector, count - 1), productivity


def is_additive(problem: NetworkProblem) -> bool:
    """Whether the value is a sum over links."""
    technology, movable = problem.technology, problem.movable
    users, suppliers = movable.any(1), movable.any(0)
    losses = np.where(movable, technology.link_penalty * technology.shares**2, 0.0).sum(1)
    return bool(
        problem.risk_aversion == 1
        and technology.normalised
        and not (users & suppliers).any()
        and not (technology.sector_penalty * users).any()
        and (losses <= technology.penalty_cap).all()
    )
