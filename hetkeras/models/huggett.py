"""Households that insure with one bond in fixed supply (Huggett 1993), without aggregate risk.

Utility    u(c) = (c^(1 - sigma) - 1) / (1 - sigma)
Income     e^y / E[e^y],   y' = rho y + s sqrt(1 - rho^2) w,   in Rouwenhorst's chain
Budget     c + a' = (1 + r) a + e     or, in face values,     c + a' / (1 + r) = a + e
Market     E[a'] is the supply
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


@dataclasses.dataclass(frozen=True)
class Huggett(IsoelasticHouseholds, PriceTakingHouseholds):
    """Fields are the calibration; one period is a quarter, mean income one."""

    discount_factor: Annotated[float, Interval(gt=0, lt=1)] = 0.98  # beta
    risk_aversion: Annotated[float, Gt(0)] = 2.0  # sigma
    persistence: Annotated[float, Interval(gt=-1, lt=1)] = 0.966  # rho, of log income
    volatility: Annotated[float, Gt(0)] = 0.5  # s, standard deviation of log income in the long run
    num_idiosyncratic: Annotated[int, Interval(ge=2, le=50)] = 3  # E
    borrowing_limit: float = 0.0
    bonds: float = 5.6  # supply a household
    greatest_assets: float = 150.0
    lowest_interest: float = -0.02
    budget: Literal["deposits", "face_values"] = "deposits"  # in which bonds are counted

    def violations(self) -> Iterable[str]:
        if not self.borrowing_limit < self.bonds < self.greatest_assets:
            yield (
                f"bonds is {self.bonds}; expected between borrowing_limit {self.borrowing_limit} and greatest_assets "
                f"{self.greatest_assets}, or households cannot hold them"
            )
        if not -1 < self.lowest_interest < 1 / self.discount_factor - 1:
            yield (
                f"lowest_interest is {self.lowest_interest}; expected above -1 and below 1 / discount_factor - 1, "
                f"{1 / self.discount_factor - 1:.6g}, from which households save without end"
            )

    @property
    def idiosyncratic_chain(self) -> MarkovChain:
        innovation = self.volatility * math.sqrt(1 - self.persistence**2)
        return MarkovChain.rouwenhorst(self.num_idiosyncratic, self.persistence, innovation).exp().with_mean(1.0)

    def income(self, idiosyncratic: tf.Tensor, interest: tf.Tensor) -> tf.Tensor:
        return idiosyncratic + tf.zeros_like(interest)

    def supply(self, interest: tf.Tensor) -> tf.Tensor:
        return tf.fill(tf.shape(interest), tf.constant(self.bonds, interest.dtype))

    @property
    def interest_bounds(self) -> tuple[float, float]:
        return self.lowest_interest, 1 / self.discount_factor - 1

    def asset_price(self, interest: tf.Tensor) -> tf.Tensor:
        return 1 / (1 + interest) if self.budget == "face_values" else tf.ones_like(interest)

    def asset_payoff(self, interest: tf.Tensor) -> tf.Tensor:
        return tf.ones_like(interest) if self.budget == "face_values" else 1 + interest
