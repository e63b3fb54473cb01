"""Moments at any calibration of one solution over a box."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from hetkeras.saved_model import LoadedSolution
from hetkeras.verbs.moments import moments


@dataclasses.dataclass(frozen=True)
class BoxMoments:
    """Simulates the solution at a calibration; callable as `hetkeras.estimate` and `hetkeras.emulate` want it.

    solution: over a box, see `LoadedSolution.at`.
    moments: of a solution by name, from its draws' seed: by default `hetkeras.moments`.
    """

    solution: LoadedSolution
    moments: Callable[..., Mapping[str, float]] = moments

    @property
    def identity(self) -> str:
        """What tells it from others."""
        return f"{self.solution.metadata['weights_sha256']}, {self.moments.__module__}:{self.moments.__qualname__}"

    def __call__(self, parameters: Mapping[str, float], simulations: int, seed: int) -> dict[str, float]:
        """Means over S simulations (one, if simulations is 0).

        Raises:
          CalibrationError: if the parameters are not a calibration of the box.
        """
        return mean_moments(self.solution.at(**parameters), self.moments, simulations, seed)


def mean_moments(
    solution: LoadedSolution, moments: Callable[..., Mapping[str, float]], simulations: int, seed: int
) -> dict[str, float]:
    """Means of moments over S simulations of a solution; their draws differ."""
    drawn = [moments(solution, seed=seed + number) for number in range(max(simulations, 1))]
    return {name: sum(each[name] for each in drawn) / len(drawn) for name in drawn[0]}
