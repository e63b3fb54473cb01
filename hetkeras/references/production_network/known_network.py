"""States of a production network at which the planner's value is known, to measure solutions against.

Three cases: one hub with suppliers that are all alike; links that are worth something on their own; few sectors. All
need factors, one or two, that explain productivity, but for the second, which takes any productivity.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hetkeras.references.production_network.additive_links import AdditiveLinks, is_additive
from hetkeras.references.production_network.frozen_network import NetworkProblem
from hetkeras.references.production_network.link_states import MOST_STATES, num_link_states
from hetkeras.references.production_network.network_planner import NetworkPlanner
from hetkeras.references.production_network.star_planner import StarPlanner, is_star

REACH = 2.0  # stationary standard deviations of the factors
OFFERED = 6.0, 13  # deviations within which opportunities of a star's hub are looked at, and how many points there
SEED = 2_024
STAR = "star"


class KnownNetwork(NamedTuple):
    """name of the reference; links [n, N, N], sector [n], productivity [n, N]; value [n]; link_gain [n, N].

    Gains are V with less V without each link of the active sector.
    """

    name: str
    links: np.ndarray
    sector: np.ndarray
    productivity: np.ndarray
    value: np.ndarray
    link_gain: np.ndarray


def known_network(problem: NetworkProblem, num_states: int = 200) -> KnownNetwork | None:
    """Returns values and gains at states within two standard deviations; None where nothing is known exactly.

    All references solve for log GDP: of one that is a truncated series nothing is known.
    """
    if problem.technology.series_terms:
        return None
    links, sector, factors = drawn_networks(problem, num_states)
    productivity = problem.mean_state + factors @ problem.factor_loadings.T
    if is_additive(problem):
        solved, at = AdditiveLinks(problem), (links, sector, productivity)
        return KnownNetwork("additive", *at, solved.value(*at), solved.link_gain(*at))
    num_factors = factors.shape[1]
    if is_star(problem) and num_factors <= 2:
        return KnownNetwork(STAR, links, sector, productivity, *_of_star(_star(problem), links, sector, factors))
    if num_link_states(problem) > MOST_STATES or num_factors > 2:
        return None
    small, at = NetworkPlanner(problem, 101 if num_factors == 1 else 31), (links, sector, factors)
    return KnownNetwork("grid", links, sector, productivity, small.value(*at), small.link_gain(*at))


def star_opportunities(problem: NetworkProblem) -> KnownNetwork:
    """Returns what the hub of a star is offered: each number of links short of all, at even points of one factor.

    Further factors are at rest.
    """
    star, reach = _star(problem), OFFERED[0] * (2 * problem.reversion) ** -0.5
    numbers = np.arange(problem.num_sectors - 1), np.linspace(-1, 1, OFFERED[1])
    counts, points = (grid.ravel() for grid in np.meshgrid(*numbers))
    factors = np.zeros((len(counts), problem.factor_loadings.shape[1]))
    factors[:, 0] = reach * points
    links = np.repeat(np.eye(problem.num_sectors, dtype=int)[None], len(counts), 0)
    suppliers = np.delete(np.arange(problem.num_sectors), star.hub)
    links[:, star.hub, suppliers] = np.arange(len(suppliers)) < counts[:, None]
    sector = np.full(len(counts), star.hub)
    productivity = problem.mean_state + factors @ problem.factor_loadings.T
    return KnownNetwork(STAR, links, sector, productivity, *_of_star(star, links, sector, factors))


def _star(problem: NetworkProblem) -> StarPlanner:
    return StarPlanner(problem, 101 if problem.factor_loadings.shape[1] == 1 else 41)


def _of_star(
    star: StarPlanner, links: np.ndarray, sector: np.ndarray, factors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    row, turn = np.delete(links[:, star.hub], star.hub, 1), (sector == star.hub).astype(int)
    count = row.sum(1)
    gains = np.zeros((len(links), links.shape[-1]))
    others = count[:, None] - row
    leads = turn[:, None] * star.link_gain(others, factors[:, None])
    gains[:, np.arange(links.shape[-1]) != star.hub] = leads
    return star.value(count, turn, factors), gains


def drawn_networks(problem: NetworkProblem, num_states: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random links [n, N, N] with a full diagonal, sector [n] and factors [n, M], each within its reach."""
    rng, count = np.random.default_rng(SEED), problem.num_sectors
    spread = (2 * problem.reversion) ** -0.5
    factors = spread * np.clip(rng.normal(size=(num_states, problem.factor_loadings.shape[1])), -REACH, REACH)
    shares = rng.uniform(size=(num_states, 1, 1))
    links = (rng.uniform(size=(num_states, count, count)) < shares) | np.eye(count, dtype=bool)
    return links.astype(int), rng.integers(0, count, num_states), factors
