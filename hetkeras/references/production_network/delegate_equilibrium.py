"""A Markov-perfect equilibrium of sectors that decide on their own links, in a small network with one factor.

Every sector has a delegate whose flow is the log productivity of its value chain, u_i = (L (eps - a + h))_i with
L = (I - A o Y)^-1: minus its log unit cost. Values of all delegates solve the equation of
`models.production_network.link_formation_game`. Given who accepts what at each node they are linear; acceptance
follows the values, part of the way in each round, until both agree. There may be more than one equilibrium: this is
the one that is found from values of links that stay.

Axes: N sectors, K moves, S states, n grid points.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.sparse
from scipy.sparse.linalg import LinearOperator, gmres

from hetkeras.errors import CalibrationError
from hetkeras.references.numerics.average_inverse import AverageInverse
from hetkeras.references.numerics.ornstein_uhlenbeck_grid import OrnsteinUhlenbeckGrid
from hetkeras.references.numerics.spline_table import SplineTable
from hetkeras.references.production_network.frozen_network import NetworkProblem, productivity_shift
from hetkeras.references.production_network.link_states import LinkStates

ROUNDS, TOLERANCE = 200, 1e-9
DAMPING = 0.5  # share of the way that chances of acceptance move in a round, after the first few
UNDAMPED = 12
KRYLOV_VECTORS = 20


class DelegateProblem(NetworkProblem, Protocol):
    """What this reference needs of `models.production_network.link_formation_game`, whose names these are."""

    @property
    def joint(self) -> int: ...
    @property
    def bargaining_power(self) -> float: ...


class DelegateEquilibrium:
    """Values of all delegates.

    Args:
      problem: the economics.
      nodes: grid points of the factor.
      width: half-width of the grid in stationary standard deviations.

    Raises:
      CalibrationError: if there are too many states, more than one factor, or rounds that do not settle.
    """

    def __init__(self, problem: DelegateProblem, nodes: int = 61, width: float = 6.0) -> None:
        if problem.factor_loadings.shape[1] != 1:
            raise CalibrationError(
                f"there are {problem.factor_loadings.shape[1]} factors; expected one: an equilibrium is "
                "found on a grid of it"
            )
        self._problem, self._states = problem, LinkStates(problem)
        self._moves = self._states.moves(problem)
        self._grid = OrnsteinUhlenbeckGrid(nodes, width, problem.reversion)
        self._scale = (2 * problem.reversion) ** -0.5
        leontief = np.linalg.inv(np.eye(problem.num_sectors) - problem.technology.shares * self._states.networks)
        shift = problem.mean_state + productivity_shift(problem.technology, self._states.networks)
        self._levels = np.einsum("cij,cj->ci", leontief, shift)  # [2^P, N]
        self._slopes = leontief @ problem.factor_loadings[:, 0]
        ones = np.ones(len(self._moves.rate))
        shape = (self._states.count, len(ones))
        self._incidence = scipy.sparse.csr_array((ones, (self._moves.origin, np.arange(len(ones)))), shape=shape)
        self._user, self._supplier, self._party, self._share = self._who()
        values = self._settle()
        self._tables = [SplineTable(self._grid.points, each) for each in values]

    def value(self, links: np.ndarray, sector: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns the values of all delegates [..., N] of links [..., N, N], active sectors [...], factors [..., 1]."""
        state, factors = self._states.index(links, sector), np.asarray(factors)
        return self._values(state, factors)

    def link_gains(self, links: np.ndarray, sector: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Returns what each link of the active sector is worth to each delegate: [..., N delegates, N suppliers]."""
        states, sector, factors = self._states, np.asarray(sector), np.asarray(factors)
        state = states.index(links, sector)
        gains = np.zeros((*state.shape, states.num_sectors, states.num_sectors))
        for p, (user, supplier) in enumerate(states.links):
            mine = np.broadcast_to(sector == user, state.shape)
            where = np.broadcast_to(factors, (*state.shape, 1))[mine]
            both = [self._values(change(state[mine], p), where) for change in (states.with_link, states.without)]
            gains[mine, :, supplier] = both[0] - both[1]
        return gains

    def _values(self, state: np.ndarray, factors: np.ndarray) -> np.ndarray:
        known, place = self._staying(state, factors[..., 0]), factors / self._scale
        return known + np.stack([table(state, place) for table in self._tables], -1)

    def _staying(self, state: np.ndarray, factor: np.ndarray) -> np.ndarray:
        """Values of all delegates if no link ever moved again, [..., N]."""
        code, rho = state // self._problem.num_sectors, self._problem.discount_rate
        return self._levels[code] / rho + self._slopes[code] * factor[..., None] / (rho + self._problem.reversion)

    def _who(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of each move its user and supplier [K], who has a say and what each gets of a joint surplus, [N, K]."""
        states, count = self._states, self._problem.num_sectors
        changed = self._moves.origin // count ^ self._moves.target // count
        link = np.where(changed > 0, np.log2(np.maximum(changed, 1)).astype(int), 0)
        user, supplier = states.links[link].T
        power, every = self._problem.bargaining_power, np.arange(count)[:, None]
        party = ((every == user) | (every == supplier)) & (self._moves.chosen > 0)
        return user, supplier, party, np.where(every == user, power, 1 - power)

    def _settle(self) -> np.ndarray:
        """Excess over the values of staying, [N, S, n]."""
        states = np.arange(self._states.count)[:, None]
        known = np.moveaxis(self._staying(states, self._scale * self._grid.points), -1, 0)
        excess, chance = np.zeros_like(known), None
        for count in range(ROUNDS):
            gains = self._steps(known + excess)  # [N, K, n]
            wanted = self._wanted(gains)
            chance = wanted if chance is None or count < UNDAMPED else chance + DAMPING * (wanted - chance)
            found = self._evaluated(known, excess, chance)
            step, excess = np.abs(found - excess).max(), found
            if step < TOLERANCE * max(1.0, np.abs(known).max()) and np.abs(wanted - chance).max() < 1e-6:
                return excess
        raise CalibrationError(
            f"no equilibrium of the delegates was found in {ROUNDS} rounds: the last step is {step:.1e}. There may be "
            "none without mixing; use other costs of links, or more nodes"
        )

    def _wanted(self, gains: np.ndarray) -> np.ndarray:
        """Chances that those who decide accept each move, one where it is forced: [K, n].

        Between grid points what they gain is a line: a point's chance is the share of its surroundings where it is
        above zero, so that errors are of second order in the distance of points.
        """
        decisive = self._decisive(gains)
        middle = (decisive[:, 1:] + decisive[:, :-1]) / 2
        widths = np.diff(self._grid.points)
        shares = np.zeros_like(decisive)
        shares[:, :-1] += widths * _share_above(decisive[:, :-1], middle)
        shares[:, 1:] += widths * _share_above(decisive[:, 1:], middle)
        around = np.append(widths, 0) + np.append(0, widths)
        return np.where(self._moves.chosen[:, None], shares / around, 1.0)

    def _decisive(self, gains: np.ndarray) -> np.ndarray:
        """What those who decide gain from each move, net of its cost: [K, n]."""
        moves = np.arange(gains.shape[1])
        found = gains[self._user, moves] - self._moves.cost[:, None]
        return found + self._problem.joint * gains[self._supplier, moves]

    def _payments(self, gains: np.ndarray) -> np.ndarray:
        """What each delegate pays at each move, costs and what the two parties owe each other: [N, K, n]."""
        if self._problem.joint:
            owed = gains - self._share[:, :, None] * self._decisive(gains)
            return np.where(self._party[:, :, None], owed, 0.0)
        mine = np.arange(len(gains))[:, None] == self._user
        paid = (mine * self._moves.chosen * self._moves.cost)[:, :, None]
        return np.broadcast_to(paid, gains.shape)

    def _evaluated(self, known: np.ndarray, excess: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """The linear equations of all delegates' excess, given chances of acceptance."""
        rate, rho = self._moves.rate[:, None] * chance, self._problem.discount_rate
        fixed = self._payments(np.zeros((len(known), *rate.shape)))
        inverse = self._average_inverse(rate, known.shape[1:])

        def waiting(flat: np.ndarray) -> np.ndarray:
            values = flat.reshape(known.shape)
            steps = self._steps(values)
            jumps = self._add(rate * (steps - self._payments(steps) + fixed))
            return (rho * values - self._grid.drift(values) - jumps).ravel()

        def near(flat: np.ndarray) -> np.ndarray:
            return np.concatenate([inverse(part) for part in np.split(flat, len(known))])

        steps = self._steps(known)
        right = self._add(rate * (steps - self._payments(steps))).ravel()
        system, preconditioner = (LinearOperator((right.size,) * 2, part, dtype=float) for part in (waiting, near))
        start = excess.ravel()
        found, _ = gmres(system, right, start, M=preconditioner, rtol=1e-11, restart=KRYLOV_VECTORS, maxiter=20)
        return found.reshape(known.shape)

    def _average_inverse(self, rate: np.ndarray, shape: tuple[int, ...]) -> AverageInverse:
        """The system's, at average rates."""
        mean, size = rate @ self._grid.stationary_law, shape[0]
        jumps = scipy.sparse.csr_array((mean, (self._moves.origin, self._moves.target)), shape=(size, size))
        generator = jumps - scipy.sparse.diags_array(jumps.sum(1))
        return AverageInverse(self._problem.discount_rate, generator, self._grid.modes(), shape)

    def _steps(self, values: np.ndarray) -> np.ndarray:
        """What each move does to values, [.., K, n] from [.., S, n]."""
        return values[..., self._moves.target, :] - values[..., self._moves.origin, :]

    def _add(self, flows: np.ndarray) -> np.ndarray:
        """Sums over the moves from each state, [N, S, n] from [N, K, n]."""
        return np.stack([self._incidence @ flow for flow in flows])


def _share_above(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Share of the way from start to end, a line, on which it is above zero."""
    above = np.maximum(start, 0) + np.maximum(end, 0)
    return above / np.maximum(np.abs(start) + np.abs(end), 1e-300)
