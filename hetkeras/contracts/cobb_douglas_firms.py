"""Price-taking firms with a Cobb-Douglas technology, and households with log utility: all in closed form.

Output           y = z eps k^alpha n^nu,    alpha + nu < 1
Households       p = 1 / C
Best labor       nu y = w n,    w = phi / p
Free choice      alpha E y' / k' = what a unit of k' costs to use, so that k' is a power of E eps'^(1 / (1 - nu))

With log utility net output is a power of p, so that the economy without frictions rests at a known price. A model of
other households, or with capital that wears out otherwise, overrides `frictionless_steady_state` too.
"""

from __future__ import annotations

import abc
import dataclasses

import numpy as np
import tensorflow as tf

from hetkeras.contracts.frictionless_firms import CHEAPEST
from hetkeras.contracts.price_taking_firms import PriceTakingFirms


@dataclasses.dataclass(frozen=True)
class CobbDouglasFirms(PriceTakingFirms, abc.ABC):
    """A model states shares, chains and the cost of adjusting; shapes are those of `PriceTakingFirms`."""

    @property
    @abc.abstractmethod
    def capital_share(self) -> float:
        """alpha."""

    @property
    @abc.abstractmethod
    def labor_share(self) -> float:
        """nu, of output; alpha + nu below 1."""

    def frictionless_steady_state(self, aggregate: float) -> tuple[float, ...]:
        if self.frisch_elasticity is not None:
            return super().frictionless_steady_state(aggregate)
        chain = self.idiosyncratic_chain
        shares, power = chain.stationary(), 1 - self.capital_share / (1 - self.labor_share)
        productivity = chain.values ** (1 / (1 - self.labor_share))
        expected = (chain.transition @ productivity) ** (1 / power)
        user_cost = 1 / self.discount_factor - 1 + self.depreciation

        def capital(price: float) -> np.ndarray:
            """k*(eps) from user cost = marginal profit, expected one period ahead."""
            margin = (1 - power) * self._profit_factor(price) * aggregate ** (1 / (1 - self.labor_share))
            return expected * (margin / user_cost) ** (1 / power)

        def net_output(price: float) -> float:
            profits = self._profit_factor(price) * aggregate ** (1 / (1 - self.labor_share))
            made = profits * (shares * (chain.transition @ productivity) * capital(price) ** (1 - power)).sum()
            return made / (1 - self.labor_share) - self.depreciation * (shares * capital(price)).sum()

        elasticity = (1 - self.capital_share) / (1 - self.labor_share - self.capital_share)
        price = net_output(1.0) ** (-1 / elasticity)  # 1 / p = net output, a power of p
        return float((shares * capital(price)).sum()), float(price)

    def _profit_factor(self, price: float) -> float:
        share = self.labor_share
        return (1 - share) * (share * price / self.leisure_weight) ** (share / (1 - share))

    # --- the firm --------------------------------------------------------------------------------------------
    def labor(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        power = 1 / (1 - self.labor_share)
        capital = capital ** (self.capital_share * power)
        price = (self.labor_share * price / self.leisure_weight) ** power
        return idiosyncratic**power * aggregate**power * capital * price  # powers first: arguments broadcast widely

    def output(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        wage = self.leisure_weight / price
        return self.labor(idiosyncratic, capital, aggregate, price) * (wage / self.labor_share)

    def payoff(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor) -> tf.Tensor:
        profit = (1 - self.labor_share) * self.output(idiosyncratic, capital, aggregate, price)
        return price * (profit + (1 - self.depreciation) * capital)

    def marginal_payoff(
        self, idiosyncratic: tf.Tensor, capital: tf.Tensor, aggregate: tf.Tensor, price: tf.Tensor
    ) -> tf.Tensor:
        output = self.output(idiosyncratic, capital, aggregate, price)
        return price * (self.capital_share * output / capital + 1 - self.depreciation)

    def frictionless_target(
        self, aggregate: tf.Tensor, price: tf.Tensor, next_price: tf.Tensor, next_wage: tf.Tensor | None = None
    ) -> tf.Tensor:
        dtype = price.dtype
        chances = tf.gather(tf.constant(self.aggregate_chain.transition, dtype), aggregate)
        following = tf.constant(self.aggregate_chain.values, dtype)[:, None]
        states = tf.constant(self.idiosyncratic_chain.values, dtype)
        unit = tf.ones((), dtype)
        firms = self.at(*(each[..., None] for each in (next_price, next_wage) if each is not None))
        margins = firms.marginal_payoff(states, unit, following)  # of the first unit, [..., A, E]
        resale = (1 - self.depreciation) * next_price
        idiosyncratic = tf.constant(self.idiosyncratic_chain.transition, dtype)
        expected = tf.einsum("...a,...af,ef->...e", chances, margins - resale[..., None], idiosyncratic)
        user_cost = price / self.discount_factor - tf.reduce_sum(chances * resale, -1)
        user_cost = tf.maximum(user_cost, CHEAPEST * price)
        power = 1 - self.capital_share / (1 - self.labor_share)
        return tf.clip_by_value((expected / user_cost[..., None]) ** (1 / power), *self.capital_bounds)

    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        return 1.0 / price
