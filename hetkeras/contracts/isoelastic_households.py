"""Households whose relative risk aversion is one number: u(c) = (c^(1 - sigma) - 1) / (1 - sigma), log c at 1."""

from __future__ import annotations

import abc
import dataclasses

import tensorflow as tf

from hetkeras.contracts.saving_households import SavingHouseholds


@dataclasses.dataclass(frozen=True)
class IsoelasticHouseholds(SavingHouseholds, abc.ABC):
    """Utility, marginal utility and its inverse in closed form; stands before the contract that says the rest."""

    @property
    @abc.abstractmethod
    def risk_aversion(self) -> float:
        """sigma, above 0."""

    def utility(self, consumption: tf.Tensor) -> tf.Tensor:
        if self.risk_aversion == 1:
            return tf.math.log(consumption)
        power = 1 - self.risk_aversion
        return (consumption**power - 1) / power

    def marginal_utility(self, consumption: tf.Tensor) -> tf.Tensor:
        return consumption**-self.risk_aversion

    def wanted_consumption(self, marginal_utility: tf.Tensor) -> tf.Tensor:
        return marginal_utility ** (-1 / self.risk_aversion)
