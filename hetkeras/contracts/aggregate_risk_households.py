"""The contract of economies whose households save in the capital that firms rent, under aggregate shocks.

Aggregate states z follow a chain; what a household's own state e does depends on z and z' jointly. With mean capital K
and labor L(z) firms pay each factor its marginal product, and a household with assets a solves

    V(a, e, z, K) = max  u(c) + beta E[V(a', e', z', K')],     c + a' = (1 + r(z, K) - delta) a + y(e, w(z, K), L(z))

with a' not below its limit. Mean capital is what households hold; they forecast it.

A model states ten things: discount_factor, utility, both chains, output, depreciation, income, the borrowing limit, and
the ranges of assets and of mean capital. All else follows; a closed form that replaces a default must agree with it.

Axes: A aggregate and E idiosyncratic states.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import tensorflow as tf

from hetkeras.contracts.saving_households import SavingHouseholds
from hetkeras.numerics.conditional_chain import ConditionalChain
from hetkeras.numerics.falling_root import falling_root
from hetkeras.numerics.markov_chain import MarkovChain


@dataclasses.dataclass(frozen=True)
class AggregateRiskHouseholds(SavingHouseholds, abc.ABC):
    """Economics of households and of the firms that rent their capital."""

    # --- what a model states ---------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def aggregate_chain(self) -> MarkovChain:
        """z: A states, levels above zero."""

    @property
    @abc.abstractmethod
    def idiosyncratic_chain(self) -> ConditionalChain:
        """e: E states, levels of labor that a household supplies, zero or more, given z and z'."""

    @abc.abstractmethod
    def output(self, aggregate: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        """Y, goods a period per household, [...]; returns to capital and labor together are constant."""

    @property
    @abc.abstractmethod
    def depreciation(self) -> float:
        """delta, per period."""

    @abc.abstractmethod
    def income(self, idiosyncratic: tf.Tensor, wage: tf.Tensor, labor: tf.Tensor) -> tf.Tensor:
        """y, after taxes and benefits, goods a period, [...]; in the mean what labor earns."""

    @property
    @abc.abstractmethod
    def mean_capital_bounds(self) -> tuple[float, float]:
        """Mean capital between which the economy is solved."""

    # --- what follows ----------------------------------------------------------------------------------------
    @cached_property
    def labor(self) -> np.ndarray:
        """L, labor per household in each aggregate state, [A]."""
        chain = self.idiosyncratic_chain
        return chain.shares(self.aggregate_chain) @ chain.values

    def factor_prices(self, aggregate: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """r and w, marginal products of capital, before depreciation, and of labor, [...] each."""
        everywhere = tf.zeros_like(aggregate + capital + labor)
        factors = capital + everywhere, labor + everywhere
        with tf.GradientTape() as tape:
            tape.watch(factors)
            output = self.output(aggregate, *factors)
        rent, wage = tape.gradient(output, factors)
        return rent, wage

    def frictionless_steady_state(self, aggregate: float) -> tuple[float, float]:
        """K and what a unit of it pays, 1 / beta, where a household without risk rests at a level of z.

        Either end of `mean_capital_bounds` stands for all capital beyond it.
        """
        level = tf.constant(aggregate, tf.float64)
        labor = tf.constant(self.labor[np.argmin(np.abs(self.aggregate_chain.values - aggregate))])
        needed = 1 / self.discount_factor - 1 + self.depreciation
        low, high = (tf.constant(end, tf.float64) for end in self.mean_capital_bounds)
        rest = falling_root(lambda capital: self.factor_prices(level, capital, labor)[0] - needed, low, high)
        return float(rest), 1 / self.discount_factor

    @property
    def price_names(self) -> tuple[str, ...]:
        """Names of the prices that are forecast: what a unit of capital pays."""
        return ("price",)

    @property
    def units(self) -> Mapping[str, str]:
        """Units of states, prices and choices, for the metadata."""
        goods = ("assets", "mean_capital", "mean_capital_next", "assets_next")
        flows = ("consumption", "income", "wage")
        return {
            "idiosyncratic": "level of the household's chain: labor",
            "aggregate": "level of the aggregate chain",
            **dict.fromkeys(goods, "goods per household"),
            **dict.fromkeys(flows, "goods a period"),
            "interest": "net of depreciation, per period",
        }
