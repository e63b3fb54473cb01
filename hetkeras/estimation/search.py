"""The search for the parameters whose simulated moments are nearest to the data's, from several starts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from hetkeras.estimation.library import optimagic
from hetkeras.estimation.simulated_moments import SimulatedMoments

ALGORITHM = "scipy_ls_trf"  # least squares within bounds
SAME = 4  # decimals, in shares of the box, by which points are one
TOLERANCES = {"convergence_ftol_rel": 1e-10, "convergence_gtol_rel": 1e-10}


class Found(NamedTuple):
    """Where a search began and ended, both [P] in shares of the box, and the distance Q there."""

    start: np.ndarray
    share: np.ndarray
    distance: float


class Distance:
    """The weighted distance of simulated moments to the data's, Q = (m - m(theta))' W (m - m(theta)).

    Args:
      moments: simulated.
      data: m, [M].
      root: R with R'R = W, [M, M].
      step: of differences, in shares of the box.
    """

    def __init__(self, moments: SimulatedMoments, data: np.ndarray, root: np.ndarray, step: float) -> None:
        self._moments, self._data, self._root, self._step = moments, data, root, step

    def residuals(self, share: np.ndarray) -> np.ndarray:
        """R (m(theta) - m), [M], whose sum of squares is Q."""
        return self._root @ (self._moments(share) - self._data)

    def slopes(self, share: np.ndarray) -> np.ndarray:
        """Derivatives of the residuals by shares, [M, P]."""
        return self._root @ self._moments.jacobian(share, self._step)

    def search(self, start: np.ndarray, fixed: Iterable[int] = ()) -> Found:
        """The nearest point that is found from a start [P], some of its entries fixed.

        Raises:
          EstimationError: if simulated moments are refused, or the library is missing.
        """
        library, held = optimagic(), set(fixed)
        free = [place for place in range(len(start)) if place not in held]
        if not free:
            return Found(start, start, float(np.sum(self.residuals(start) ** 2)))

        def whole(part: np.ndarray) -> np.ndarray:
            share = start.copy()
            share[free] = part
            return share

        try:
            result = library.minimize(
                fun=library.mark.least_squares(lambda part: self.residuals(whole(part))),
                jac=library.mark.least_squares(lambda part: self.slopes(whole(part))[:, free]),
                params=start[free],
                bounds=library.Bounds(lower=np.zeros(len(free)), upper=np.ones(len(free))),
                algorithm=ALGORITHM,
                algo_options=TOLERANCES,
                collect_history=False,
                skip_checks=True,
            )
        except (library.exceptions.InvalidFunctionError, library.exceptions.UserFunctionRuntimeError) as error:
            raise error.__cause__ or error from None
        share = whole(np.clip(result.params, 0.0, 1.0))
        return Found(start, share, float(np.sum(self.residuals(share) ** 2)))


def searches(distance: Distance, rough: Distance, starts: np.ndarray) -> list[Found]:
    """Where each of the starts [K, P] ended, the nearest first.

    Args:
      distance: that is sought.
      rough: a cheaper one, of fewer panels, by which most of the way is gone.
      starts: in shares of the box.
    """
    found: dict[tuple[float, ...], Found] = {}
    ends = [rough.search(start).share for start in starts]
    for end in ends:
        if (key := tuple(end.round(SAME))) not in found:  # from the same point the search is the same
            found[key] = distance.search(end)
    each = [found[tuple(end.round(SAME))]._replace(start=start) for start, end in zip(starts, ends, strict=True)]
    return sorted(each, key=lambda one: one.distance)


def starting_points(first: np.ndarray | None, count: int, num_parameters: int, seed: int) -> np.ndarray:
    """Points spread over the box, [K, P] in shares of it, after the first if there is one."""
    from scipy.stats import qmc  # a second, which only estimation needs

    spread = qmc.Halton(num_parameters, seed=seed).random(count)
    return spread if first is None else np.concatenate([first[None], spread[: count - 1]])
