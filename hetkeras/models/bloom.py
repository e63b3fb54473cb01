"""Uncertainty shocks with costs of adjusting capital and labor (Bloom, Floetotto, Jaimovich, Saporta and Terry 2018).

Output         y = z eps k^alpha n^nu, with the labor chosen today          (Yokomoto 2026, eq. 38)
Productivity   log z' = rho_z log z + sigma_z(s) u, log eps' likewise        (eqs. 39-40), s today's regime
Capital        k' = (1 - delta_k) k + i,   AC^k = F^K y 1{adjusts} + S |i| 1{i < 0}      (eq. 41)
Labor         n = (1 - delta_n) n_-1 + h, AC^n = F^L y 1{adjusts} + H w |h|             (eqs. 42-43)
Households     log C - theta N, so that p = 1 / C and w = theta / p
Branches       00, 10, 01, 11: the first digit says whether capital is adjusted, the second labor (eqs. 46-50)

Productivities of tomorrow are drawn with today's regime, then the regime moves. The lagged regime changes no
probability; it enters what firms expect of the aggregates, since it spread today's firms. Both grids of productivity
are made for low uncertainty and kept under high. A node of capital or labor depreciates to the node below it; at the
lowest node a firm that does not adjust is held there, and pays for what that takes but no fixed cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from hetkeras.contracts.branching_firms import AdjustmentCosts, BranchingFirms, FirmChoice, FirmFlows, FirmState
from hetkeras.numerics.approximation import chain_problems
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain

CHAINS = ("idiosyncratic_chain", "productivity_chain")
REST_MARGIN = 1.08  # by which the range of aggregate capital exceeds where the economy rests, at least


@dataclasses.dataclass(frozen=True)
class Bloom(BranchingFirms):
    """Fields are the calibration; one period is a quarter. Pairs are of low and of high uncertainty."""

    discount_factor: float = 0.95**0.25  # beta
    capital_share: float = 0.25  # alpha
    labor_share: float = 0.5  # nu
    leisure_weight: float = 2.0  # theta
    depreciation: float = 0.026  # delta_k
    separation: float = 0.088  # delta_n
    resale_loss: float = 0.339  # S, share of capital sold
    fixed_capital_cost: float = 0.0  # F^K, share of output
    fixed_labor_cost: float = 0.096  # F^L, share of output
    hiring_cost: float = 0.072  # H, share of the wage, of hiring and of firing
    aggregate_persistence: float = 0.95  # rho_z
    aggregate_volatility: tuple[float, ...] = (0.00668420914017636, 1.60569110682638 * 0.00668420914017636)  # sigma_z
    idiosyncratic_persistence: float = 0.95  # rho_eps
    idiosyncratic_volatility: tuple[float, ...] = (
        0.0507515557155377,
        4.11699578856773 * 0.0507515557155377,
    )  # sigma_eps
    regime_transition: tuple[float, ...] = (
        *(1 - 0.0257892725462263, 0.0257892725462263),  # from low uncertainty to low, to high
        *(1 - 0.940556523390567, 0.940556523390567),  # from high
    )
    num_aggregate: int = 5
    num_idiosyncratic: int = 5  # E
    chain_width: float = 2.0  # of both grids, unconditional deviations under low uncertainty to either side
    smallest_capital: float = 1.125
    num_capital: int = 91  # H
    smallest_labor: float = 0.035
    num_labor: int = 37  # L
    smallest_mean_capital: float = 3.5  # K
    greatest_mean_capital: float = 8.5

    def violations(self) -> Iterable[str]:
        wrong = [*self._out_of_range()]
        yield from wrong or chain_problems({name: getattr(self, name) for name in CHAINS})

    def _out_of_range(self) -> Iterable[str]:
        yield from self._scalar_violations()
        for name in ("aggregate_volatility", "idiosyncratic_volatility"):
            pair = getattr(self, name)
            if len(pair) != 2 or not min(pair) > 0:
                yield f"{name} is {pair}; expected 2 entries above 0, of low and of high uncertainty"
        chances = self.regime_transition
        if len(chances) != 4 or min(chances) < 0:
            yield f"regime_transition is {chances}; expected 4 probabilities, from low uncertainty and then from high"
        else:
            for name, row in (("low", chances[:2]), ("high", chances[2:])):
                if abs(sum(row) - 1) > 1e-8:
                    origin = f"regime_transition from {name} uncertainty"
                    yield f"{origin} is {row}, which sums to {sum(row):.6g}; expected 1"
        if self.capital_share + self.labor_share >= 1:
            yield (
                f"capital_share + labor_share is {self.capital_share + self.labor_share:.4g}; expected below 1, or "
                "firms have no optimal size"
            )
        if not 0 < self.smallest_mean_capital < self.greatest_mean_capital:
            yield (
                f"smallest_mean_capital is {self.smallest_mean_capital}; expected above 0 and below "
                "greatest_mean_capital"
            )

    def _scalar_violations(self) -> Iterable[str]:
        def need(holds: bool, name: str, expected: str) -> Iterable[str]:
            if not holds:
                yield f"{name} is {getattr(self, name)}; expected {expected}"

        for name in ("discount_factor", "capital_share", "labor_share", "depreciation", "separation"):
            yield from need(0 < getattr(self, name) < 1, name, "strictly between 0 and 1")
        for name in ("aggregate_persistence", "idiosyncratic_persistence"):
            yield from need(-1 < getattr(self, name) < 1, name, "between -1 and 1")
        for name in ("leisure_weight", "chain_width", "smallest_capital", "smallest_labor"):
            yield from need(getattr(self, name) > 0, name, "above 0")
        yield from need(0 <= self.resale_loss <= 1, "resale_loss", "a share from 0 to 1; costs are not negative")
        for name in ("fixed_capital_cost", "fixed_labor_cost", "hiring_cost"):
            yield from need(getattr(self, name) >= 0, name, "a cost of 0 or more")
        for name in ("num_aggregate", "num_idiosyncratic"):
            yield from need(2 <= getattr(self, name) <= 50, name, "from 2 to 50 states")
        for name in ("num_capital", "num_labor"):
            yield from need(2 <= getattr(self, name) <= 1000, name, "from 2 to 1000 nodes, or the grid is empty")

    # --- sizes and scales ------------------------------------------------------------------------------------
    @property
    def regimes(self) -> MarkovChain:
        """s: 0 low uncertainty, 1 high."""
        return MarkovChain(np.arange(2.0), np.reshape(self.regime_transition, (2, 2)))

    @property
    def idiosyncratic_chain(self) -> RegimeChain:
        """eps: levels, by today's regime."""
        return self._chain(self.num_idiosyncratic, self.idiosyncratic_persistence, self.idiosyncratic_volatility)

    @property
    def productivity_chain(self) -> RegimeChain:
        """z: levels, by today's regime."""
        return self._chain(self.num_aggregate, self.aggregate_persistence, self.aggregate_volatility)

    def _chain(self, num_states: int, persistence: float, volatilities: tuple[float, ...]) -> RegimeChain:
        return RegimeChain.tauchen(num_states, persistence, volatilities, self.chain_width).exp()

    @property
    def capital_nodes(self) -> np.ndarray:
        return self.smallest_capital / (1 - self.depreciation) ** np.arange(self.num_capital)

    @property
    def labor_nodes(self) -> np.ndarray:
        return self.smallest_labor / (1 - self.separation) ** np.arange(self.num_labor)

    @property
    def mean_capital_bounds(self) -> tuple[float, float]:
        """The calibration's range, wider where the economy rests near its ends or beyond them."""
        rests = [self.frictionless_steady_state(float(level))[0] for level in self.productivity_chain.values[[0, -1]]]
        low, high = self.smallest_mean_capital, self.greatest_mean_capital
        return min(low, min(rests) / REST_MARGIN), max(high, max(rests) * REST_MARGIN)

    def frictionless_steady_state(self, aggregate: float) -> tuple[float, float]:
        chain = self.idiosyncratic_chain
        shares = chain.joint(self.regimes).stationary().reshape(chain.num_states, -1).sum(1)
        productivity = aggregate * (shares @ chain.values)
        output_share = (1 / self.discount_factor - 1 + self.depreciation) / self.capital_share  # y / k
        consumption_share = 1 - self.depreciation / output_share  # c / y
        labor = self.labor_share / (self.leisure_weight * consumption_share)
        capital = (productivity * labor**self.labor_share / output_share) ** (1 / (1 - self.capital_share))
        return capital, 1 / (consumption_share * output_share * capital)

    # --- the firm --------------------------------------------------------------------------------------------
    def output(self, idiosyncratic: tf.Tensor, capital: tf.Tensor, labor: tf.Tensor, aggregate: tf.Tensor) -> tf.Tensor:
        return (idiosyncratic * aggregate) * (capital**self.capital_share * labor**self.labor_share)

    @property
    def adjustment_costs(self) -> AdjustmentCosts:
        fixed = self.fixed_capital_cost, self.fixed_labor_cost
        return AdjustmentCosts(*fixed, 0.0, self.resale_loss, self.hiring_cost, self.hiring_cost)

    def flows(self, firm: FirmState, choice: FirmChoice, aggregate: tf.Tensor, price: tf.Tensor) -> FirmFlows:
        output = self.output(firm.idiosyncratic, firm.capital, choice.labor, aggregate)
        investment = choice.capital_next - self.depreciated_capital(firm.capital)
        hiring = choice.labor - self.remaining_labor(firm.lagged_labor)
        wage = self.leisure_weight / price
        capital_cost = self.fixed_capital_cost * output * choice.adjusts_capital
        labor_cost = self.fixed_labor_cost * output * choice.adjusts_labor
        return FirmFlows(
            output,
            investment,
            capital_cost + self.resale_loss * tf.maximum(-investment, 0.0),
            labor_cost + self.hiring_cost * wage * tf.abs(hiring),
        )

    # --- the market ------------------------------------------------------------------------------------------
    def consumption(self, price: tf.Tensor) -> tf.Tensor:
        return 1.0 / price
