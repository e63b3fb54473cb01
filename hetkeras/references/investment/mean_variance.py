"""Investment with nonlinear demand, by collocation in the mean and variance of capital.

When the action is common to all firms, deviations from the mean follow d' = (1 - delta) d + sigma w whatever the
policy is. With a Gaussian cross-section the state is (m, v), and v' = (1 - delta)^2 v + sigma^2 (1 - 1/N). The mean
moves with the aggregate shock and the mean of the idiosyncratic ones, together eta^2 + sigma^2 / N. What is left
out at finite N is sampling noise in higher cross-sectional moments, of relative size 1e-4 at N = 128 and falling.
Firms sell nothing where the Gaussian has capital below zero; a cross-section with many of those is no Gaussian.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.polynomial import chebyshev, hermite_e
from scipy import special
from scipy.optimize import root

from hetkeras.errors import CalibrationError

BELOW_ZERO = 1e-4
"""Share of firms that may be below zero on the way from X_0 to rest."""
FAR = 7.0  # standard deviations from zero, from which on quadrature never meets it


@dataclasses.dataclass(frozen=True)
class MeanVarianceEconomy:
    """Parameters of the reduced economy, named as in `models.investment`."""

    discount_factor: float
    demand_intercept: float
    demand_slope: float
    demand_curvature: float
    adjustment_cost: float
    depreciation: float
    idiosyncratic_volatility: float  # of what firms differ by
    mean_volatility: float  # standard deviation of the shock to the mean
    num_firms: float = np.inf

    def price(self, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Returns alpha0 - alpha1 E[max(x, 0)^nu] for x ~ N(mean, variance)."""
        return self.demand_intercept - self.demand_slope * positive_moment(mean, variance, self.demand_curvature)

    @property
    def mean_spread(self) -> float:
        """Standard deviation over time of the mean of capital if the action did not respond to it."""
        return float(self.mean_volatility / np.sqrt(1 - (1 - self.depreciation) ** 2))

    def widest(self, start: float) -> float:
        """The largest variance across firms on the way from a standard deviation at the start."""
        return float(max(start**2, self.idiosyncratic_volatility**2 / (1 - (1 - self.depreciation) ** 2)))

    def share_below_zero(self, rest: float, start: tuple[float, float]) -> float:
        """The largest share of firms with capital below zero on the way from X_0 to rest.

        Args:
          rest: mean of capital at rest.
          start: mean and standard deviation of capital in X_0.
        """
        lowest = min(rest, start[0]) - 3 * self.mean_spread
        return float(special.ndtr(-lowest / np.sqrt(max(self.widest(start[1]), 1e-300))))


def positive_moment(mean: np.ndarray, variance: np.ndarray, power: float) -> np.ndarray:
    """E[max(x, 0)^power] for x ~ N(mean, variance), [...]; above zero a parabolic cylinder function, exact."""
    nodes, weights = hermite_e.hermegauss(12)
    spread = np.sqrt(variance)
    far = mean > FAR * spread
    by_nodes = np.maximum(mean[..., None] + spread[..., None] * nodes, 0.0) ** power @ (weights / weights.sum())
    distance = np.where(far, 0.0, mean / np.where(spread > 0, spread, 1.0))
    cylinder = special.pbdv(-power - 1, -distance)[0] * np.exp(-(distance**2) / 4)
    return np.where(far, by_nodes, spread**power * special.gamma(power + 1) / np.sqrt(2 * np.pi) * cylinder)


class MeanVarianceReference:
    """Chebyshev collocation of u(m, v) on a box.

    Args:
      economy: parameters.
      means: (lowest, highest) mean of capital.
      variances: (lowest, highest) variance across firms.
      orders: Chebyshev coefficients in each direction.

    Raises:
      CalibrationError: if the collocation does not settle on a stable root.
    """

    def __init__(
        self,
        economy: MeanVarianceEconomy,
        means: tuple[float, float],
        variances: tuple[float, float],
        orders: tuple[int, int] = (14, 6),
    ) -> None:
        self._economy, self._box, self._orders = economy, (means, variances), orders
        axes = [np.cos(np.pi * (np.arange(n) + 0.5) / n) for n in orders]
        grid = [self._from_unit(axis, box) for axis, box in zip(axes, self._box, strict=True)]
        self._means, self._variances = (part.ravel() for part in np.meshgrid(*grid, indexing="ij"))
        self._to_coefficients = np.linalg.inv(chebyshev.chebvander2d(*self._units(), [n - 1 for n in orders]))
        self._coefficients = np.zeros(orders)
        self._coefficients = self._solve()

    @classmethod
    def around(cls, economy: MeanVarianceEconomy, rest: float, start: tuple[float, float]) -> MeanVarianceReference:
        """Solves on a box that holds the way from X_0 to rest.

        Args:
          economy: parameters.
          rest: mean of capital at rest.
          start: mean and standard deviation of capital in X_0.

        Raises:
          CalibrationError: also if a share of firms would have capital below zero.
        """
        below = economy.share_below_zero(rest, start)
        if below > BELOW_ZERO:
            raise CalibrationError(
                f"a share {below:.2g} of firms would have capital below zero; expected at most {BELOW_ZERO:g}: the "
                "Gaussian reference does not apply to so wide a cross-section"
            )
        spread = economy.widest(start[1])
        reach = 5 * economy.mean_spread + 5 * np.sqrt(spread / economy.num_firms)
        means = (max(0.9 * min(rest, start[0]) - reach, 0.0), 1.1 * max(rest, start[0]) + reach)
        return cls(economy, means, (0.0, 2 * spread + 1e-8))

    def __call__(self, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Returns u at means [...] and variances [...] of capital."""
        x, y = (self._to_unit(each, box) for each, box in zip((mean, variance), self._box, strict=True))
        return chebyshev.chebval2d(x, y, self._coefficients)

    def euler_residual(self, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Returns the residual of the Euler equation between the collocation points too."""
        action = self(mean, variance)
        return self._economy.adjustment_cost * (action - self._right_hand_side(action, mean, variance))

    def stationary_mean(self) -> float:
        """Returns the mean of capital at rest, with the cross-section at its stationary variance."""
        economy = self._economy
        keep = 1 - economy.depreciation
        spread = economy.idiosyncratic_volatility**2 * (1 - 1 / economy.num_firms) / (1 - keep**2)
        excess = lambda m: float(self(m, np.array(spread)) - economy.depreciation * m)  # noqa: E731
        return float(root(lambda m: excess(m[0]), [np.mean(self._box[0])], tol=1e-13).x[0])

    def _solve(self) -> np.ndarray:
        start = np.full_like(self._means, self._economy.depreciation * self._means.mean())
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging iteration is refused below
            for _ in range(60):  # iterating on the Euler equation approaches the stable root from rest
                self._coefficients = self._fit(start)
                start = self._right_hand_side(start, self._means, self._variances)
        self._refuse_unless(bool(np.isfinite(start).all()), "the iteration diverges")
        found = root(self._collocation_residual, start, method="krylov", options={"fatol": 1e-14, "maxiter": 200})
        largest = np.max(np.abs(self._collocation_residual(found.x)))
        self._refuse_unless(bool(largest < 1e-10), f"the residual is {largest:.1e}, expected below 1e-10")
        means, policy = self._means[:: self._orders[1]], found.x.reshape(self._orders)[:, 0]
        steepest = np.max(np.abs(1 - self._economy.depreciation + np.gradient(policy, means)))
        limit = self._economy.discount_factor**-0.5
        self._refuse_unless(bool(steepest < limit), f"the mean's slope is {steepest:.3f}, expected below {limit:.3f}")
        return self._fit(found.x)

    def _collocation_residual(self, action: np.ndarray) -> np.ndarray:
        self._coefficients = self._fit(action)
        return action - self._right_hand_side(action, self._means, self._variances)

    @staticmethod
    def _refuse_unless(holds: bool, problem: str) -> None:
        if not holds:
            raise CalibrationError(
                f"the mean-variance reference did not settle on a stable root: {problem}. Narrow the range of means "
                "or raise the orders"
            )

    def _right_hand_side(self, action: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        economy = self._economy
        keep = 1 - economy.depreciation
        nodes, weights = hermite_e.hermegauss(7)
        next_mean = (keep * mean + action)[..., None] + economy.mean_volatility * nodes
        sampling = 1 - 1 / economy.num_firms
        next_variance = keep**2 * variance + economy.idiosyncratic_volatility**2 * sampling
        next_variance = np.broadcast_to(next_variance[..., None], next_mean.shape)
        margin = economy.price(next_mean, next_variance) / economy.adjustment_cost + keep * self(
            next_mean, next_variance
        )
        return economy.discount_factor * (margin @ (weights / weights.sum()))

    def _fit(self, values: np.ndarray) -> np.ndarray:
        return (self._to_coefficients @ values).reshape(self._orders)

    def _units(self) -> tuple[np.ndarray, np.ndarray]:
        return self._to_unit(self._means, self._box[0]), self._to_unit(self._variances, self._box[1])

    @staticmethod
    def _to_unit(x: np.ndarray, box: tuple[float, float]) -> np.ndarray:
        return 2 * (x - box[0]) / (box[1] - box[0]) - 1

    @staticmethod
    def _from_unit(z: np.ndarray, box: tuple[float, float]) -> np.ndarray:
        return box[0] + (z + 1) / 2 * (box[1] - box[0])
