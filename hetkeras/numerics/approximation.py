"""How well a finite chain stands for the process that it was made for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Protocol

import numpy as np

NOTED = 0.05  # relative distance of moments from which on it is worth a word
ROUGH = ": off by more than 5 %"
DEVIATION, MEMORY = 1.5, 50.0  # factors by which moments may be off before the chain is of no use


class Approximation:
    """An AR(1), x' = rho x + sigma e, and the chain that stands for it.

    Args:
      persistence: rho.
      volatility: sigma.
      values: [S], of the chain, in units of x.
      transition: [S, S].
    """

    def __init__(self, persistence: float, volatility: float, values: np.ndarray, transition: np.ndarray) -> None:
        self.persistence, self.deviation = persistence, float(volatility / np.sqrt(1 - persistence**2))
        self._values, self._transition = values, transition

    @property
    def own_persistence(self) -> float:
        """Autocorrelation of the chain."""
        return self._moments[1]

    @property
    def own_deviation(self) -> float:
        """Standard deviation of the chain in the long run."""
        return self._moments[0]

    @cached_property
    def _moments(self) -> tuple[float, float]:
        shares = long_run_shares(self._transition)
        away = self._values - shares @ self._values
        variance = shares @ away**2
        return float(np.sqrt(variance)), float(shares @ (away * (self._transition @ away)) / variance)

    @property
    def factors(self) -> tuple[float, float]:
        """By how much the chain's deviation and its memory, 1 / (1 - rho), exceed those asked for."""
        return self.own_deviation / self.deviation, (1 - self.persistence) / max(1 - self.own_persistence, 1e-15)

    @property
    def rough(self) -> bool:
        """Whether a moment is off by more than 5 %."""
        return not all(abs(factor - 1) <= NOTED for factor in self.factors)

    @property
    def useless(self) -> bool:
        """Whether a moment is so far off that the chain is another process."""
        deviation, memory = self.factors
        return not (1 / DEVIATION <= deviation <= DEVIATION and 1 / MEMORY <= memory <= MEMORY)

    def __str__(self) -> str:
        return (
            f"persistence {self.own_persistence:.4g} where {self.persistence:.4g} is asked for, standard deviation "
            f"{self.own_deviation:.4g} where it is {self.deviation:.4g}"
        )


def long_run_shares(transition: np.ndarray) -> np.ndarray:
    """Long-run shares of the states, [S] from [S, S]."""
    count = len(transition)
    system = np.vstack([transition.T - np.eye(count), np.ones(count)])
    return np.linalg.lstsq(system, np.append(np.zeros(count), 1.0), rcond=None)[0]


class Chain(Protocol):
    """What was made for one process, or for one in each regime."""

    @property
    def approximates(self) -> tuple[Approximation, ...]: ...


def chain_problems(chains: Mapping[str, Chain]) -> Iterator[str]:
    """Yields a sentence for each chain, by name, that is of no use; with regimes the first counts, whose grid it is."""
    for name, chain in chains.items():
        for approximation in _made_for(chain)[:1]:
            if approximation.useless:
                yield (
                    f"{name} has {approximation}; expected a chain that is closer: take more states, another "
                    "width, or MarkovChain.rouwenhorst, which has both (discretization=rouwenhorst of khan_thomas)"
                )


def chain_notes(chains: Mapping[str, Chain]) -> Iterator[str]:
    """Yields the moments of each chain, by name, beside those asked for, and whether they are far apart."""
    for name, chain in chains.items():
        found = _made_for(chain)
        for regime, approximation in enumerate(found):
            where = f" in regime {regime}" if len(found) > 1 else ""
            yield f"{name}{where} has {approximation}{ROUGH if approximation.rough else ''}"


def _made_for(chain: Chain) -> tuple[Approximation, ...]:
    return getattr(chain, "approximates", ())  # a chain may be a class of the user's own
