"""One export destination: parameters, and what its options are worth per unit of time.

A destination is inactive (y = 0) or active (y = 1). While active it earns zeta - nu with the cost

  d nu = -theta (nu - nubar) dt + sigma dW.

While inactive, opportunities to enter at cost s arrive at rate lambda0; an active destination is lost at rate lambda1.
With gain D = V(y + 1_j) - V(y) - s and lead E = V(y) - V(y - 1_j) these add to the HJB equation

  inactive:  max_e (lambda0 + e) max(D, 0) - chi0 e^2 / 2 = lambda0 D+ + D+^2 / (2 chi0),
  active:    max_{0 <= m <= lambda1} -(lambda1 - m) E - chi1 m^2 / 2 + lambdax max(-E, 0).

The derivatives in D and -E are the intensities at which the firm enters and leaves (envelope theorem).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike

from hetkeras.errors import CalibrationError

_POSITIVE = ("discount_rate", "cost_reversion", "opportunity_rate", "loss_rate", "cost_volatility")
_NOT_NEGATIVE = ("search_cost", "maintenance_cost", "exit_rate")


@dataclasses.dataclass(frozen=True)
class ExportMarket:
    """Parameters of one destination. A search cost, maintenance cost or exit rate of 0 leaves that extension out.

    Raises:
      CalibrationError: if a parameter is not finite or out of range; all that is wrong is named.
    """

    discount_rate: float = 0.05  # rho
    cost_reversion: float = 0.3  # theta
    opportunity_rate: float = 0.5  # lambda0
    loss_rate: float = 0.1  # lambda1
    revenue: float = 1.0  # zeta
    mean_cost: float = 0.8  # nubar
    cost_volatility: float = math.hypot(0.15, 0.10)  # |(sigma0, sigma1)|
    entry_cost: float = 0.8  # s
    search_cost: float = 0.0  # chi0, of effort that raises lambda0
    maintenance_cost: float = 0.0  # chi1, of effort that lowers lambda1
    exit_rate: float = 0.0  # lambdax, of opportunities to leave

    def __post_init__(self) -> None:
        values = dataclasses.asdict(self)
        finite = {name: value for name, value in values.items() if _is_finite(value)}
        problems = [f"{name} is {values[name]}, expected a finite number" for name in values.keys() - finite.keys()]
        problems += [f"{name} is {finite[name]}, expected above 0" for name in _POSITIVE if finite.get(name, 1) <= 0]
        problems += [
            f"{name} is {finite[name]}, expected 0 or above" for name in _NOT_NEGATIVE if finite.get(name, 0) < 0
        ]
        if problems:
            raise CalibrationError("an export market cannot be solved: " + "; ".join(sorted(problems)))

    @property
    def cost_deviation(self) -> float:
        """Stationary standard deviation of nu."""
        return self.cost_volatility / math.sqrt(2 * self.cost_reversion)

    def option_value(self, gain: np.ndarray) -> np.ndarray:
        """Returns the flow value of the option to enter, at D."""
        gain = np.maximum(gain, 0)
        search = gain**2 / (2 * self.search_cost) if self.search_cost else 0.0
        return self.opportunity_rate * gain + search

    def entry_intensity(self, gain: np.ndarray) -> np.ndarray:
        """Returns the rate of entry under the best policy, at D."""
        search = np.maximum(gain, 0) / self.search_cost if self.search_cost else 0.0
        return self.opportunity_rate * (gain > 0) + search

    def holding_value(self, lead: np.ndarray) -> np.ndarray:
        """Returns the flow value of losses, maintenance and exit, at E; negative where E is positive."""
        effort = self._maintenance(lead)
        upkeep = self.maintenance_cost * effort**2 / 2
        return (effort - self.loss_rate) * lead - upkeep + self.exit_rate * np.maximum(-lead, 0)

    def departure_intensity(self, lead: np.ndarray) -> np.ndarray:
        """Returns the rate of losses and exit under the best policy, at E."""
        return self.loss_rate - self._maintenance(lead) + self.exit_rate * (lead < 0)

    def _maintenance(self, lead: np.ndarray) -> np.ndarray:
        if not self.maintenance_cost:
            return np.zeros_like(lead)
        return np.clip(lead / self.maintenance_cost, 0, self.loss_rate)


def whole_numbers(name: str, values: ArrayLike, highest: int) -> np.ndarray:
    """Returns values as integers.

    Raises:
      CalibrationError: if a value is not one of 0, 1 .. highest.
    """
    values = np.asarray(values)
    allowed = (values >= 0) & (values <= highest) & (values == np.floor(values))
    if not allowed.all():
        raise CalibrationError(f"{name} holds {values[~allowed][0]}; expected whole numbers from 0 to {highest}")
    return values.astype(int)


def _is_finite(value: float) -> bool:
    return isinstance(value, (int, float, np.number)) and math.isfinite(value)
