"""The contract of economies of many small firms that take prices as given, with lumpy investment.

Firms differ in productivity and capital; goods clear each period at the price p = marginal utility of consumption, and
all values are in units of marginal utility. Labor is indivisible, so that p w is the weight of leisure at any price;
where it is not, the wage w clears a market too. A firm pays a random cost in labor to choose its capital, else it keeps
what depreciation leaves. Since the choice itself does not depend on what the firm has, its value is

    V(k) = payoff(k) + R(k*) - friction(R(k*) - R(unadjusted_capital(k))),     R(k') = -p k' + beta E V(k')

where payoff(k) counts the capital as sold at p, and friction, bounded by the mean cost, is what it costs in
expectation not to be free to choose.

A model states ten things: discount_factor, depreciation, leisure_weight, the two chains, output, labor, the
distribution of the cost with its largest value, and what households consume. With `frisch_elasticity` the wage is a
second price, and the methods stay as they are (`firms_at_prices`). All else follows from them; a closed form that
replaces a default must agree with it. `hetkeras.methods.krusell_smith.lumpy.check` tells whether a model holds
together.

Axes: B economies, E states of a firm's productivity, A aggregate states, H nodes of capital in a histogram.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.contracts import frictionless_firms
from hetkeras.contracts.firms_at_prices import FirmsAtPrices
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.outside_graphs import outside_graphs
from hetkeras.numerics.quadrature import integral_from_zero

CAPITAL_MARGINS = 10.0, 3.0  # factors below the smallest and above the largest frictionless choice
MEAN_CAPITAL_MARGIN = 1.2  # factor beyond the rest points of the extreme aggregate states


@dataclasses.dataclass(frozen=True)
class PriceTakingFirms(Calibration, abc.ABC):
    """Economics of the firm and of the goods market; productivities and prices are levels, dtypes those given."""

    # --- what a model states ---------------------------------------------------------------------------------
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
    def leisure_weight(self) -> float:
        """phi: p w, what a unit of labor costs in marginal utility, where it is not a price of its own."""

    @property
    @abc.abstractmethod
    def idiosyncratic_chain(self) -> MarkovChain:
        """A firm's productivity: E states."""

    @property
    @abc.abstractmethod
    def aggregate_chain(self) -> MarkovChain:
        """Aggregate productivity: A states."""

    @abc.abstractmethod
    def output(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """Goods made with the best labor input, [...] from broadcastable arguments; the wage is leisure_weight / p."""

    @abc.abstractmethod
    def labor(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """The best labor input in production, [...]."""

    @property
    @abc.abstractmethod
    def largest_cost(self) -> float:
        """xi_bar, the largest cost of adjusting, in units of labor."""

    @abc.abstractmethod
    def cost_distribution(self, cost: tf.Tensor) -> tf.Tensor:
        """Probability that the cost of adjusting is not above `cost`, [...] from 0 to `largest_cost`, where it is 1."""

    @abc.abstractmethod
    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price, [...]; falls as the price rises."""

    # --- what it may state beside --------------------------------------------------------------------------------
    @property
    def frisch_elasticity(self) -> float | None:
        """Of labor supply in p w, then the wage is a price; None: labor is indivisible, p w is leisure_weight."""
        return None

    # --- sizes and scales, which follow ----------------------------------------------------------------------
    @property
    def aggregate_innovation(self) -> float:
        """One standard deviation of the log innovation to aggregate productivity, the size of impulses."""
        logs, transition = np.log(self.aggregate_chain.values), self.aggregate_chain.transition
        variances = transition @ logs**2 - (transition @ logs) ** 2
        return float(np.sqrt(self.aggregate_chain.stationary() @ variances))

    @property
    def capital_bounds(self) -> tuple[float, float]:
        """Range of a firm's capital."""
        low, high = self._extremes
        return float(low.capital.min() / CAPITAL_MARGINS[0]), float(high.capital.max() * CAPITAL_MARGINS[1])

    @property
    def mean_capital_bounds(self) -> tuple[float, float]:
        """Range of aggregate capital K in which the economy is solved."""
        low, high = self._extremes
        return low.mean_capital / MEAN_CAPITAL_MARGIN, high.mean_capital * MEAN_CAPITAL_MARGIN

    @property
    def _extremes(self) -> tuple[frictionless_firms.Rest, frictionless_firms.Rest]:
        levels = self.aggregate_chain.values
        lowest, highest = (frictionless_firms.rest(self, float(level)) for level in (levels.min(), levels.max()))
        return lowest, highest

    @property
    def price_names(self) -> tuple[str, ...]:
        """Names of the prices that clear markets: that of goods, and the wage where labor supply is elastic."""
        return ("price",) if self.frisch_elasticity is None else ("price", "wage")

    @property
    def units(self) -> Mapping[str, str]:
        """Units of states, price and choices, for the metadata."""
        return {
            "idiosyncratic": "productivity of the firm, a level",
            "aggregate": "productivity of all firms, a level",
            "capital": "goods",
            "mean_capital": "goods per firm",
            "price": "marginal utility of consumption",
            "wage": "goods per unit of labor",
            "target_capital": "goods",
            "adjustment_probability": "share of firms",
            "labor": "share of time, adjustment costs included",
            "value": "marginal-utility units",
            "mean_capital_next": "goods per firm",
        }

    def frictionless_steady_state(self, aggregate: float) -> tuple[float, ...]:
        """Returns (K, p) of the economy without frictions at rest in an aggregate state: a scale, not a solution.

        Further prices follow in the order of `price_names`.

        Raises:
          CalibrationError: if no price clears its market.
        """
        rest = frictionless_firms.rest(self, aggregate)
        return (rest.mean_capital, *(getattr(rest, name) for name in self.price_names))

    def at(self, price: tf.Tensor | float, wage: tf.Tensor | float | None = None) -> FirmsAtPrices:
        """The firms at prices that broadcast with their states, [...]; without a wage p w is leisure_weight."""
        return FirmsAtPrices(self, price, wage)

    # --- the firm, which follows -----------------------------------------------------------------------------
    def depreciated_capital(self, capital: tf.Tensor) -> tf.Tensor:
        """What depreciation leaves, [...]: the investment of every firm, k' - (1 - delta) k, is counted from here."""
        return (1 - self.depreciation) * capital

    def unadjusted_capital(self, capital: tf.Tensor) -> tf.Tensor:
        """Next period's capital of a firm that does not choose, [...]: what is left, or the smallest capital.

        What it exceeds `depreciated_capital` by is upkeep: investment that the firm pays for without choosing.
        """
        return tf.maximum(self.depreciated_capital(capital), self.capital_bounds[0])

    def payoff(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """Profit and what is left of the capital, sold at the price, in marginal utility, [...]."""
        firm = idiosyncratic, capital, aggregate, price
        sold = price * (self.output(*firm) + self.depreciated_capital(capital))
        return sold - self.leisure_weight * self.labor(*firm)

    def marginal_payoff(
        self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor
    ) -> tf.Tensor:
        """Derivative of `payoff` in capital, [...]."""
        capital += tf.zeros_like(idiosyncratic + aggregate + price)  # a firm each, lest derivatives be summed
        with tf.GradientTape() as tape:
            tape.watch(capital)
            payoff = self.payoff(idiosyncratic, capital, aggregate, price)
        return tape.gradient(payoff, capital)

    def adjustment_probability(self, gain: tf.Tensor) -> tf.Tensor:
        """Share of firms that pay to choose when that gains R(k*) - R(stay), [...]."""
        share = self.cost_distribution(self._worthwhile_cost(gain))
        return tf.where(gain < 0, tf.zeros_like(share), share)

    def expected_friction_loss(self, gain: tf.Tensor) -> tf.Tensor:
        """Expected value lost by not being free to choose, [...]; not above `max_friction_loss`.

        Its slope is the share that does not adjust. A target that is worse than staying is not taken: a negative
        gain is returned as it is.
        """

        @tf.custom_gradient
        def lost(gain: tf.Tensor) -> tuple[tf.Tensor, object]:
            costs = integral_from_zero(lambda cost: 1 - self.cost_distribution(cost), self._worthwhile_cost(gain))
            value = tf.where(gain < 0, gain, self.leisure_weight * costs)
            return value, lambda upstream: upstream * (1 - self.adjustment_probability(gain))

        return lost(gain)

    def _worthwhile_cost(self, gain: tf.Tensor) -> tf.Tensor:
        """The cost up to which firms pay, [...] between 0 and the largest."""
        return tf.clip_by_value(gain / self.leisure_weight, 0.0, self.largest_cost)

    @property
    def saturation_gain(self) -> float:
        """The gain from which every firm adjusts, in marginal utility."""
        return self.leisure_weight * self.largest_cost

    @property
    def max_friction_loss(self) -> float:
        """Bound of `expected_friction_loss`: the mean cost, in marginal utility."""
        return outside_graphs(lambda: float(self.expected_friction_loss(tf.constant(self.saturation_gain, tf.float64))))

    def adjustment_labor(self, gain: tf.Tensor) -> tf.Tensor:
        """Labor that adjustment takes on average, [...]: the cost of those whom it pays."""
        staying = 1 - self.adjustment_probability(gain)
        return (self.expected_friction_loss(gain) - staying * gain) / self.leisure_weight

    def frictionless_target(
        self, aggregate: tf.Tensor, price: tf.Tensor, next_price: tf.Tensor, next_wage: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Capital that firms would choose if choosing were free for ever, [..., E]: a baseline, not a solution.

        Args:
          aggregate: indices of today's state, [...].
          price: of today, [...].
          next_price: expected in each of tomorrow's states, [..., A].
          next_wage: likewise, where the wage is a price of its own.
        """
        return frictionless_firms.frictionless_target(self, aggregate, price, next_price, next_wage)

    # --- the market, which follows ---------------------------------------------------------------------------
    def labor_supply(self, labor_cost: tf.Tensor) -> tf.Tensor:
        """N, labor that households offer at p w, [...]: leisure_weight N^(1 / frisch_elasticity) = p w."""
        elasticity = math.inf if self.frisch_elasticity is None else self.frisch_elasticity
        return (labor_cost / self.leisure_weight) ** elasticity

    def excess_demand(self, consumption: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        """What households want at the price less what firms leave them, [...]; falls as the price rises."""
        return self.consumption(price) - consumption
