"""From where the searches ended to what can be said: values, standard errors, tests, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from hetkeras.estimation.checks import diagnose_estimate
from hetkeras.estimation.estimate import NOT_IDENTIFIED, Estimate, JTest
from hetkeras.estimation.identification import LEAST, Identification
from hetkeras.estimation.inference import Inference, infer
from hetkeras.estimation.profiles import Profile
from hetkeras.estimation.search import Found
from hetkeras.estimation.simulated_moments import SimulatedMoments
from hetkeras.estimation.targets import Targets

AT_BOUND = 1e-3  # of the box: nearer to an end than this is at it
PANELS = 40  # simulated to see whether they vary as the data's moments do


def conclude(
    targets: Targets,
    moments: SimulatedMoments,
    weights: tuple[str, np.ndarray],
    step: float,
    found: Sequence[Found],
    profiles: Mapping[str, Profile],
) -> Estimate:
    """The estimate at the nearest point that was found; parameters at a bound are held there.

    Args:
      targets: moments of the data.
      moments: simulated.
      weights: their kind, and W, [M, M].
      step: of derivatives, in shares of the box.
      found: where the starts ended, the nearest first.
      profiles: by parameter.
    """
    kind, matrix = weights
    share, box, omega = found[0].share, moments.box, moments.error_factor * targets.covariance
    model, whiten = moments(share), np.linalg.inv(np.linalg.cholesky(omega))
    slopes, halved = (moments.jacobian(share, size) for size in (step, step / 2))
    free = _free(share, Identification.of(box.names, whiten @ slopes))
    known = Identification.of([box.names[place] for place in free], whiten @ slopes[:, free])
    inferred, finer = (infer(targets.values - model, each[:, free], matrix, omega, known) for each in (slopes, halved))
    untold = _untold(known, inferred)
    remarks = {**_at_bounds(box.names, share, free), **untold}
    told = np.array([name not in remarks for name in box.names])
    covariance = _among(inferred.covariance, free, len(share)) * np.outer(box.width, box.width)
    covariance[~np.outer(told, told)] = np.nan
    values = [math.nan if remarks.get(n) == NOT_IDENTIFIED else v for n, v in box.named(share).items()]
    return Estimate(
        box=box,
        targets=targets,
        weights=kind,
        simulations=moments.simulations,
        seed=moments.seed,
        parameters=dict(zip(box.names, values, strict=True)),
        standard_errors=dict(zip(box.names, map(float, np.sqrt(np.diag(covariance))), strict=True)),
        remarks=remarks,
        covariance=covariance,
        moments=model,
        t_values=inferred.t_values,
        sensitivity=_rows(inferred.sensitivity, free, told) * box.width[:, None],
        j_test=_j_test(inferred, len(free) < len(share)),
        identification=known,
        diagnosis=diagnose_estimate(
            found, profiles.values(), free, known, inferred, finer, _variation(moments, share, targets), len(untold)
        ),
        found=tuple(found),
        profiles=profiles,
    )


def _variation(moments: SimulatedMoments, share: np.ndarray, targets: Targets) -> float:
    """Variance of the moments of single simulated panels over that of the data's, its mean over all directions."""
    if not moments.simulations:
        return 1.0
    spread = np.cov(moments.panels(share, PANELS), rowvar=False).reshape(targets.covariance.shape)
    return float(np.trace(np.linalg.solve(targets.covariance, spread)) / len(targets.names))


def _free(share: np.ndarray, known: Identification) -> list[int]:
    """Parameters that are not at a bound, or that are there because nothing tells them from others."""
    inside = (share > AT_BOUND) & (share < 1 - AT_BOUND)
    return np.flatnonzero(inside | ~known.identified).tolist()


def _at_bounds(names: Sequence[str], share: np.ndarray, free: Sequence[int]) -> dict[str, str]:
    held = (place for place in range(len(names)) if place not in free)
    return {names[place]: f"at its {'lower' if share[place] < 0.5 else 'upper'} bound" for place in held}


def _untold(known: Identification, inferred: Inference) -> dict[str, str]:
    """Parameters that the moments do not tell, or whose 95 % interval under these weights is as wide as the box."""
    told = known.identified & (inferred.standard_errors < 1 / LEAST)
    return {name: NOT_IDENTIFIED for name, is_told in zip(known.names, told, strict=True) if not is_told}


def _j_test(inferred: Inference, at_bound: bool) -> JTest:
    if at_bound:
        return JTest(math.nan, 0, "none, for a parameter lies at a bound")
    if not inferred.degrees:
        return JTest(math.nan, 0, "none, for there are as many parameters as moments")
    return JTest(inferred.j_statistic, inferred.degrees)


def _among(matrix: np.ndarray, free: Sequence[int], count: int) -> np.ndarray:
    """The matrix [F, F] of free parameters among all, [P, P]; NaN elsewhere."""
    whole = np.full((count, count), np.nan)
    whole[np.ix_(free, free)] = matrix
    return whole


def _rows(matrix: np.ndarray, free: Sequence[int], told: np.ndarray) -> np.ndarray:
    """Rows [F, M] of free parameters among all, [P, M]; NaN for those that are not told."""
    whole = np.full((len(told), matrix.shape[1]), np.nan)
    whole[list(free)] = matrix
    return np.where(told[:, None], whole, np.nan)
