"""Lumpy investment with random fixed costs (Khan and Thomas 2008), calibrated as in Terry (2017).

Output           y = z eps k^alpha n^nu                              (Yokomoto 2026, eq. 1)
Households       p = 1/C, w = phi/p                                  (eqs. 13-14)
                 p w = phi N^(1/eta) with a finite Frisch elasticity eta
Adjustment cost  w xi, xi uniform on [0, xi_bar]                     (eq. 5)
Threshold        xi* = (R(k*) - R((1 - delta) k)) / phi              (eq. 17, with p w = phi)
Share adjusting  G = min(max(xi*, 0), xi_bar) / xi_bar

The integral of costs paid runs to xi*, not to xi_bar as eqs. 26, 30 and 37 print it: phi xi*^2 / (2 xi_bar). With
m = min(xi*, xi_bar) the value lost by not being free to choose is phi (m - m^2 / (2 xi_bar)).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Literal

import numpy as np
import tensorflow as tf

from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.numerics.approximation import chain_problems
from hetkeras.numerics.markov_chain import MarkovChain

CHAINS = ("idiosyncratic_chain", "aggregate_chain")
REST_MARGIN = 1.08  # by which the range of aggregate capital exceeds where the economy rests, at least


@dataclasses.dataclass(frozen=True)
class KhanThomas(PriceTakingFirms):
    """Fields are the calibration; one period is a year."""

    discount_factor: float = 0.977  # beta
    capital_share: float = 0.256  # alpha
    labor_share: float = 0.640  # nu
    leisure_weight: float = 2.4  # phi
    frisch_elasticity: float | None = None  # eta, of labor supply; None: infinite, labor is indivisible
    largest_cost: float = 0.0083  # xi_bar, units of labor
    depreciation: float = 0.069  # delta
    aggregate_persistence: float = 0.859  # rho_z
    aggregate_volatility: float = 0.014  # sigma_z, of log innovations
    idiosyncratic_persistence: float = 0.859  # rho_eps
    idiosyncratic_volatility: float = 0.022  # sigma_eps
    num_aggregate: int = 5  # A
    num_idiosyncratic: int = 5  # E
    chain_width: float = 2.0  # of both grids, unconditional standard deviations to either side; Tauchen's alone
    discretization: Literal["tauchen", "rouwenhorst"] = "tauchen"  # rouwenhorst: has the moments of the processes
    smallest_capital: float = 0.1
    greatest_capital: float = 8.0
    smallest_mean_capital: float = 1.25  # K
    greatest_mean_capital: float = 2.0

    def violations(self) -> Iterable[str]:
        wrong = [*self._out_of_range()]
        yield from wrong or chain_problems({name: getattr(self, name) for name in CHAINS})

    def _out_of_range(self) -> Iterable[str]:
        def need(holds: bool, name: str, expected: str) -> Iterable[str]:
            if not holds:
                yield f"{name} is {getattr(self, name)}; expected {expected}"

        for name in ("discount_factor", "capital_share", "labor_share", "depreciation"):
            yield from need(0 < getattr(self, name) < 1, name, "strictly between 0 and 1")
        for name in ("aggregate_persistence", "idiosyncratic_persistence"):
            yield from need(-1 < getattr(self, name) < 1, name, "between -1 and 1")
        for name in ("leisure_weight", "aggregate_volatility", "idiosyncratic_volatility", "chain_width"):
            yield from need(getattr(self, name) > 0, name, "above 0")
        yield from need(
            self.frisch_elasticity is None or self.frisch_elasticity > 0,
            "frisch_elasticity",
            "above 0, or None where labor is indivisible",
        )
        yield from need(
            self.largest_cost > 0, "largest_cost", "xi_bar above 0; 1e-6 is as good as free adjustment, 0 divides by it"
        )
        for name in ("num_aggregate", "num_idiosyncratic"):
            yield from need(2 <= getattr(self, name) <= 50, name, "from 2 to 50 states")
        if self.capital_share + self.labor_share >= 1:
            yield (
                f"capital_share + labor_share is {self.capital_share + self.labor_share:.4g}; expected below 1, or "
                "firms have no optimal size"
            )
        for low, high in (
            ("smallest_capital", "greatest_capital"),
            ("smallest_mean_capital", "greatest_mean_capital"),
        ):
            yield from need(0 < getattr(self, low) < getattr(self, high), low, f"above 0 and below {high}")

    # --- sizes and scales ------------------------------------------------------------------------------------
    @property
    def idiosyncratic_chain(self) -> MarkovChain:
        return self._chain(self.num_idiosyncratic, self.idiosyncratic_persistence, self.idiosyncratic_volatility)

    @property
    def aggregate_chain(self) -> MarkovChain:
        return self._chain(self.num_aggregate, self.aggregate_persistence, self.aggregate_volatility)

    def _chain(self, num_states: int, persistence: float, volatility: float) -> MarkovChain:
        if self.discretization == "rouwenhorst":
            return MarkovChain.rouwenhorst(num_states, persistence, volatility).exp()
        return MarkovChain.tauchen(num_states, persistence, volatility, self.chain_width).exp()

    @property
    def aggregate_innovation(self) -> float:
        return self.aggregate_volatility

    @property
    def capital_bounds(self) -> tuple[float, float]:
        return self.smallest_capital, self.greatest_capital

    @property
    def mean_capital_bounds(self) -> tuple[float, float]:
        """The calibration's range, wider where the economy rests near its ends or beyond them."""
        rests = [self.frictionless_steady_state(float(level))[0] for level in self.aggregate_chain.values[[0, -1]]]
        low, high = self.smallest_mean_capital, self.greatest_mean_capital
        return min(low, min(rests) / REST_MARGIN), max(high, max(rests) * REST_MARGIN)

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

    def cost_distribution(self, cost: tf.Tensor) -> tf.Tensor:
        return cost / self.largest_cost

    def adjustment_probability(self, gain: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(gain / self.saturation_gain, 0.0, 1.0)

    def expected_friction_loss(self, gain: tf.Tensor) -> tf.Tensor:
        share = self.adjustment_probability(gain)
        return tf.where(gain < 0, gain, self.saturation_gain * (share - 0.5 * share**2))

    def adjustment_labor(self, gain: tf.Tensor) -> tf.Tensor:
        return 0.5 * self.largest_cost * self.adjustment_probability(gain) ** 2

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
        user_cost = tf.maximum(user_cost, 0.01 * price)  # at very low prices capital would cost less than nothing
        power = 1 - self.capital_share / (1 - self.labor_share)
        return tf.clip_by_value((expected / user_cost[..., None]) ** (1 / power), *self.capital_bounds)

    # --- households ------------------------------------------------------------------------------------------
    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        return 1.0 / price
