"""Households whose jobs depend on the business cycle (Krusell and Smith 1998), as calibrated for the JEDC (2010).

Utility    u(c) = (c^(1 - gamma) - 1) / (1 - gamma)
Firms      Y = z K^alpha L^(1 - alpha),   L = l (1 - u(z))
Budget     c + a' = (1 + r - delta) a + w l (1 - tau)  with a job,   w mu  without;   a' >= 0
Taxes      tau l (1 - u(z)) = mu u(z)
Jobs       z' given z, then e' given (e, z, z'), so that u(z') are out of work whatever z was

Den Haan, Judd and Juillard (2010), "Computational suite of models with heterogeneous agents II". Their 4 x 4 matrix
follows from durations: in a state that lasts, a spell without a job ends after its mean length; as times turn good it
is less likely than there to go on, as they turn bad more likely.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Annotated

import numpy as np
import tensorflow as tf
from annotated_types import Ge, Gt, Interval

from hetkeras.contracts.aggregate_risk_households import AggregateRiskHouseholds
from hetkeras.contracts.isoelastic_households import IsoelasticHouseholds
from hetkeras.numerics.conditional_chain import ConditionalChain
from hetkeras.numerics.markov_chain import MarkovChain

Pair = tuple[float, float]
Unit = Interval(gt=0, lt=1)


@dataclasses.dataclass(frozen=True)
class KrusellSmith(IsoelasticHouseholds, AggregateRiskHouseholds):
    """Fields are the calibration; one period is a quarter; pairs are (bad times, good times)."""

    discount_factor: Annotated[float, Unit] = 0.99  # beta
    risk_aversion: Annotated[float, Gt(0)] = 1.0  # gamma
    capital_share: Annotated[float, Unit] = 0.36  # alpha
    depreciation: Annotated[float, Interval(gt=0, le=1)] = 0.025  # delta
    benefit: Annotated[float, Interval(ge=0, lt=1)] = 0.15  # mu, over the wage
    hours: Annotated[float, Gt(0)] = 1 / 0.9  # l, of who has a job
    productivity: Pair = (0.99, 1.01)  # z
    unemployment: Pair = (0.10, 0.04)  # u(z)
    duration: Annotated[float, Ge(1)] = 8.0  # of good and of bad times, quarters
    spell: Pair = (2.5, 1.5)  # without a job, in times that last, quarters
    turning: Pair = (1.25, 0.75)  # chance to stay without a job as times turn (bad, good), over that in times that last
    borrowing_limit: float = 0.0
    greatest_assets: float = 500.0
    smallest_mean_capital: float = 30.0  # K
    greatest_mean_capital: float = 50.0

    def violations(self) -> Iterable[str]:
        pairs = ("productivity", "unemployment", "spell", "turning")
        wrong = [
            f"{name} is {getattr(self, name)}; expected two, of bad and of good times"
            for name in pairs
            if len(getattr(self, name)) != 2
        ]
        yield from wrong or self._out_of_range()

    def _out_of_range(self) -> Iterable[str]:
        if not all(z > 0 for z in self.productivity):
            yield f"productivity is {self.productivity}; expected both above 0"
        if not all(0 < u < 1 for u in self.unemployment):
            yield f"unemployment is {self.unemployment}; expected both strictly between 0 and 1"
        elif not self._jobs().min() >= 0:
            yield (
                f"spell is {self.spell} and turning {self.turning}; expected such that all chances to find, keep and "
                f"lose a job are from 0 to 1, which go from {self._jobs().min():.4g} to {self._jobs().max():.4g}"
            )
        elif not self.benefit * max(self.unemployment) / (self.hours * (1 - max(self.unemployment))) < 1:
            yield f"benefit is {self.benefit}; expected one for which taxes leave those with jobs something"
        if not self.borrowing_limit < self.smallest_mean_capital < self.greatest_mean_capital < self.greatest_assets:
            yield (
                f"mean capital goes from {self.smallest_mean_capital} to {self.greatest_mean_capital}; expected "
                f"between borrowing_limit {self.borrowing_limit} and greatest_assets {self.greatest_assets}, rising"
            )

    @property
    def aggregate_chain(self) -> MarkovChain:
        leaves = 1 / self.duration
        return MarkovChain(np.array(self.productivity), np.array([[1 - leaves, leaves], [leaves, 1 - leaves]]))

    @property
    def idiosyncratic_chain(self) -> ConditionalChain:
        return ConditionalChain(np.array([0.0, self.hours]), self._jobs())

    def _jobs(self) -> np.ndarray:
        """Chances to go from no job or a job to none or one, by times today and tomorrow, [2, 2, 2, 2]."""
        without, lasting = np.array(self.unemployment), 1 - 1 / np.array(self.spell)
        stay = np.where(np.eye(2, dtype=bool), lasting[:, None], (np.array(self.turning) * lasting)[None, :])
        lose = (without[None, :] - without[:, None] * stay) / (1 - without[:, None])
        return np.stack([np.stack([stay, 1 - stay], -1), np.stack([lose, 1 - lose], -1)], -2)

    def output(self, aggregate: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        return aggregate * capital**self.capital_share * labor ** (1 - self.capital_share)

    def income(self, idiosyncratic: tf.Tensor, wage: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        tax = self.benefit * (1 - labor / self.hours) / labor
        return wage * tf.where(idiosyncratic > 0, (1 - tax) * idiosyncratic, self.benefit)

    @property
    def mean_capital_bounds(self) -> tuple[float, float]:
        return self.smallest_mean_capital, self.greatest_mean_capital
