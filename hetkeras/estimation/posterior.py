"""Draws of parameters given the moments of the data, with what is known of the draws."""

from __future__ import annotations

import dataclasses

import numpy as np

from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.table import table

TAILS = 2.5, 97.5  # per cent


@dataclasses.dataclass(frozen=True)
class Posterior:
    """Parameters that are uniform over the box beforehand, given moments with normal sampling errors.

    names: of the parameters.
    draws: [N, P].
    diagnosis: whether the chains agree, and the stand-in for the moments is right where they went.
    """

    names: tuple[str, ...]
    draws: np.ndarray
    diagnosis: Diagnosis

    @property
    def converged(self) -> bool:
        """Whether the draws are of the posterior."""
        return self.diagnosis.converged

    @property
    def mean(self) -> dict[str, float]:
        """Name -> mean."""
        return dict(zip(self.names, map(float, self.draws.mean(0)), strict=True))

    @property
    def sd(self) -> dict[str, float]:
        """Name -> standard deviation."""
        return dict(zip(self.names, map(float, self.draws.std(0, ddof=1)), strict=True))

    def interval(self, name: str) -> tuple[float, float]:
        """The middle 95 % of a parameter."""
        low, high = np.percentile(self.draws[:, self.names.index(name)], TAILS)
        return float(low), float(high)

    def __str__(self) -> str:
        rows = [
            (name, self.mean[name], self.sd[name], "{:.4g} to {:.4g}".format(*self.interval(name)))
            for name in self.names
        ]
        return f"{table(('parameter', 'mean', 'sd', '95 % interval'), rows)}\n\n{self.diagnosis}"
