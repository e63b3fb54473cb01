"""The contract of economies of many households that save in one asset, whose return clears its market.

With assets a and income y a household chooses consumption c and next period's assets a', not below a limit:

    V(a, e) = max  u(c) + beta E[V(a', e')],     c + q a' = x a + y(e)

where q is what a unit of the asset costs and x what it pays, both given by the interest rate r: a deposit of one good
has q = 1 and x = 1 + r, a bond with a face value of one good q = 1 / (1 + r) and x = 1. What households hold must be
what others offer at the rate: a fixed supply, or the capital that firms want.

A model states eight things: discount_factor, utility, the chain of idiosyncratic states, income, the borrowing limit,
the supply, the range of interest rates, and the greatest assets that are looked at. All else follows; a closed form
that replaces a default must agree with it.

Axes: E idiosyncratic states, H nodes of assets.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping

import tensorflow as tf

from hetkeras.contracts.saving_households import SavingHouseholds
from hetkeras.numerics.markov_chain import MarkovChain


@dataclasses.dataclass(frozen=True)
class PriceTakingHouseholds(SavingHouseholds, abc.ABC):
    """Economics of the household and of the market for its asset; no aggregate risk."""

    # --- what a model states ---------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def idiosyncratic_chain(self) -> MarkovChain:
        """What a household's income follows: E states, levels above zero."""

    @abc.abstractmethod
    def income(self, idiosyncratic: tf.Tensor, interest: tf.Tensor) -> tf.Tensor:
        """y, goods a period, [...] from levels of the chain and the interest rate; above zero."""

    @abc.abstractmethod
    def supply(self, interest: tf.Tensor) -> tf.Tensor:
        """Assets per household that others offer at the rate, [...]; does not rise with it."""

    @property
    @abc.abstractmethod
    def interest_bounds(self) -> tuple[float, float]:
        """Rates between which the market clears, the upper one below 1 / beta - 1."""

    # --- what follows ----------------------------------------------------------------------------------------
    def asset_price(self, interest: tf.Tensor) -> tf.Tensor:
        """q, goods that a unit of the asset costs, [...]."""
        return tf.ones_like(interest)

    def asset_payoff(self, interest: tf.Tensor) -> tf.Tensor:
        """x, goods that a unit of the asset pays a period later, [...]."""
        return 1 + interest

    @property
    def units(self) -> Mapping[str, str]:
        """Units of states, prices and choices, for the metadata."""
        return {
            "idiosyncratic": "level of the household's chain",
            "assets": "units of the asset",
            "consumption": "goods a period",
            "assets_next": "units of the asset",
            "income": "goods a period",
        }
