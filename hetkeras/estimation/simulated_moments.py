"""A user's function from parameters to simulated moments, checked, on the unit box, with its derivatives."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from hetkeras.errors import EstimationError, first_line
from hetkeras.estimation.bounds import Bounds


class Simulate(Protocol):
    """What a user brings: moments of S simulated panels, each as large as the data's.

    Draws depend on the seed alone, so that moments move with the parameters only (common random numbers).
    """

    def __call__(self, parameters: Mapping[str, float], simulations: int, seed: int) -> Mapping[str, float]:
        """Moments by name, means over S panels."""


class SimulatedMoments:
    """Simulated moments [M] at a share of the way through the box [P].

    Args:
      simulate: the user's function.
      box: of its parameters.
      names: of the moments that are wanted, among those it gives.
      simulations: S; 0 says that moments are exact, without draws.
      seed: of all draws.

    Raises:
      EstimationError: at the first call, if the function raises, gives no such moment, is not finite, or gives another
        answer when it is asked again.
    """

    def __init__(self, simulate: Simulate, box: Bounds, names: Sequence[str], simulations: int, seed: int) -> None:
        self._simulate, self.box, self.names = simulate, box, tuple(names)
        self.simulations, self.seed, self._repeated = simulations, seed, False

    @property
    def error_factor(self) -> float:
        """Variance of data less simulation over that of data: 1 + 1/S."""
        return 1 + 1 / self.simulations if self.simulations else 1.0

    def __call__(self, share: np.ndarray) -> np.ndarray:
        found = self._moments(self.box.named(share), self.simulations, self.seed)
        if not self._repeated:
            self._repeated = True
            if not np.array_equal(found, self(share)):
                raise EstimationError(
                    "simulate gives other moments when it is called again with the same parameters and seed; its draws "
                    "must depend on the seed alone"
                )
        return found

    def panels(self, share: np.ndarray, count: int) -> np.ndarray:
        """Moments of single panels with draws of their own, [count, M]."""
        seeds = np.random.default_rng(self.seed).integers(2**31, size=count)
        return np.stack([self._moments(self.box.named(share), 1, int(seed)) for seed in seeds])

    def jacobian(self, share: np.ndarray, step: float) -> np.ndarray:
        """Derivatives by shares of the box, [M, P]: differences over a step to both sides, inside the box."""
        columns = []
        for place in range(len(share)):
            ends = [share.copy(), share.copy()]
            ends[0][place], ends[1][place] = max(share[place] - step, 0.0), min(share[place] + step, 1.0)
            low, high = map(self, ends)
            columns.append((high - low) / (ends[1][place] - ends[0][place]))
        return np.stack(columns, 1)

    def _moments(self, parameters: Mapping[str, float], simulations: int, seed: int) -> np.ndarray:
        try:
            found = dict(self._simulate(dict(parameters), simulations, seed))
        except EstimationError:
            raise
        except Exception as error:
            raise EstimationError(
                f"simulate raises {type(error).__name__} ({first_line(error)}) at {_told(parameters)}; mend it, or "
                "narrow the bounds"
            ) from error
        return np.array([self._pick(found, name, parameters) for name in self.names])

    def _pick(self, found: Mapping[str, float], name: str, parameters: Mapping[str, float]) -> float:
        if name not in found:
            near = difflib.get_close_matches(name, found, 1)
            hint = f"did you mean '{near[0]}'? " if near else ""
            raise EstimationError(f"'{name}' is no moment of simulate; {hint}it gives {', '.join(found) or 'none'}")
        if not math.isfinite(value := float(found[name])):
            raise EstimationError(
                f"simulate gives {name} = {value} at {_told(parameters)}; expected a finite number: mend it, or narrow "
                "the bounds"
            )
        return value


def _told(parameters: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:.6g}" for name, value in parameters.items())
