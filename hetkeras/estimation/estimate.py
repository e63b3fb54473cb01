"""An estimate, with what is known of it and what is not."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.estimation.bounds import Bounds
from hetkeras.estimation.identification import INTERVAL, Identification
from hetkeras.estimation.profiles import Profile
from hetkeras.estimation.search import Found
from hetkeras.estimation.tables import columns, latex, text
from hetkeras.estimation.targets import Targets

NOT_IDENTIFIED = "not identified"


@dataclasses.dataclass(frozen=True)
class JTest:
    """The test of all restrictions that are left: under the model the statistic is chi-squared.

    statistic, degrees: of freedom; NaN and 0 where there is no test.
    remark: why there is none.
    """

    statistic: float
    degrees: int
    remark: str = ""

    @property
    def p_value(self) -> float:
        """The chance of a larger statistic if the model is right; NaN where there is no test."""
        from scipy.stats import chi2  # a second, which only estimation needs

        return math.nan if self.remark else float(chi2.sf(self.statistic, self.degrees))

    def __str__(self) -> str:
        if self.remark:
            return f"J test: {self.remark}"
        return f"J test: {self.statistic:.4g}, {self.degrees} degrees of freedom, p value {self.p_value:.3g}"


@dataclasses.dataclass(frozen=True)
class Estimate:
    """Parameters whose simulated moments are nearest to the data's.

    A parameter with a remark has no standard error: the moments do not tell it, or it lies at a bound. One that is not
    identified has no value either.

    box, targets: what was asked: P parameters and M moments.
    weights: their kind.
    simulations, seed: S, 0 where moments are exact, and the seed of their draws.
    parameters: name -> value, NaN where it is not identified.
    standard_errors: name -> standard error with the factor 1 + 1/S, NaN where there is a remark.
    remarks: name -> why a parameter has no standard error.
    covariance: of the parameters, [P, P], NaN where there is a remark.
    moments: of the model, [M].
    t_values: of data less model, [M]; NaN where the parameters fit a moment exactly.
    sensitivity: change of each parameter with each moment of the data, [P, M].
    j_test: of the restrictions.
    identification: what the moments tell, of the parameters that are not at a bound.
    diagnosis: whether the search found what it sought.
    found: where each start ended, the nearest first.
    profiles: name -> the parameter at some values, and the distance that the others can reach there.
    """

    box: Bounds
    targets: Targets
    weights: str
    simulations: int
    seed: int
    parameters: Mapping[str, float]
    standard_errors: Mapping[str, float]
    remarks: Mapping[str, str]
    covariance: np.ndarray
    moments: np.ndarray
    t_values: np.ndarray
    sensitivity: np.ndarray
    j_test: JTest
    identification: Identification
    diagnosis: Diagnosis
    found: tuple[Found, ...]
    profiles: Mapping[str, Profile]

    @property
    def converged(self) -> bool:
        """Whether the starts agree on an optimum, within the box, at which all parameters are identified."""
        return self.diagnosis.converged

    @property
    def reason(self) -> str | None:
        """Why it is not converged; None if it is."""
        return self.diagnosis.reason

    def interval(self, name: str) -> tuple[float, float]:
        """The 95 % interval of a parameter; NaN where it has no standard error."""
        half = INTERVAL * self.standard_errors[name]
        return self.parameters[name] - half, self.parameters[name] + half

    def tables(self) -> dict[str, Mapping[str, np.ndarray]]:
        """Name of a table -> column -> values, as files hold them."""
        return columns(self)

    def latex(self) -> str:
        """Parameters with standard errors below, the fit of the moments and the J test, for booktabs."""
        return latex(self)

    def __str__(self) -> str:
        return text(self)
