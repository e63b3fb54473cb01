"""The box of parameters in which an estimate is sought."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Self

import numpy as np

from hetkeras.box import Box
from hetkeras.errors import EstimationError


class Bounds(Box):
    """Bounds by parameter. A point in it is a share of the way from low to high, [P] between 0 and 1."""

    @classmethod
    def of(cls, bounds: Mapping[str, tuple[float, float]]) -> Self:
        """A box from name -> (low, high).

        Raises:
          EstimationError: if it is empty, or ends are not finite numbers in order.
        """
        if not bounds:
            raise EstimationError("bounds is empty; expected name -> (low, high) of at least one parameter")
        for name, ends in bounds.items():
            if len(ends) != 2 or not all(map(math.isfinite, ends)) or not ends[0] < ends[1]:
                raise EstimationError(
                    f"bounds of {name} are {tuple(ends)}; expected two finite numbers, the lower first"
                )
        low, high = zip(*bounds.values(), strict=True)
        return cls(tuple(bounds), tuple(map(float, low)), tuple(map(float, high)))

    @property
    def width(self) -> np.ndarray:
        """Distance between the ends, [P]."""
        return np.array(self.high) - np.array(self.low)

    def values(self, share: np.ndarray) -> np.ndarray:
        """Parameters [..., P] at a share of the way [..., P]."""
        return np.array(self.low) + share * self.width

    def named(self, share: np.ndarray) -> dict[str, float]:
        """Name -> parameter at a share of the way [P]."""
        return dict(zip(self.names, map(float, self.values(share)), strict=True))

    def share(self, parameters: Mapping[str, float], what: str) -> np.ndarray:
        """The share of the way of a named point, [P].

        Raises:
          EstimationError: if it has other names, or lies outside.
        """
        given = {str(name): float(value) for name, value in dict(parameters).items()}
        if sorted(given) != sorted(self.names):
            raise EstimationError(
                f"{what} is of {', '.join(given) or 'nothing'}; expected exactly the parameters with bounds: "
                f"{', '.join(self.names)}"
            )
        for name, low, high in zip(self.names, self.low, self.high, strict=True):
            if not low <= given[name] <= high:
                raise EstimationError(
                    f"{what} has {name} = {given[name]:.6g}, outside the box; expected from {low:g} to {high:g}"
                )
        return (np.array([given[name] for name in self.names]) - np.array(self.low)) / self.width
