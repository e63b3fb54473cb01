"""Households that insure with capital which firms rent (Aiyagari 1994), without aggregate risk.

Utility    u(c) = (c^(1 - sigma) - 1) / (1 - sigma)
Labor      e^l / E[e^l],   l' = rho l + s sqrt(1 - rho^2) w,   in Tauchen's chain, as his
Firms      K = (alpha Z / (r + delta))^(1 / (1 - alpha)),   w = (1 - alpha) Z K^alpha     at mean labor one
Budget     c + a' = (1 + r) a + w e
Market     E[a'] = K
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Annotated, Literal

import tensorflow as tf
from annotated_types import Gt, Interval

from hetkeras.contracts.isoelastic_households import IsoelasticHouseholds
from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.numerics.markov_chain import MarkovChain

MARGIN = 1e-3  # by which the lowest rate exceeds that at which firms want capital without end


@dataclasses.dataclass(frozen=True)
class Aiyagari(IsoelasticHouseholds, PriceTakingHouseholds):
    """Fields are the calibration; one period is a year."""

    discount_factor: Annotated[float, Interval(gt=0, lt=1)] = 0.96  # beta
    risk_aversion: Annotated[float, Gt(0)] = 3.0  # sigma, his mu
    capital_share: Annotated[float, Interval(gt=0, lt=1)] = 0.36  # alpha
    depreciation: Annotated[float, Interval(gt=0, lt=1)] = 0.08  # delta
    productivity: Annotated[float, Gt(0)] = 1.0  # Z, of all firms
    persistence: Annotated[float, Interval(gt=-1, lt=1)] = 0.6  # rho, of log labor
    volatility: Annotated[float, Gt(0)] = 0.2  # s, standard deviation of log labor in the long run
    num_idiosyncratic: Annotated[int, Interval(ge=2, le=50)] = 7  # E
    discretization: Literal["tauchen", "rouwenhorst"] = "tauchen"  # rouwenhorst: has the moments of the process
    chain_width: Annotated[float, Gt(0)] = 3.0  # of Tauchen's grid, long-run standard deviations to either side
    borrowing_limit: float = 0.0
    greatest_assets: float = 200.0

    def violations(self) -> Iterable[str]:
        if not self.borrowing_limit < self.greatest_assets:
            yield f"borrowing_limit is {self.borrowing_limit}; expected below greatest_assets {self.greatest_assets}"

    @property
    def idiosyncratic_chain(self) -> MarkovChain:
        innovation = self.volatility * math.sqrt(1 - self.persistence**2)
        process = self.num_idiosyncratic, self.persistence, innovation
        tauchen = self.discretization == "tauchen"
        chain = MarkovChain.tauchen(*process, self.chain_width) if tauchen else MarkovChain.rouwenhorst(*process)
        return chain.exp().with_mean(1.0)

    def income(self, idiosyncratic: tf.Tensor, interest: tf.Tensor) -> tf.Tensor:
        wage = (1 - self.capital_share) * self.productivity * self.supply(interest) ** self.capital_share
        return wage * idiosyncratic

    def supply(self, interest: tf.Tensor) -> tf.Tensor:
        earned = self.capital_share * self.productivity
        return (earned / (interest + self.depreciation)) ** (1 / (1 - self.capital_share))

    @property
    def interest_bounds(self) -> tuple[float, float]:
        return MARGIN - self.depreciation, 1 / self.discount_factor - 1
