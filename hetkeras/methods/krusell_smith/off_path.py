"""Economies where no path of a simulation goes, and what happens to them there and on the way back.

Residuals on a solution's own path can confirm themselves. Here firms start from distributions that the path never
sees, with aggregate capital three standard deviations away or another shape at the usual capital, while aggregate
states switch from one end of their chain to the other. Markets must clear, and what happened must be forgotten.
Axes: T periods, E productivities, H nodes of capital, L of labor where firms have it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from hetkeras.methods.krusell_smith.diagnosis import SimulatedEconomy, excess_demands
from hetkeras.methods.krusell_smith.simulator import EconomySimulator
from hetkeras.numerics.markov_chain import MarkovChain

REACH = 3.0  # standard deviations of log mean capital
SPREAD = 2.0  # factor on the capital of one half of the firms, divisor of the other's
SWITCH = 5  # periods between two switches of the aggregate state
LOW, HIGH = 0.01, 0.99  # uniforms that lead to the ends of the chain
LIFETIMES = 10.0  # of the past, in which a start must be forgotten
INSIDE = 1e-6  # share of the range of mean capital by which starts stay inside it
NEVER = 1e-6  # rate of mixing below which productivities are fixed
SEED = 9_431
OFF_PATH_LIMITS = {
    "off_path_uncleared": (0.0, "some periods off the path find no price that clears the market"),
    "off_path_excess_demand_max": (1e-4, "prices do not clear the market off the path"),
    "off_path_return": (1e-4, "paths do not return from where the usual path never goes"),
}
"""Number of `off_path_markets` -> how large it may be, and what a larger one means."""


class Start(NamedTuple):
    """shape: of the distribution; mass [E, H] or [E, H, L]; path of aggregate states [T]."""

    shape: str
    mass: np.ndarray
    path: np.ndarray

    @property
    def state(self) -> int:
        """The first aggregate state."""
        return int(self.path[0])


class OffPath(NamedTuple):
    """starts; series: name -> [S, T] from each; usual: the same series from the usual distribution."""

    starts: list[Start]
    series: Mapping[str, np.ndarray]
    usual: Mapping[str, np.ndarray]


class Economics(Protocol):
    """What a model tells of its aggregates."""

    @property
    def mean_capital_bounds(self) -> tuple[float, float]: ...

    @property
    def aggregate_chain(self) -> MarkovChain: ...


def starts_off_path(
    model: Economics,
    economy: SimulatedEconomy,
    nodes: np.ndarray,
    forgetting: float,
    lifetimes: float = LIFETIMES,
    both_ends: bool = True,
) -> list[Start]:
    """Distributions off the path within the model's mean capital, at the ends of the aggregate chain.

    Args:
      model: the economics.
      economy: the path.
      nodes: of capital, [H].
      forgetting: rate at which the past is forgotten, see `forgetting_rate`.
      lifetimes: of the past, one over that rate, that the paths last.
      both_ends: each distribution at both ends of the chain, else at the lower and the higher one in turn.
    """
    low, high = model.mean_capital_bounds
    hair = INSIDE * (high - low)
    mean, reach, usual = economy.logs.mean(), REACH * economy.logs.std(), _usual(economy)
    capital = {name: math.exp(mean + sign * reach) for name, sign in (("low", -1), ("high", 1))}
    shapes = {**dict.fromkeys(capital, usual), **_shapes(usual, nodes)}
    periods = min(math.ceil(lifetimes / forgetting), len(economy.table["period"]))
    paths = _switching_paths(model.aggregate_chain, periods)
    starts = []
    for turn, (shape, mass) in enumerate(shapes.items()):
        inside = float(np.clip(capital.get(shape, math.exp(mean)), low + hair, high - hair))
        starts += [
            Start(shape, _with_mean(mass, nodes, inside), path) for path in (paths if both_ends else [paths[turn % 2]])
        ]
    return starts


def forgetting_rate(depreciation: float, transitions: np.ndarray) -> float:
    """Share of the past that a period forgets, roughly: capital wears, and productivities mix, if they do.

    Args:
      depreciation: of capital.
      transitions: of a firm's productivity, [..., E, E].
    """
    if transitions.shape[-1] < 2:
        return depreciation
    mixing = 1 - np.sort(np.abs(np.linalg.eigvals(transitions)), -1)[..., -2].max()
    return min(depreciation, float(mixing)) if mixing > NEVER else depreciation


def run_off_path(simulator: EconomySimulator, economy: SimulatedEconomy, starts: list[Start]) -> OffPath:
    """Simulates from each start, and from the usual distribution on the same aggregate states.

    Args:
      simulator: of the choices; one economy at a time and as many periods as on the path, so that nothing is compiled.
      economy: the path.
      starts: see `starts_off_path`.
    """
    length = len(economy.table["period"])

    def run(mass: np.ndarray, path: np.ndarray) -> dict[str, np.ndarray]:
        whole = np.resize(path, (length, 1))
        return {name: values[:, 0] for name, values in simulator.run(whole, mass[None], len(path)).series.items()}

    known = {state: run(_usual(economy), path) for state, path in {start.state: start.path for start in starts}.items()}
    rows = [run(start.mass, start.path) for start in starts]
    series = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return OffPath(starts, series, {name: np.stack([known[start.state][name] for start in starts]) for name in series})


def off_path_markets(found: OffPath) -> dict[str, float]:
    """Whether markets clear everywhere, and how far from the usual path the paths end, in logs of mean capital."""
    capital = np.log(found.series["mean_capital"][:, -1] / found.usual["mean_capital"][:, -1])
    return {
        "off_path_uncleared": 1 - found.series["cleared"].mean(),
        **{f"off_path_{name}": number for name, number in excess_demands(found.series).items()},
        "off_path_return": np.abs(capital).max(),
    }


def off_path_gaps(found: OffPath, reference: OffPath) -> dict[str, float]:
    """Largest absolute log distances of prices and mean capital to another solution, same starts and shocks."""
    names = ("price", "mean_capital", *(name for name in ("wage",) if name in found.series))
    return {f"off_path_gap_{name}": np.abs(np.log(found.series[name] / reference.series[name])).max() for name in names}


def _usual(economy: SimulatedEconomy) -> np.ndarray:
    return economy.usual / economy.usual.sum()  # also where firms get lost on the way


def _shapes(usual: np.ndarray, nodes: np.ndarray) -> dict[str, np.ndarray]:
    """Distributions of another shape: middle half emptied, doubled into two groups, productivities exchanged."""
    by_capital = usual.sum(tuple(axis for axis in range(usual.ndim) if axis != 1)).cumsum()
    outer = (by_capital < 0.25) | (by_capital > 0.75)
    emptied = usual * outer.reshape(-1, *[1] * (usual.ndim - 2))
    shares = usual.sum(tuple(range(1, usual.ndim)), keepdims=True)
    return {
        "emptied": emptied / emptied.sum(),
        "doubled": (_scaled(usual, nodes, SPREAD) + _scaled(usual, nodes, 1 / SPREAD)) / 2,
        "exchanged": shares * (usual / shares)[::-1],
    }


def _scaled(mass: np.ndarray, nodes: np.ndarray, factor: float) -> np.ndarray:
    """Every firm with so many times its capital; beyond the nodes it counts at their end."""
    shares = np.stack([np.interp(factor * nodes, nodes, one) for one in np.eye(len(nodes))], -1)
    return np.einsum("eh...,hg->eg...", mass, shares)


def _with_mean(mass: np.ndarray, nodes: np.ndarray, mean: float) -> np.ndarray:
    """The distribution with every firm's capital scaled to a mean of all."""
    for _ in range(3):  # firms at the ends of the nodes stay there
        mass = _scaled(mass, nodes, mean / mean_of(mass, nodes))
    return mass


def mean_of(mass: np.ndarray, nodes: np.ndarray) -> float:
    """Mean capital of a distribution [E, H, ...]."""
    return float(np.einsum("eh...,h->...", mass, nodes).sum())


def _switching_paths(chain: MarkovChain, periods: int) -> list[np.ndarray]:
    """Paths [T] from the lowest and from the highest aggregate state that soon switch ends, twice; then draws."""
    draws = np.random.default_rng(SEED).uniform(size=periods)
    paths = []
    for start, ends in ((0, (HIGH, LOW)), (chain.num_states - 1, (LOW, HIGH))):
        uniforms = np.concatenate([np.repeat(ends, SWITCH), draws])[:periods]
        paths.append(chain.paths(start, uniforms))
    return paths
