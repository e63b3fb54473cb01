"""States of a small production network: which links there are, and whose turn it is. Two sectors have 8, three 192."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.export_entry.export_market import whole_numbers
from hetkeras.references.numerics.option_grid import Moves
from hetkeras.references.production_network.frozen_network import NetworkProblem

MOST_STATES = 600


class LinkStates:
    """All networks of the links that can move, times N active sectors: state = network * N + sector.

    Args:
      problem: the economics.

    Raises:
      CalibrationError: if links and sectors make too many states.
    """

    def __init__(self, problem: NetworkProblem) -> None:
        self.links = np.argwhere(problem.movable)  # [P, 2], user and supplier
        self.num_sectors, self.count = problem.num_sectors, num_link_states(problem)
        if self.count > MOST_STATES:
            raise CalibrationError(
                f"{len(self.links)} links and {self.num_sectors} sectors have {self.count:.3g} states; expected at "
                f"most {MOST_STATES}: three sectors, or few links"
            )
        self.bits = np.stack([side.ravel() for side in np.indices((2,) * len(self.links))], 1)[:, ::-1]  # [2^P, P]
        sectors = (self.num_sectors,) * 2
        self.networks = np.broadcast_to(~problem.movable, (len(self.bits), *sectors)).astype(float)  # [2^P, N, N]
        self.networks[:, self.links[:, 0], self.links[:, 1]] = self.bits

    def index(self, links: np.ndarray, sector: np.ndarray) -> np.ndarray:
        """Returns the states [...] of links [..., N, N] (0 or 1) and active sectors [...].

        Raises:
          ShapeError: if links are not of N sectors.
        """
        links = whole_numbers("links", links, 1)
        if links.shape[-2:] != (self.num_sectors,) * 2:
            raise ShapeError(
                f"links has the shape {links.shape}; expected [.., {self.num_sectors}, {self.num_sectors}]"
            )
        code = links[..., self.links[:, 0], self.links[:, 1]] @ 2 ** np.arange(len(self.links))
        return code * self.num_sectors + whole_numbers("sector", sector, self.num_sectors - 1)

    def without(self, state: np.ndarray, link: int) -> np.ndarray:
        """Returns the states [...] with the same links but one, number `link` of P, that is off."""
        bit = 2**link * self.num_sectors
        return state - bit * (state // bit % 2)

    def with_link(self, state: np.ndarray, link: int) -> np.ndarray:
        """Returns the states [...] with link number `link` of P on."""
        return self.without(state, link) + 2**link * self.num_sectors

    def moves(self, problem: NetworkProblem) -> Moves:
        """Returns the chain over sectors, then all that moves each link."""
        states, count = np.arange(self.count), self.num_sectors
        chain = [(states, states - states % count + z) for z in range(count)]
        origin, target = (np.concatenate(part) for part in zip(*chain, strict=True))
        other = origin != target
        parts = [chain_moves(origin[other], target[other], problem.switch_rate)]
        for p, (user, supplier) in enumerate(self.links):
            off = np.flatnonzero(self.bits[:, p] == 0) * count + user
            parts += link_moves(problem, off, self.with_link(off, p), problem.link_costs[user, supplier])
        return joined_moves(parts)


def num_link_states(problem: NetworkProblem) -> int:
    """Returns the number of states of links and active sector."""
    return 2 ** int(problem.movable.sum()) * problem.num_sectors


def chain_moves(origin: np.ndarray, target: np.ndarray, rate: float) -> Moves:
    """Returns forced moves [K] from origin [K] to target [K], at one rate."""
    return _moves(origin, target, rate, 0.0, False, 0.0)


def link_moves(
    problem: NetworkProblem,
    off: np.ndarray,
    on: np.ndarray,
    cost: float,
    missing: np.ndarray | int = 1,
    present: np.ndarray | int = 1,
) -> tuple[Moves, ...]:
    """Returns all that moves a link of the active sector: opportunities and search, loss and maintenance, exit.

    Args:
      problem: rates, and costs of efforts.
      off, on: states without and with one more link, [K].
      cost: of the link.
      missing, present: how many links alike can be formed from `off` and lost from `on`, [K]; each has its effort.
    """
    found = _moves(off, on, missing * problem.arrival_rate, cost, True, problem.search_cost / missing)
    lost = _moves(on, off, present * problem.destruction_rate, 0.0, False, problem.maintenance_cost / present)
    left = _moves(on, off, present * problem.exit_rate, 0.0, True, 0.0)
    return (found, lost, left) if problem.exit_rate else (found, lost)


def joined_moves(parts: Iterable[Moves]) -> Moves:
    """Returns all moves of all parts."""
    return Moves(*map(np.concatenate, zip(*parts, strict=True)))


def _moves(*columns: np.ndarray | float | bool) -> Moves:
    return Moves(*np.broadcast_arrays(*columns))
