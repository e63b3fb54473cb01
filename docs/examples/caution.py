"""Your own households in one file: they dislike risk as much when rich as when poor, and may borrow.

Utility is -e^(-gamma c) / gamma. There is one deposit, of which nobody outside the economy offers any, so that what
some save others borrow: loans in zero net supply. Marginal utility and its inverse follow from `utility`.

Solve it:    hetkeras solve docs/examples/caution.py:Caution --run_dir=runs/caution
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

import hetkeras as hk


@dataclass(frozen=True)
class Caution(hk.PriceTakingHouseholds):
    discount_factor: float = 0.95  # beta
    absolute_risk_aversion: float = 2.0  # gamma, per unit of goods
    low_income: float = 0.7
    high_income: float = 1.3
    income_persistence: float = 0.8  # chance that an income stays
    borrowing_limit: float = -2.0
    greatest_assets: float = 40.0

    def violations(self):
        if not 0 < self.low_income < self.high_income:
            yield f"low_income is {self.low_income}; expected above 0 and below high_income {self.high_income}"

    @property
    def idiosyncratic_chain(self):
        stays = self.income_persistence
        return hk.MarkovChain(
            np.array([self.low_income, self.high_income]), np.array([[stays, 1 - stays], [1 - stays, stays]])
        )

    def utility(self, consumption):
        return -tf.exp(-self.absolute_risk_aversion * consumption) / self.absolute_risk_aversion

    def income(self, idiosyncratic, interest):
        return idiosyncratic + tf.zeros_like(interest)

    def supply(self, interest):
        return tf.zeros_like(interest)

    @property
    def interest_bounds(self):
        return -0.05, 1 / self.discount_factor - 1
