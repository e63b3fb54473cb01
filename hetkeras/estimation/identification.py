"""What moments can tell of parameters: singular values of the scaled Jacobian, and directions that move nothing.

A direction v in shares of the box moves the moments by s standard errors, all of them taken together with their
correlations; 1/s is the standard error of a step along v under the best weights. Where its 95 % interval is as wide as
the box, the moments say no more of it than the bounds did: it is flat.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

INTERVAL = 1.959963984540054  # standard errors to either side, 95 %
LEAST = 2 * INTERVAL  # singular value of a direction whose interval is as wide as the box
UNTOUCHED = 0.01  # share of a flat direction that a parameter may have and still be estimated
NOTABLE = 0.1  # of the largest part of a direction: parameters that are named


@dataclasses.dataclass(frozen=True)
class Identification:
    """Singular values of whitened derivatives of the moments by shares of the box.

    names: of the parameters that are free, P.
    singular_values: s, [P], the largest first.
    directions: v, [P, P], a row for each singular value, in shares of the box.
    """

    names: tuple[str, ...]
    singular_values: np.ndarray
    directions: np.ndarray

    @classmethod
    def of(cls, names: Sequence[str], whitened: np.ndarray) -> Identification:
        """From whitened derivatives [M, P], M >= P."""
        _, values, directions = np.linalg.svd(whitened)
        return cls(tuple(names), values, directions)

    @property
    def rank(self) -> int:
        """Directions that the moments tell."""
        return int(np.sum(self.singular_values > LEAST))

    @property
    def strong(self) -> np.ndarray:
        """Directions that the moments tell, [P, rank], as columns."""
        return self.directions[: self.rank].T

    @property
    def flat(self) -> np.ndarray:
        """Directions that they do not tell, [P, P - rank], as columns."""
        return self.directions[self.rank :].T

    @property
    def identified(self) -> np.ndarray:
        """Whether a parameter has no part in any flat direction, [P]."""
        return np.sum(self.flat**2, 1) <= UNTOUCHED

    @property
    def weakest(self) -> str:
        """The direction of the smallest singular value, in words; empty if no parameter is free."""
        if not self.names:
            return ""
        direction = self.directions[-1]
        order = np.argsort(-np.abs(direction))
        direction = direction * np.sign(direction[order[0]])
        named = [place for place in order if abs(direction[place]) > NOTABLE * abs(direction[order[0]])]
        return ", ".join(f"{self.names[place]} {direction[place]:+.2f}" for place in named)
