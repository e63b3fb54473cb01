"""One destination on its own; without complementarities the value of any number of them is the sum.

V1 earns zeta - nu, V0 holds the option to enter. With D = V1 - V0, `option` and `holding` of `export_market`:

  rho D = zeta - nu + L D + holding(D) - option(D - s),    rho V0 = L V0 + option(D - s).

`SeparableEntry` solves these by finite differences. `closed_form` solves them without extensions: on either side of
the threshold nu* with D = s they are linear, and the homogeneous solutions of q f = L f that do not explode are

  psi_q = e^{z^2/4} D_{-q/theta}(-z) below nu*,   phi_q(z) = psi_q(-z) above,   z = (nu - nubar) sqrt(2 theta) / sigma,

with parabolic cylinder functions D. Values and slopes meet at nu*.
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import pbdv

from hetkeras.errors import CalibrationError
from hetkeras.references.export_entry.export_market import ExportMarket, whole_numbers
from hetkeras.references.numerics.ornstein_uhlenbeck_grid import OrnsteinUhlenbeckGrid
from hetkeras.references.numerics.policy_iteration import iterate_policies
from hetkeras.references.numerics.spline_table import SplineTable

_FARTHEST = 30.0  # deviations from the mean at which the parabolic cylinder functions are still finite

Points = TypeVar("Points", float, np.ndarray)


class SeparableEntry:
    """Finite differences and policy iteration, extensions included.

    Args:
      market: parameters.
      nodes: grid points of the cost.
      width: half-width of the grid in stationary standard deviations of the cost.
    """

    def __init__(self, market: ExportMarket, nodes: int = 1601, width: float = 7.0) -> None:
        self._market = market
        grid = OrnsteinUhlenbeckGrid(nodes, width, market.cost_reversion)
        rho = market.discount_rate
        profit = market.revenue - market.mean_cost - market.cost_deviation * grid.points

        def residual(lead: np.ndarray) -> np.ndarray:
            option = market.option_value(lead - market.entry_cost)
            return profit - rho * lead + grid.drift(lead) + market.holding_value(lead) - option

        def correction(lead: np.ndarray, remainder: np.ndarray) -> np.ndarray:
            entry = market.entry_intensity(lead - market.entry_cost)
            return grid.solve(rho + entry + market.departure_intensity(lead), remainder)

        lead = iterate_policies(residual, correction, np.zeros_like(grid.points))
        inactive = grid.solve(np.full_like(lead, rho), market.option_value(lead - market.entry_cost))
        self._points = grid.points
        self._table = SplineTable(grid.points, np.stack([inactive, inactive + lead, lead]))

    def value(self, active: ArrayLike, cost: ArrayLike) -> np.ndarray:
        """Returns V [..] of active (0 or 1) and cost [..]."""
        return self._table(whole_numbers("active", active, 1), self._standardised(cost))

    def entry_gain(self, cost: ArrayLike) -> np.ndarray:
        """Returns V1 - V0 - s [..] of cost [..]: the firm takes an opportunity where it is positive."""
        return self._table(np.array(2), self._standardised(cost)) - self._market.entry_cost

    def threshold(self) -> float:
        """Returns nu*, below which the firm enters.

        Raises:
          CalibrationError: if nu* lies outside the grid.
        """
        costs = self._market.mean_cost + self._market.cost_deviation * self._points[[0, -1]]
        gains = self.entry_gain(costs)
        if gains[0] <= 0 or gains[1] >= 0:
            raise CalibrationError(
                f"entry_cost is {self._market.entry_cost}: the firm decides alike at all costs from {costs[0]:.4g} to "
                f"{costs[1]:.4g}, so there is no threshold there. Widen the grid or change the entry cost"
            )
        return float(brentq(lambda cost: float(self.entry_gain(cost)), *costs, xtol=1e-14))

    def _standardised(self, cost: ArrayLike) -> np.ndarray:
        return ((np.asarray(cost) - self._market.mean_cost) / self._market.cost_deviation)[..., None]


@dataclasses.dataclass(frozen=True)
class _Branch:
    """f(z) = constant + slope z + sum_i weights_i e^{z^2/4} D_{-orders_i}(side z)."""

    constant: float
    slope: float
    side: int  # 1: bounded towards high costs; -1: towards low costs
    orders: tuple[float, ...]
    weights: tuple[float, ...] = (1.0,)

    def __call__(self, z: Points) -> Points:
        terms = (w * _homogeneous(order, self.side * z) for w, order in zip(self.weights, self.orders, strict=True))
        return self.constant + self.slope * z + sum(terms, start=0 * z)

    def derivative(self, z: Points) -> Points:
        pairs = zip(self.weights, self.orders, strict=True)
        terms = (-self.side * order * w * _homogeneous(order + 1, self.side * z) for w, order in pairs)
        return self.slope + sum(terms, start=0 * z)

    def through(self, z: float, value: float) -> _Branch:
        """Returns this branch of one term, weighted such that f(z) = value."""
        weight = (value - self.constant - self.slope * z) / _homogeneous(self.orders[0], self.side * z)
        return dataclasses.replace(self, weights=(weight,))


def _homogeneous(order: float, z: Points) -> Points:
    return np.exp(z**2 / 4) * pbdv(-order, z)[0]


@dataclasses.dataclass(frozen=True)
class ClosedForm:
    """The solution by parabolic cylinder functions, made by `closed_form`."""

    market: ExportMarket
    switch: float  # z at nu*
    lead: tuple[_Branch, _Branch]  # D below and above
    inactive: tuple[_Branch, _Branch]  # V0 below and above

    def value(self, active: ArrayLike, cost: ArrayLike) -> np.ndarray:
        """Returns V [..] of active (0 or 1) and cost [..]."""
        z = (np.asarray(cost) - self.market.mean_cost) / self.market.cost_deviation
        inactive, lead = self._joined(self.inactive, z), self._joined(self.lead, z)
        return inactive + whole_numbers("active", active, 1) * lead

    def threshold(self) -> float:
        """Returns nu*, below which the firm enters."""
        return self.market.mean_cost + self.market.cost_deviation * self.switch

    def _joined(self, branches: tuple[_Branch, _Branch], z: np.ndarray) -> np.ndarray:
        below, above = branches
        return np.where(z < self.switch, below(np.minimum(z, self.switch)), above(np.maximum(z, self.switch)))


def closed_form(market: ExportMarket) -> ClosedForm:
    """Solves one destination without extensions.

    Raises:
      CalibrationError: if the market has an extension, or its threshold is too many deviations from the mean.
    """
    if market.search_cost or market.maintenance_cost or market.exit_rate:
        raise CalibrationError(
            f"no closed form has search_cost {market.search_cost}, maintenance_cost {market.maintenance_cost} and "
            f"exit_rate {market.exit_rate}; expected all 0. Use SeparableEntry"
        )
    rho, theta, opportunity = market.discount_rate, market.cost_reversion, market.opportunity_rate
    flow, slope = market.revenue - market.mean_cost, -market.cost_deviation
    either, loss = rho + opportunity + market.loss_rate, rho + market.loss_rate
    below = _Branch((flow + opportunity * market.entry_cost) / either, slope / (either + theta), -1, (either / theta,))
    above = _Branch(flow / loss, slope / (loss + theta), 1, (loss / theta,))

    def leads(z: float) -> tuple[_Branch, _Branch]:
        return below.through(z, market.entry_cost), above.through(z, market.entry_cost)

    def kink(z: float) -> float:
        return leads(z)[0].derivative(z) - leads(z)[1].derivative(z)

    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # what overflows is refused here
        found = kink(-_FARTHEST) < 0 < kink(_FARTHEST)
    if not found:
        raise CalibrationError(
            f"the closed form meets no threshold within {_FARTHEST} stationary deviations of the cost at entry_cost "
            f"{market.entry_cost} and cost_reversion {theta}; expected profits near the entry cost and reversion not "
            "far slower than the other rates. Use SeparableEntry"
        )
    switch = brentq(kink, -_FARTHEST, _FARTHEST, xtol=1e-14)
    lead = leads(switch)
    particular = _Branch(
        opportunity * (lead[0].constant - market.entry_cost) / rho,
        opportunity * lead[0].slope / (rho + theta),
        -1,
        lead[0].orders,
        (-opportunity / (opportunity + market.loss_rate) * lead[0].weights[0],),
    )
    return ClosedForm(market, switch, lead, _meet(particular, rho / theta, switch))


def _meet(particular: _Branch, order: float, z: float) -> tuple[_Branch, _Branch]:
    """Adds the homogeneous solutions with which the particular one below meets zero above, in value and slope."""
    ends = [_Branch(0.0, 0.0, side, (order,)) for side in (-1, 1)]
    system = [[ends[0](z), -ends[1](z)], [ends[0].derivative(z), -ends[1].derivative(z)]]
    weights = np.linalg.solve(system, [-particular(z), -particular.derivative(z)])
    below = dataclasses.replace(
        particular, orders=(*particular.orders, order), weights=(*particular.weights, float(weights[0]))
    )
    return below, dataclasses.replace(ends[1], weights=(float(weights[1]),))
