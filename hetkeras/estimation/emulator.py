"""Moments as smooth functions of parameters: solved at some calibrations, polynomials in between, checked at others.

An estimate asks for moments thousands of times, and a solve takes seconds. Where moments move smoothly with the
parameters, some dozen solves tell them all. How well, calibrations tell that were left out of the fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hetkeras.box import Box
from hetkeras.diagnosis.check import Check, at_most
from hetkeras.diagnosis.diagnosis import Diagnosis, finite_number
from hetkeras.diagnosis.table import table
from hetkeras.errors import EstimationError
from hetkeras.numerics.box_polynomial import DEGREES, BoxPolynomial, Places, terms_of

LARGEST = 0.02  # error at a calibration left out, in standard deviations of the moment over the box
OF_SAMPLING = 0.1  # the same in standard errors of the data's moment
CROWDED = 0.6  # of the calibrations: as many terms at most


class Emulator:
    """Moments at any calibration of a box; callable as `hetkeras.estimate` wants it.

    Args:
      over: the box.
      names: of the moments, [M].
      theta: calibrations that were solved, [G, P].
      values: moments there, [G, M].
      hidden: which of them are left out of the fit to tell its error, [G].
      simulations: S of the panels behind each moment; 0 where they are exact.
      failed: calibrations that could not be solved.

    Raises:
      EstimationError: if there are too few calibrations for a polynomial, or none to check it.
    """

    def __init__(
        self,
        over: Box,
        names: Sequence[str],
        theta: np.ndarray,
        values: np.ndarray,
        hidden: np.ndarray,
        simulations: int = 0,
        failed: int = 0,
    ) -> None:
        self.over, self.names, self.simulations, self.failed = over, tuple(names), simulations, failed
        self.theta, self.values, self.hidden = theta, values, hidden
        count, fitted = len(over.names), int((~hidden).sum())
        fitting = [degree for degree in range(1, DEGREES[count] + 1) if terms_of(count, degree) <= CROWDED * fitted]
        if not fitting or not hidden.any():
            raise EstimationError(
                f"{fitted} calibrations and {int(hidden.sum())} hidden ones do not make an emulator of {count} "
                f"parameters; expected at least {int(np.ceil((count + 1) / CROWDED))} and 1"
            )
        self.degree = fitting[-1]
        places = Places(over.low, over.high, over.in_logs)
        self._polynomial = BoxPolynomial(places, theta[~hidden], values[~hidden], self.degree)

    def __call__(self, parameters: Mapping[str, float], simulations: int = 0, seed: int = 0) -> dict[str, float]:
        """Moments by name at one calibration.

        Args:
          parameters: name -> value, in the box.
          simulations: S, of which there are no more than those of the solves.
          seed: of draws; those of the solves are kept.

        Raises:
          EstimationError: outside the box, or for more simulations.
        """
        del seed
        if problems := list(self.over.outside(parameters)):
            raise EstimationError(f"the emulator does not know this calibration: {problems[0]}")
        if simulations > self.simulations:
            raise EstimationError(
                f"the emulator has moments of {self.simulations} simulations; got simulations={simulations}"
            )
        theta = np.array([[parameters[name] for name in self.over.names]])
        return dict(zip(self.names, map(float, self.at(theta)[0]), strict=True))

    def at(self, theta: np.ndarray) -> np.ndarray:
        """Moments [G, M] at many calibrations [G, P]; extrapolated outside the box."""
        return self._polynomial(theta)

    @property
    def errors(self) -> np.ndarray:
        """Largest error of each moment at the calibrations that were left out, [M], in its own units."""
        return np.abs(self.at(self.theta[self.hidden]) - self.values[self.hidden]).max(0)

    def diagnose(self, standard_errors: Mapping[str, float] | None = None) -> Diagnosis:
        """Whether its errors are small beside what moments move over the box, and beside the data's sampling errors.

        Args:
          standard_errors: of the data's moments, by name; None leaves the second question out.
        """
        known = dict(zip(self.names, self.errors, strict=True))
        spread = dict(zip(self.names, self.values.std(0), strict=True))
        checks = [
            at_most("calibrations_failed", self.failed, 0, "where it fails is in calibrations.csv; narrow the box")
        ]
        checks += [self._check(name, known[name] / spread[name], LARGEST) for name in self.names if spread[name] > 0]
        checks += [
            self._check(f"{name}_over_sampling_error", known[name] / error, OF_SAMPLING)
            for name, error in (standard_errors or {}).items()
            if name in known
        ]
        return Diagnosis({check.name: check.measured for check in checks}, tuple(checks), {})

    def __str__(self) -> str:
        rows = zip(self.names, self.values.min(0), self.values.max(0), self.errors, strict=True)
        head = f"{(~self.hidden).sum()} calibrations, polynomials of degree {self.degree}, {self.hidden.sum()} hidden"
        return f"{head}\n{table(('moment', 'least', 'most', 'largest error'), list(rows))}"

    @staticmethod
    def _check(name: str, error: float, limit: float) -> Check:
        return at_most(name, finite_number(error), limit, "solve more calibrations, or a smaller box")
