"""The contract of economies of many small firms that take one price as given and choose capital and labour in branches.

Goods clear each period at the price p = marginal utility of consumption, and values are in units of marginal utility:

    V(k, n_-1, eps) = max over (k', n) of p [y - w n - i - AC^k - AC^n] + beta E V(k', n, eps')

Adjusting capital or labour costs a share of output whatever its size, so that the maximum is taken branch by branch:
whether to adjust either, then by how much. A branch is a pair of digits, (capital, labour), 1 where it is adjusted.

This stands beside `PriceTakingFirms`, not below it: there one choice does not depend on what the firm has and its cost
is random; here two choices depend on it and costs are known. What the two share is the market.

Axes: E states of a firm's productivity, A aggregate states (productivity, regime, lagged regime), R regimes, H and L
nodes of capital and of labour.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain

BRANCHES = ((0, 0), (1, 0), (0, 1), (1, 1))  # (capital, labour); the index is capital + 2 labour


class FirmState(NamedTuple):
    """idiosyncratic: productivity, a level; capital: k; lagged_labor: n_-1; [...], broadcast against each other."""

    idiosyncratic: tf.Tensor
    capital: tf.Tensor
    lagged_labor: tf.Tensor


class FirmChoice(NamedTuple):
    """capital_next: k'; labor: n; adjusts_capital and adjusts_labor: digits of the branch, 0 or 1; [...]."""

    capital_next: tf.Tensor
    labor: tf.Tensor
    adjusts_capital: tf.Tensor
    adjusts_labor: tf.Tensor


class FirmFlows(NamedTuple):
    """Goods that a firm makes and uses up in a period, [...]."""

    output: tf.Tensor  # y
    investment: tf.Tensor  # i
    capital_cost: tf.Tensor  # AC^k
    labor_cost: tf.Tensor  # AC^n

    @property
    def net_output(self) -> tf.Tensor:
        """Goods left to households, [...]; their mean over firms is consumption."""
        return self.output - self.investment - self.capital_cost - self.labor_cost


@dataclasses.dataclass(frozen=True)
class BranchingFirms(Calibration, abc.ABC):
    """Economics of the firm and of the goods market; productivities and prices are levels, dtypes those given."""

    # --- sizes and scales ------------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def discount_factor(self) -> float:
        """beta, per period."""

    @property
    @abc.abstractmethod
    def idiosyncratic_chain(self) -> RegimeChain:
        """A firm's productivity: E states, by today's regime."""

    @property
    @abc.abstractmethod
    def aggregate_chain(self) -> MarkovChain:
        """Aggregate productivity with regime and lagged regime: A states, in the order of `aggregate_states`."""

    @property
    @abc.abstractmethod
    def aggregate_states(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Indices of productivity, regime and lagged regime in each aggregate state, [A] each."""

    def aggregate_index(
        self, productivity: tf.Tensor, uncertainty: tf.Tensor, lagged_uncertainty: tf.Tensor
    ) -> tf.Tensor:
        """Index of an aggregate state, [...]: the nearest productivity in logs, and the two regimes, 0 or 1."""
        levels, (_, *regimes) = self.aggregate_chain.values, self.aggregate_states
        distance = log_distance(levels, productivity)
        for regime, of_state in zip((uncertainty, lagged_uncertainty), regimes, strict=True):
            other = tf.round(regime)[..., None] != tf.constant(of_state, regime.dtype)
            distance += tf.where(other, tf.constant(np.ptp(np.log(levels)) + 1e3, distance.dtype), 0.0)
        return tf.argmin(distance, -1, tf.int32)

    def idiosyncratic_index(self, productivity: tf.Tensor) -> tf.Tensor:
        """Index of the state nearest to a firm's productivity in logs, [...]."""
        return tf.argmin(log_distance(self.idiosyncratic_chain.values, productivity), -1, tf.int32)

    @property
    @abc.abstractmethod
    def capital_nodes(self) -> np.ndarray:
        """Capital on grids, [H]: without investment a firm moves to a node; the lowest is held where it is."""

    @property
    @abc.abstractmethod
    def labor_nodes(self) -> np.ndarray:
        """Labour on grids, [L]: without hiring a firm moves to a node; the lowest is held where it is."""

    @property
    @abc.abstractmethod
    def mean_capital_bounds(self) -> tuple[float, float]:
        """Range of aggregate capital K in which the economy is solved."""

    @property
    @abc.abstractmethod
    def units(self) -> Mapping[str, str]:
        """Units of states, price and choices, for the metadata."""

    @abc.abstractmethod
    def rest_point(self, aggregate: float) -> tuple[float, float]:
        """Returns (K, p) at rest at a level of productivity if all firms were of the same size for ever: a scale.

        Where costs of adjusting let firms follow their own productivity but slowly, prices are nearer to this economy
        than to the one without costs.
        """

    # --- the firm --------------------------------------------------------------------------------------------
    @abc.abstractmethod
    def remaining_capital(self, capital: tf.Tensor) -> tf.Tensor:
        """What depreciation leaves, [...]: investment is counted from here."""

    @abc.abstractmethod
    def remaining_labor(self, lagged_labor: tf.Tensor) -> tf.Tensor:
        """What separations leave, [...]: hiring is counted from here."""

    def kept_capital(self, capital: tf.Tensor) -> tf.Tensor:
        """k' of a firm that does not adjust its capital, [...]: what remains, but no less than the lowest node."""
        return tf.maximum(self.remaining_capital(capital), tf.cast(self.capital_nodes[0], capital.dtype))

    def kept_labor(self, lagged_labor: tf.Tensor) -> tf.Tensor:
        """n of a firm that does not adjust its labour, [...]: what remains, but no less than the lowest node."""
        return tf.maximum(self.remaining_labor(lagged_labor), tf.cast(self.labor_nodes[0], lagged_labor.dtype))

    @abc.abstractmethod
    def output(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
        """y, made with today's capital and the labour chosen today, [...]."""

    @property
    @abc.abstractmethod
    def fixed_costs(self) -> tuple[float, float]:
        """Shares of output that adjusting capital and labour takes, whatever the size."""

    @abc.abstractmethod
    def capital_slopes(self, price: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Marginal utility that a unit more of k' takes above and below what remains, [...]; above is not less."""

    @abc.abstractmethod
    def labor_slopes(self, price: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Marginal utility that a unit more of n takes above and below what remains, wages apart, [...]."""

    @abc.abstractmethod
    def labor_disutility(self, labor: tf.Tensor) -> tf.Tensor:
        """p w n: the wage bill in marginal utility, [...], at any price."""

    @abc.abstractmethod
    def flows(self, firm: FirmState, choice: FirmChoice, aggregate: tf.Tensor, price: tf.Tensor) -> FirmFlows:
        """Goods made and used up, [...]."""

    def payoff(self, firm: FirmState, choice: FirmChoice, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """p [y - w n - i - AC^k - AC^n], [...]."""
        flows = self.flows(firm, choice, aggregate, price)
        return price * flows.net_output - self.labor_disutility(choice.labor)

    # --- the market ------------------------------------------------------------------------------------------
    @abc.abstractmethod
    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price, [...]; falls as the price rises."""

    def excess_demand(self, consumption: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price less what firms leave them, [...]."""
        return self.consumption(price) - consumption


def log_distance(levels: np.ndarray, productivity: tf.Tensor) -> tf.Tensor:
    """Distance in logs of productivities [...] to levels [S]: [..., S]."""
    return tf.abs(tf.math.log(productivity)[..., None] - tf.constant(np.log(levels), productivity.dtype))
