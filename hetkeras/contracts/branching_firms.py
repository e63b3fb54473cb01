"""The contract of economies of many small firms that take one price as given and choose capital and labor in branches.

Goods clear each period at the price p = marginal utility of consumption, and values are in units of marginal utility:

    V(k, n_-1, eps) = max over (k', n) of p [y - w n - i - AC^k - AC^n] + beta E V(k', n, eps')

Adjusting capital or labor costs a share of output whatever its size, so that the maximum is taken branch by branch:
whether to adjust either, then by how much. A branch is a pair of digits, (capital, labor), 1 where it is adjusted.
Beyond a fixed share of output, costs are linear on either side of what remains.

A model states ten things: discount_factor, depreciation, separation, leisure_weight, the chains of a firm's and of
aggregate productivity and of their regimes, output, the costs of adjusting, and what households consume. All else
follows; a closed form that replaces a default must agree with it. `hetkeras.methods.krusell_smith.branching.check`
tells whether a model holds together.

This stands beside `PriceTakingFirms`, not below it: there one choice does not depend on what the firm has and its cost
is random; here two choices depend on it and costs are known. What the two share is the market.

Axes: E states of a firm's productivity, A aggregate states (productivity, regime, lagged regime), R regimes, H and L
nodes of capital and of labor.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.contracts import one_size_firms
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain

MEAN_CAPITAL_MARGIN = 1.3  # factor beyond the rest points of the extreme productivities
SIZE_MARGIN = 1.5  # factor below the smallest firm without costs
BRANCHES = ((0, 0), (1, 0), (0, 1), (1, 1))  # (capital, labor); the index is capital + 2 labor


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


class AdjustmentCosts(NamedTuple):
    """What adjusting takes: shares of output whatever the size, and costs of each unit."""

    fixed_capital: float = 0.0  # F^K, share of output
    fixed_labor: float = 0.0  # F^L, share of output
    buying: float = 0.0  # goods per unit of investment
    selling: float = 0.0  # S, goods lost per unit of capital sold
    hiring: float = 0.0  # H, share of the wage
    firing: float = 0.0  # share of the wage


@dataclasses.dataclass(frozen=True)
class BranchingFirms(Calibration, abc.ABC):
    """Economics of the firm and of the goods market; productivities and prices are levels, dtypes those given."""

    # --- what a model states ---------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def discount_factor(self) -> float:
        """beta, per period."""

    @property
    @abc.abstractmethod
    def depreciation(self) -> float:
        """delta_k, share of capital that wears out in a period."""

    @property
    @abc.abstractmethod
    def separation(self) -> float:
        """delta_n, share of labor that leaves in a period."""

    @property
    @abc.abstractmethod
    def leisure_weight(self) -> float:
        """theta = p w, what a unit of labor costs in marginal utility."""

    @property
    @abc.abstractmethod
    def idiosyncratic_chain(self) -> RegimeChain:
        """A firm's productivity: E states, by today's regime."""

    @property
    @abc.abstractmethod
    def productivity_chain(self) -> RegimeChain:
        """Aggregate productivity, by today's regime."""

    @property
    @abc.abstractmethod
    def regimes(self) -> MarkovChain:
        """Regimes of uncertainty: 0 low, 1 high."""

    @abc.abstractmethod
    def output(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
        """y, made with today's capital and the labor chosen today, [...]."""

    @property
    @abc.abstractmethod
    def adjustment_costs(self) -> AdjustmentCosts:
        """What adjusting capital and labor takes."""

    @abc.abstractmethod
    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price, [...]; falls as the price rises."""

    # --- states, sizes and scales, which follow --------------------------------------------------------------
    @property
    def aggregate_chain(self) -> MarkovChain:
        """Aggregate productivity with regime and lagged regime: A states, in the order of `aggregate_states`."""
        return self.productivity_chain.joint(self.regimes)

    @property
    def aggregate_states(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Indices of productivity, regime and lagged regime in each aggregate state, [A] each."""
        sizes = (self.productivity_chain.num_states, self.regimes.num_states, self.regimes.num_states)
        productivity, regime, lagged = np.unravel_index(np.arange(np.prod(sizes)), sizes)
        return productivity, regime, lagged

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
    def capital_nodes(self) -> np.ndarray:
        """Capital on grids, [H]: without investment a firm moves to a node; the lowest is held where it is."""
        low, high = (sizes.capital for sizes in self._extreme_sizes)
        return _falling_to_nodes(low.min(), high.max(), self.depreciation)

    @property
    def labor_nodes(self) -> np.ndarray:
        """Labor on grids, [L]: without hiring a firm moves to a node; the lowest is held where it is."""
        low, high = (sizes.labor for sizes in self._extreme_sizes)
        return _falling_to_nodes(low.min(), high.max(), self.separation)

    @property
    def _extreme_sizes(self) -> tuple[one_size_firms.Sizes, one_size_firms.Sizes]:
        levels = self.productivity_chain.values
        lowest, highest = (one_size_firms.sizes(self, float(level)) for level in (levels.min(), levels.max()))
        return lowest, highest

    @property
    def mean_capital_bounds(self) -> tuple[float, float]:
        """Range of aggregate capital K in which the economy is solved."""
        levels = self.productivity_chain.values
        low, high = (self.frictionless_steady_state(float(level))[0] for level in (levels.min(), levels.max()))
        return low / MEAN_CAPITAL_MARGIN, high * MEAN_CAPITAL_MARGIN

    @property
    def price_names(self) -> tuple[str, ...]:
        """Names of the prices that clear markets."""
        return ("price",)

    @property
    def units(self) -> Mapping[str, str]:
        """Units of states, price and choices, for the metadata."""
        return {
            "idiosyncratic": "productivity of the firm, a level",
            "aggregate": "productivity of all firms, a level",
            "uncertainty": "today's regime: 0 low, 1 high",
            "lagged_uncertainty": "the last quarter's regime: 0 low, 1 high",
            "capital": "goods",
            "lagged_labor": "share of time, last quarter",
            "mean_capital": "goods per firm",
            "price": "marginal utility of consumption",
            "branch_probabilities": "of 00, 10, 01, 11: whether capital, labor is adjusted",
            "branch": "index of the branch: capital + 2 labor",
            "capital_next": "goods",
            "labor": "share of time",
            "value": "marginal-utility units",
            "mean_capital_next": "goods per firm",
        }

    def frictionless_steady_state(self, aggregate: float) -> tuple[float, float]:
        """Returns (K, p) at rest at a level of productivity if all firms were of the same size for ever: a scale.

        Where costs of adjusting let firms follow their own productivity but slowly, prices are nearer to this economy
        than to the one without costs.

        Raises:
          CalibrationError: if no price clears its market.
        """
        rest = one_size_firms.rest(self, aggregate)
        return rest.capital, rest.price

    # --- the firm, which follows -----------------------------------------------------------------------------
    def depreciated_capital(self, capital: tf.Tensor) -> tf.Tensor:
        """What depreciation leaves, [...]: investment is counted from here."""
        return (1 - self.depreciation) * capital

    def remaining_labor(self, lagged_labor: tf.Tensor) -> tf.Tensor:
        """What separations leave, [...]: hiring is counted from here."""
        return (1 - self.separation) * lagged_labor

    def kept_capital(self, capital: tf.Tensor) -> tf.Tensor:
        """k' of a firm that does not adjust its capital, [...]: what remains, but no less than the lowest node."""
        return tf.maximum(self.depreciated_capital(capital), tf.cast(self.capital_nodes[0], capital.dtype))

    def kept_labor(self, lagged_labor: tf.Tensor) -> tf.Tensor:
        """n of a firm that does not adjust its labor, [...]: what remains, but no less than the lowest node."""
        return tf.maximum(self.remaining_labor(lagged_labor), tf.cast(self.labor_nodes[0], lagged_labor.dtype))

    @property
    def fixed_costs(self) -> tuple[float, float]:
        """Shares of output that adjusting capital and labor takes, whatever the size."""
        return self.adjustment_costs.fixed_capital, self.adjustment_costs.fixed_labor

    def marginal_capital_cost(self, price: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Marginal utility that a unit more of k' takes above and below what remains, [...]; above is not less."""
        return (1 + self.adjustment_costs.buying) * price, (1 - self.adjustment_costs.selling) * price

    def marginal_labor_cost(self, price: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Marginal utility that a unit more of n takes above and below what remains, wages apart, [...]."""
        wage = self.leisure_weight * tf.ones_like(price)  # p w
        return self.adjustment_costs.hiring * wage, -self.adjustment_costs.firing * wage

    def labor_disutility(self, labor: tf.Tensor) -> tf.Tensor:
        """p w n: the wage bill in marginal utility, [...], at any price."""
        return self.leisure_weight * labor

    def flows(self, firm: FirmState, choice: FirmChoice, aggregate: tf.Tensor, price: tf.Tensor) -> FirmFlows:
        """Goods made and used up, [...]."""
        costs, wage = self.adjustment_costs, self.leisure_weight / price
        output = self.output(firm.idiosyncratic, firm.capital, choice.labor, aggregate)
        investment = choice.capital_next - self.depreciated_capital(firm.capital)
        hiring = choice.labor - self.remaining_labor(firm.lagged_labor)
        capital_cost = costs.buying * tf.maximum(investment, 0.0) + costs.selling * tf.maximum(-investment, 0.0)
        labor_cost = costs.hiring * tf.maximum(hiring, 0.0) + costs.firing * tf.maximum(-hiring, 0.0)
        return FirmFlows(
            output,
            investment,
            costs.fixed_capital * output * choice.adjusts_capital + capital_cost,
            costs.fixed_labor * output * choice.adjusts_labor + wage * labor_cost,
        )

    def payoff(self, firm: FirmState, choice: FirmChoice, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """p [y - w n - i - AC^k - AC^n], [...]."""
        flows = self.flows(firm, choice, aggregate, price)
        return price * flows.net_output - self.labor_disutility(choice.labor)

    # --- the market, which follows ---------------------------------------------------------------------------
    def excess_demand(self, consumption: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price less what firms leave them, [...]."""
        return self.consumption(price) - consumption


def _falling_to_nodes(low: float, high: float, wear: float) -> np.ndarray:
    """Nodes of which each falls to the one below, from a margin below `low` to beyond `high`."""
    low /= SIZE_MARGIN
    count = int(np.ceil(np.log(high / low) / -np.log1p(-wear))) + 1
    return low / (1 - wear) ** np.arange(count)


def log_distance(levels: np.ndarray, productivity: tf.Tensor) -> tf.Tensor:
    """Distance in logs of productivities [...] to levels [S]: [..., S]."""
    return tf.abs(tf.math.log(productivity)[..., None] - tf.constant(np.log(levels), productivity.dtype))
