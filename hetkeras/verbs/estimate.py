"""From moments of data to parameters with standard errors: simulated moments, for any function that gives them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hetkeras.errors import EstimationError
from hetkeras.estimation.bounds import Bounds
from hetkeras.estimation.conclusion import conclude
from hetkeras.estimation.estimate import Estimate
from hetkeras.estimation.profiles import profile
from hetkeras.estimation.search import Distance, searches, starting_points
from hetkeras.estimation.simulated_moments import Simulate, SimulatedMoments
from hetkeras.estimation.targets import Targets
from hetkeras.estimation.weighting import weighting_matrix


def estimate(
    simulate: Simulate,
    moments: Mapping[str, float] | str | Path,
    covariance: Any,
    bounds: Mapping[str, tuple[float, float]],
    start: Mapping[str, float] | None = None,
    weights: Any = "optimal",
    simulations: int = 10,
    seed: int = 0,
    starts: int = 4,
    step: float = 0.01,
    profile_points: int = 0,
) -> Estimate:
    """Finds the parameters whose simulated moments are nearest to the data's, and what is known of them.

    Args:
      simulate: called as simulate(parameters, simulations, seed); moments by name, means over S panels as large as the
        data's, whose draws depend on the seed alone.
      moments: of the data: name -> value, or a CSV file with the columns moment and value.
      covariance: of their sampling errors, [M, M]: a pandas frame with names, an array, or a CSV file
        with a column moment and one for each moment.
      bounds: name of a parameter -> (low, high), the box in which it is sought.
      start: first start of the search; default: starts are spread over the box.
      weights: "optimal", "diagonal", "identity", or a matrix as the covariance.
      simulations: S; 0 if `simulate` gives exact moments.
      seed: of the draws and of the starts.
      starts: searches from different points; two must agree.
      step: of derivatives by differences, in shares of the box.
      profile_points: points of each parameter's profile; 0 for none.

    Raises:
      EstimationError: if anything given is wrong, `simulate` is refused, or optimagic is not installed.
    """
    targets, box = Targets.of(moments, covariance), Bounds.of(bounds)
    _refuse(targets, box, {"simulations": simulations, "starts": starts, "profile_points": profile_points}, step)
    kind, matrix = weighting_matrix(weights, targets)
    first = None if start is None else box.share(start, "start")
    simulated, single = (
        SimulatedMoments(simulate, box, targets.names, panels, seed) for panels in (simulations, min(simulations, 1))
    )
    distance, rough = (
        Distance(each, targets.values, np.linalg.cholesky(matrix).T, step) for each in (simulated, single)
    )
    points = starting_points(first, starts, len(box.names), seed)
    found = searches(distance, rough, points)
    profiled = enumerate(box.names if profile_points else ())
    profiles = {name: profile(distance, found[0].share, place, profile_points) for place, name in profiled}
    return conclude(targets, simulated, (kind, matrix), step, found, profiles)


def _refuse(targets: Targets, box: Bounds, counts: Mapping[str, int], step: float) -> None:
    if len(targets.names) < len(box.names):
        raise EstimationError(
            f"{len(targets.names)} moments ({', '.join(targets.names)}) cannot tell {len(box.names)} parameters "
            f"({', '.join(box.names)}); add moments, or fix parameters"
        )
    for name, count in counts.items():
        least = 1 if name == "starts" else 0
        if count < least:
            raise EstimationError(f"{name} is {count}; expected at least {least}")
    if not 0 < step <= 0.25:
        raise EstimationError(f"step is {step:g}; expected above 0 and at most 0.25 of the box")
