"""(rho - Q - L)^-1 for a generator Q of discrete states and L of factors: one sparse system for each decay of L."""

from __future__ import annotations

import numpy as np
import scipy.sparse
from scipy.sparse.linalg import splu

from hetkeras.references.numerics.ornstein_uhlenbeck_grid import Modes, along_factors


class AverageInverse:
    """Applied to flat arrays of S discrete states on a grid of factors, to precondition with.

    Args:
      rate: rho.
      generator: Q, [S, S].
      modes: of L.
      shape: (S, n, .. n).
    """

    def __init__(self, rate: float, generator: scipy.sparse.sparray, modes: Modes, shape: tuple[int, ...]) -> None:
        self._modes, self._shape = modes, shape
        decay = np.full((1,), rate)
        for _ in shape[1:]:
            decay = (decay[:, None] - modes.eigenvalues).ravel()
        decays, self._kind = np.unique(decay.round(10), return_inverse=True)
        identity = scipy.sparse.eye_array(shape[0])
        self._solvers = [splu((each * identity - generator).tocsc()) for each in decays]

    def __call__(self, flat: np.ndarray) -> np.ndarray:
        found = along_factors(self._modes.to_modes, flat.reshape(self._shape)).reshape(self._shape[0], -1)
        for kind, solver in enumerate(self._solvers):
            columns = self._kind == kind
            found[:, columns] = solver.solve(found[:, columns])
        return along_factors(self._modes.from_modes, found.reshape(self._shape)).ravel()
