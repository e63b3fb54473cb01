"""What decides whether an estimate is what was sought: starts that agree, an optimum inside, nothing flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from hetkeras.diagnosis.check import Check, at_least, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.estimation.identification import Identification
from hetkeras.estimation.inference import Inference
from hetkeras.estimation.profiles import Profile
from hetkeras.estimation.search import Found

AGREED = 0.1  # standard errors between two starts that ended at the same estimate
REMAINING = 0.05  # standard errors to the optimum
DERIVATIVE_GAP = 0.1  # of a standard error, between steps and half steps
VARIANCE = 2.0  # of a simulated panel's moments over that of the data's
NEARER = 0.01  # of the distance Q, by which a profile may pass below the estimate: searches end so near


def diagnose_estimate(
    found: Sequence[Found],
    profiles: Iterable[Profile],
    free: Sequence[int],
    known: Identification,
    inferred: Inference,
    halved: Inference,
    variation: float,
    untold: int,
) -> Diagnosis:
    """Checks in order of gravity.

    Args:
      found: where the starts ended, the nearest first.
      profiles: of parameters; none if none were asked for.
      free: places of parameters that are not at a bound.
      known: what the moments tell of those.
      inferred, halved: with differences over a step, and over half of one.
      variation: variance of a simulated panel's moments over that of the data's.
      untold: parameters that are not identified.
    """
    apart = [_apart(each.share[list(free)] - found[0].share[list(free)], known, inferred) for each in found]
    nearest = min((float(each.distance.min()) for each in profiles), default=found[0].distance)
    numbers: Mapping[str, float | None] = {
        "starts": len(found),
        "starts_that_agree": sum(each <= AGREED for each in apart),
        "at_bounds": len(found[0].share) - len(free),
        "flat_directions": len(known.singular_values) - known.rank,
        "not_identified": untold,
        "remaining_step": finite_number(inferred.remaining),
        "derivative_gap": finite_number(_gap(inferred.standard_errors, halved.standard_errors)),
        "panel_variance": finite_number(variation),
        "distance": finite_number(found[0].distance),
        "nearer_on_profiles": finite_number(found[0].distance - nearest),
        "smallest_singular_value": finite_number(float(known.singular_values.min(initial=np.inf))),
    }
    return Diagnosis(numbers, tuple(_checks(numbers)), {})


def _checks(numbers: Mapping[str, float | None]) -> Iterator[Check]:
    def most(name: str, limit: float, advice: str) -> Check:
        return at_most(name, numbers[name], limit, advice)

    agree = "the best estimate is that of one start alone; give more starts"
    yield most("flat_directions", 0, "the moments do not tell all parameters; add moments, or fix a parameter")
    yield most("not_identified", 0, "these weights leave parameters untold; take the optimal ones, or add moments")
    yield most("at_bounds", 0, "an estimate lies at a bound; widen the box, or the model does not fit")
    yield at_least("starts_that_agree", numbers["starts_that_agree"], 2, agree)
    yield most("nearer_on_profiles", NEARER, "a profile passes through a nearer point; give more starts")
    yield most(
        "remaining_step", REMAINING, "the search ended short of the optimum; try more simulations or another step"
    )
    yield most(
        "panel_variance", VARIANCE, "simulated panels vary more than the data; give them as many firms and years"
    )
    yield most("derivative_gap", DERIVATIVE_GAP, "derivatives hang on the step; try more simulations or a larger step")


def _apart(distance: np.ndarray, known: Identification, inferred: Inference) -> float:
    """Largest distance along directions that the moments tell, in standard errors of parameters."""
    told = known.strong @ (known.strong.T @ distance)
    return float(np.max(np.abs(told) / inferred.standard_errors, initial=0.0))


def _gap(errors: np.ndarray, halved: np.ndarray) -> float:
    return float(np.max(np.abs(errors / halved - 1), initial=0.0))
