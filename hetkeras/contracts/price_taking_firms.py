"""The contract of economies of many small firms that take one price as given, with lumpy investment.

Firms differ in productivity and capital; goods clear each period at the price p = marginal utility of consumption, and
all values are in units of marginal utility. A firm pays a random cost to choose its capital, else it keeps what
depreciation leaves. Since the choice itself does not depend on what the firm has, its value is

    V(k) = payoff(k) + R(k*) - friction(R(k*) - R(stay(k))),     R(k') = -p k' + beta E V(k')

where payoff(k) counts the capital as sold at p, and friction, bounded by the mean cost, is what it costs in
expectation not to be free to choose. Solvers, simulation and diagnostics need no more than the methods below.

Axes: B economies, E states of a firm's productivity, A aggregate states, H nodes of capital in a histogram.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping

import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.numerics.markov_chain import MarkovChain


@dataclasses.dataclass(frozen=True)
class PriceTakingFirms(Calibration, abc.ABC):
    """Economics of the firm and of the goods market; productivities and prices are levels, dtypes those given."""

    # --- sizes and scales ------------------------------------------------------------------------------------
    @property
    @abc.abstractmethod
    def discount_factor(self) -> float:
        """beta, per period."""

    @property
    @abc.abstractmethod
    def depreciation(self) -> float:
        """delta, share of capital that wears out in a period."""

    @property
    @abc.abstractmethod
    def idiosyncratic_chain(self) -> MarkovChain:
        """A firm's productivity: E states."""

    @property
    @abc.abstractmethod
    def aggregate_chain(self) -> MarkovChain:
        """Aggregate productivity: A states."""

    @property
    @abc.abstractmethod
    def aggregate_innovation(self) -> float:
        """One standard deviation of the log innovation to aggregate productivity, the size of impulses."""

    @property
    @abc.abstractmethod
    def capital_bounds(self) -> tuple[float, float]:
        """Range of a firm's capital."""

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
        """Returns (K, p) of the economy without frictions at rest in an aggregate state: a scale, not a solution."""

    # --- the firm --------------------------------------------------------------------------------------------
    @abc.abstractmethod
    def output(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """Goods made with the best labour input, [...] from broadcastable arguments."""

    @abc.abstractmethod
    def labor(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """The best labour input in production, [...]."""

    @abc.abstractmethod
    def payoff(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """Profit and what is left of the capital, sold at the price, in marginal utility, [...]."""

    @abc.abstractmethod
    def marginal_payoff(
        self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor
    ) -> tf.Tensor:
        """Derivative of `payoff` in capital, [...]."""

    def depreciated_capital(self, capital: tf.Tensor) -> tf.Tensor:
        """What depreciation leaves, [...]: the investment of every firm, k' - (1 - delta) k, is counted from here."""
        return (1 - self.depreciation) * capital

    @abc.abstractmethod
    def stay(self, capital: tf.Tensor) -> tf.Tensor:
        """Next period's capital of a firm that does not choose, [...].

        What it exceeds `depreciated_capital` by is upkeep: investment that the firm pays for without choosing.
        """

    @abc.abstractmethod
    def adjustment_probability(self, gain: tf.Tensor) -> tf.Tensor:
        """Share of firms that pay to choose when that gains R(k*) - R(stay), [...]."""

    @abc.abstractmethod
    def friction(self, gain: tf.Tensor) -> tf.Tensor:
        """Expected value lost by not being free to choose, [...]; not above `largest_friction`.

        Its slope is the share that does not adjust. A target that is worse than staying is not taken: a negative
        gain is returned as it is.
        """

    @abc.abstractmethod
    def free_target(self, aggregate: tf.Tensor, price: tf.Tensor, next_price: tf.Tensor) -> tf.Tensor:
        """Capital that firms would choose if choosing were free for ever, [..., E]: a baseline, not a solution.

        Args:
          aggregate: indices of today's state, [...].
          price: of today, [...].
          next_price: expected in each of tomorrow's states, [..., A].
        """

    @property
    @abc.abstractmethod
    def largest_friction(self) -> float:
        """Bound of `friction`: the mean cost, in marginal utility."""

    @abc.abstractmethod
    def adjustment_labor(self, probability: tf.Tensor) -> tf.Tensor:
        """Labour that adjustment takes on average, [...] from the share of firms that adjust."""

    # --- the market ------------------------------------------------------------------------------------------
    @abc.abstractmethod
    def excess_demand(self, consumption: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price less what firms leave them, [...]; falls as the price rises."""

    @abc.abstractmethod
    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price, [...]."""
