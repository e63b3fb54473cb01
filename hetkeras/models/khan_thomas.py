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
from typing import Annotated, Literal

import tensorflow as tf
from annotated_types import Gt, Interval

from hetkeras.contracts.cobb_douglas_firms import CobbDouglasFirms
from hetkeras.numerics.approximation import chain_problems
from hetkeras.numerics.markov_chain import MarkovChain

Unit, Stationary = Interval(gt=0, lt=1), Interval(gt=-1, lt=1)
CHAINS = ("idiosyncratic_chain", "aggregate_chain")
REST_MARGIN = 1.08  # by which the range of aggregate capital exceeds where the economy rests, at least


@dataclasses.dataclass(frozen=True)
class KhanThomas(CobbDouglasFirms):
    """Fields are the calibration; one period is a year."""

    discount_factor: Annotated[float, Unit] = 0.977  # beta
    capital_share: Annotated[float, Unit] = 0.256  # alpha
    labor_share: Annotated[float, Unit] = 0.640  # nu
    leisure_weight: Annotated[float, Gt(0)] = 2.4  # phi
    frisch_elasticity: float | None = None  # eta, of labor supply; None: infinite, labor is indivisible
    largest_cost: float = 0.0083  # xi_bar, units of labor
    depreciation: Annotated[float, Unit] = 0.069  # delta
    aggregate_persistence: Annotated[float, Stationary] = 0.859  # rho_z
    aggregate_volatility: Annotated[float, Gt(0)] = 0.014  # sigma_z, of log innovations
    idiosyncratic_persistence: Annotated[float, Stationary] = 0.859  # rho_eps
    idiosyncratic_volatility: Annotated[float, Gt(0)] = 0.022  # sigma_eps
    num_aggregate: Annotated[int, Interval(ge=2, le=50)] = 5  # A
    num_idiosyncratic: Annotated[int, Interval(ge=2, le=50)] = 5  # E
    chain_width: Annotated[float, Gt(0)] = 2.0  # of Tauchen's grids, unconditional standard deviations to either side
    discretization: Literal["tauchen", "rouwenhorst"] = "tauchen"  # rouwenhorst: has the moments of the processes
    smallest_capital: Annotated[float, Gt(0)] = 0.1
    greatest_capital: float = 8.0
    smallest_mean_capital: Annotated[float, Gt(0)] = 1.25  # K
    greatest_mean_capital: float = 2.0

    def violations(self) -> Iterable[str]:
        wrong = [*self._out_of_range()]
        yield from wrong or chain_problems({name: getattr(self, name) for name in CHAINS})

    def _out_of_range(self) -> Iterable[str]:
        if not self.largest_cost > 0:
            yield (
                f"largest_cost is {self.largest_cost}; expected xi_bar above 0; 1e-6 is as good as free adjustment, 0 "
                "divides by it"
            )
        if not (self.frisch_elasticity is None or self.frisch_elasticity > 0):
            yield f"frisch_elasticity is {self.frisch_elasticity}; expected above 0, or None where labor is indivisible"
        if not self.capital_share + self.labor_share < 1:
            yield (
                f"capital_share + labor_share is {self.capital_share + self.labor_share:.4g}; expected below 1, or "
                "firms have no optimal size"
            )
        for low, high in (("smallest_capital", "greatest_capital"), ("smallest_mean_capital", "greatest_mean_capital")):
            if not getattr(self, low) < getattr(self, high):
                yield f"{low} is {getattr(self, low)}; expected below {high} {getattr(self, high)}"

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

    # --- the cost of adjusting -------------------------------------------------------------------------------
    def cost_distribution(self, cost: tf.Tensor) -> tf.Tensor:
        return cost / self.largest_cost

    def adjustment_probability(self, gain: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(gain / self.saturation_gain, 0.0, 1.0)

    def expected_friction_loss(self, gain: tf.Tensor) -> tf.Tensor:
        share = self.adjustment_probability(gain)
        return tf.where(gain < 0, gain, self.saturation_gain * (share - 0.5 * share**2))

    def adjustment_labor(self, gain: tf.Tensor) -> tf.Tensor:
        return 0.5 * self.largest_cost * self.adjustment_probability(gain) ** 2
