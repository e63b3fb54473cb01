"""Investment under uncertainty in an industry of N firms (Lucas and Prescott 1971; Kahou et al. 2022).

Law of motion   x' = (1 - delta) x + u + sigma w + eta omega                              (slide "Our application")
Inverse demand  p(X) = alpha0 - alpha1 mean(q_i^nu),  output q_i = z_i x_i^theta
Euler equation  gamma u + kappa = beta E[ theta z x'^(theta-1) p(X') + (1 - delta)(gamma u' + kappa') ]

The paper's economy is theta = 1, one type z = 1 and no capital price (kappa = 0): u is then common to all firms.
Its three extensions are decreasing returns (theta < 1), permanent productivity types z, and a second
idiosyncratic state kappa' = rho kappa + s e, the firm's own price of capital goods. For theta = nu = 1 the
solution is affine for any N, types and capital prices: u_i = (z_i Q - kappa_i) / gamma with
Q = q0 + q1 mean(z x) + q2 mean(z kappa).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import scipy.optimize
import tensorflow as tf

from hetkeras.contracts.symmetric_economy import Policy, SymmetricEconomy
from hetkeras.numerics.random_draws import Shocks, SymmetricShocks, normals
from hetkeras.references.investment.mean_variance import BELOW_ZERO, MeanVarianceEconomy, MeanVarianceReference
from hetkeras.references.numerics.quadratic_sum import quadratic_sum

MAX_FIRMS = 10_000_000


@dataclasses.dataclass(frozen=True)
class Investment(SymmetricEconomy):
    """Competitive industry with convex adjustment costs; fields are the calibration."""

    num_firms: int = 128  # N
    discount_factor: float = 0.95  # beta, per period
    demand_intercept: float = 1.0  # alpha0, price of a good when none is sold
    demand_slope: float = 1.0  # alpha1
    demand_curvature: float = 1.0  # nu
    adjustment_cost: float = 90.0  # gamma
    depreciation: float = 0.05  # delta, share per period
    idiosyncratic_volatility: float = 0.005  # sigma, units of capital
    aggregate_volatility: float = 0.001  # eta, units of capital
    initial_mean: float = 0.9  # mean of X_0 before taking absolute values
    initial_spread: float = 0.05  # its standard deviation across firms
    returns_to_scale: float = 1.0  # theta
    productivity_types: tuple[float, ...] = (1.0,)  # z
    type_shares: tuple[float, ...] = (1.0,)  # share of firms of each type
    capital_price_persistence: float = 0.0  # rho
    capital_price_volatility: float = 0.0  # s; zero switches the second idiosyncratic state off
    shock_correlation: float = 0.0  # of an idiosyncratic shock across firms

    def violations(self) -> Iterable[str]:
        def need(holds: bool, name: str, expected: str) -> Iterable[str]:
            if not holds:
                yield f"{name} is {getattr(self, name)}; expected {expected}"

        yield from need(1 <= self.num_firms <= MAX_FIRMS, "num_firms", f"from 1 to {MAX_FIRMS}")
        yield from need(0 < self.discount_factor < 1, "discount_factor", "strictly between 0 and 1")
        yield from need(0 < self.depreciation <= 1, "depreciation", "above 0 and at most 1")
        yield from need(self.demand_curvature >= 1, "demand_curvature", "nu >= 1")
        yield from need(0 < self.returns_to_scale <= 1, "returns_to_scale", "above 0 and at most 1")
        yield from need(-1 < self.capital_price_persistence < 1, "capital_price_persistence", "between -1 and 1")
        yield from need(0 <= self.shock_correlation < 1, "shock_correlation", "from 0 to below 1")
        for name in ("demand_intercept", "demand_slope", "adjustment_cost", "initial_mean"):
            yield from need(getattr(self, name) > 0, name, "above 0")
        volatilities = ("idiosyncratic_volatility", "aggregate_volatility", "capital_price_volatility")
        for name in (*volatilities, "initial_spread"):
            yield from need(getattr(self, name) >= 0, name, "a standard deviation, so not below 0")
        yield from need(min(self.productivity_types, default=0.0) > 0, "productivity_types", "numbers above 0")
        if len(self.type_shares) != len(self.productivity_types):
            yield (
                f"type_shares has {len(self.type_shares)} entries; expected one for each of the "
                f"{len(self.productivity_types)} productivity_types"
            )
        elif min(self.type_shares, default=0.0) <= 0 or abs(sum(self.type_shares) - 1) > 1e-6:
            yield f"type_shares is {self.type_shares}; expected positive shares that sum to one"
        elif 1 <= self.num_firms <= MAX_FIRMS and not np.all(self._type_counts()):
            yield f"num_firms is {self.num_firms}; too few for a firm of each type with type_shares {self.type_shares}"

    # --- names and sizes -------------------------------------------------------------------------------------
    @property
    def num_agents(self) -> int:
        return self.num_firms

    @property
    def has_types(self) -> bool:
        return len(self.productivity_types) > 1

    @property
    def has_capital_price(self) -> bool:
        return self.capital_price_volatility > 0

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("capital", *["productivity"] * self.has_types, *["capital_price"] * self.has_capital_price)

    @property
    def policy_state_names(self) -> tuple[str, ...]:
        return self.state_names if self.returns_to_scale < 1 else self.state_names[1:]

    @property
    def action_name(self) -> str:
        return "investment"

    @property
    def units(self) -> Mapping[str, str]:
        units = {"capital": "units of output per period", "investment": "units of capital per period"}
        extra = {"productivity": "output per unit of capital", "capital_price": "price of capital less its mean"}
        return units | {name: extra[name] for name in self.state_names if name in extra}

    # --- the economics ---------------------------------------------------------------------------------------
    @property
    def capital_survival(self) -> float:
        """1 - delta, what is left of a unit of capital after a period."""
        return 1.0 - self.depreciation

    @property
    def shocks(self) -> SymmetricShocks:
        names = "idiosyncratic_shock", *["capital_price_shock"] * self.has_capital_price
        return SymmetricShocks(names, self.shock_correlation)

    def initial_state(self, seed: tf.Tensor, num_paths: int, dtype: tf.DType = tf.float32) -> tf.Tensor:
        draws = normals(seed, (num_paths, self.num_firms, 2), dtype)
        states = [tf.abs(self.initial_mean + self.initial_spread * draws[..., 0])]
        if self.has_types:
            states.append(tf.ones_like(states[0]) * tf.constant(self.productivities(), dtype))
        if self.has_capital_price:
            stationary = self.capital_price_volatility / np.sqrt(1 - self.capital_price_persistence**2)
            states.append(stationary * draws[..., 1])
        return tf.stack(states, -1)

    def transition(self, state: tf.Tensor, action: tf.Tensor, shocks: Shocks) -> tf.Tensor:
        self.check_state(state)
        noise = self.idiosyncratic_volatility * shocks.idiosyncratic[..., 0]
        common = self.aggregate_volatility * shocks.aggregate[..., None]
        states = [self.capital_survival * state[..., 0] + action + noise + common]
        if self.has_types:
            states.append(tf.broadcast_to(state[..., 1], tf.shape(states[0])))
        if self.has_capital_price:
            innovation = self.capital_price_volatility * shocks.idiosyncratic[..., 1]
            states.append(self.capital_price_persistence * state[..., -1] + innovation)
        return tf.stack(states, -1)

    def price(self, state: tf.Tensor) -> tf.Tensor:
        """Returns p(X): [...] from state [..., N, D]."""
        output = self._productivity(state) * _power(state[..., 0], self.returns_to_scale)
        supply = tf.reduce_mean(_power(output, self.demand_curvature), -1)
        return self.demand_intercept - self.demand_slope * supply

    def payoff(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        output = self._productivity(agent) * _power(agent[..., 0], self.returns_to_scale)
        cost = 0.5 * self.adjustment_cost * tf.square(action)
        spending = agent[..., -1] * action if self.has_capital_price else 0.0
        return self.price(state)[..., None] * output - cost - spending

    def marginal_cost(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        cost = self.adjustment_cost * action
        return cost + agent[..., -1] if self.has_capital_price else cost

    def marginal_payoff(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        returns = self.returns_to_scale
        product = self._productivity(agent) * returns * _power(agent[..., 0], returns - 1)
        return self.price(state)[..., None] * product

    def survival_rate(self, agent: tf.Tensor, state: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        return self.capital_survival * tf.ones_like(agent[..., 0])

    def steady_state(self) -> tuple[float, float]:
        nu, theta, types = self.demand_curvature, self.returns_to_scale, np.array(self.productivity_types)
        discounted_survival = self.discount_factor * self.capital_survival
        supply_per_power = np.dot(self.type_shares, types**nu)
        mean_productivity = np.dot(self.type_shares, types)

        def excess_return(capital: float) -> float:
            price = self.demand_intercept - self.demand_slope * supply_per_power * capital ** (theta * nu)
            product = mean_productivity * theta * capital ** (theta - 1)
            user_cost = self.adjustment_cost * self.depreciation * capital
            return self.discount_factor * price * product - user_cost * (1 - discounted_survival)

        choke = (self.demand_intercept / (self.demand_slope * supply_per_power)) ** (1 / (theta * nu))
        capital = scipy.optimize.brentq(excess_return, 1e-12 * choke, choke)
        return capital, self.depreciation * capital

    def aggregate_weights(self, state: tf.Tensor) -> tf.Tensor:
        return self._productivity(state)

    def aggregate_slope(self, policy: Policy, state: tf.Tensor, action: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
        """As in the contract, less exposed to rounding: what is left of capital is added, not differenced."""
        weights = self.aggregate_weights(state)
        first = tf.one_hot(0, state.shape[-1], dtype=state.dtype)
        shifted = state + (shift[:, None] * weights)[..., None] * first
        response = policy(self.deciding_agents(shifted), shifted) - action
        moved = tf.reduce_mean(weights * response, -1) / tf.reduce_mean(tf.square(weights), -1)
        return self.capital_survival + moved / shift

    def state_bounds(self) -> tuple[float, float]:
        choke = (self.demand_intercept / self.demand_slope) ** (1 / (self.returns_to_scale * self.demand_curvature))
        highest = 10.0 * max(choke / min(self.productivity_types), self.initial_mean)
        linear = self.demand_curvature == 1 and self.returns_to_scale == 1  # powers of capital need it above zero
        return (-highest if linear else 0.0), highest

    # --- the exact solution ----------------------------------------------------------------------------------
    def closed_form(self) -> Policy | None:
        """Returns the affine policy for nu = theta = 1, exact for any N; None otherwise."""
        if self.demand_curvature != 1 or self.returns_to_scale != 1:
            return None
        return self.affine_policy(*self.affine_roots()[0])

    def closed_form_value(self) -> Policy | None:
        """Returns the value where all firms are of one type and nu = theta = 1; None otherwise.

        v(x, X) = z P x + w(m) with m = mean(z x): P = p + (1 - delta) Q is what capital is worth, and w sums what the
        firm gains by investing, (z Q)^2 / (2 gamma), and by the common risk of its own capital and P.
        """
        if self.closed_form() is None or self.has_types or self.has_capital_price:
            return None
        beta, keep, z = self.discount_factor, self.capital_survival, self.productivity_types[0]
        (q0, q1, _), variance = self.affine_roots()[0], (z * self._mean_volatility()) ** 2
        worth, slope, gain = (
            self.demand_intercept + keep * q0,
            keep * q1 - self.demand_slope,
            z**2 / self.adjustment_cost,
        )
        payoff = (gain * q0**2 / 2 + beta * slope * variance, gain * q0 * q1, gain * q1**2 / 2)
        w0, w1, w2 = quadratic_sum(beta, payoff, (gain * q0, keep + gain * q1), (variance, 0.0))

        def value(agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
            mean = tf.reduce_mean(z * industry[..., 0], -1, keepdims=True)
            return z * (worth + slope * mean) * agent[..., 0] + w0 + mean * (w1 + w2 * mean)

        return value

    def reference(self) -> Policy | None:
        """Returns the closed form, or for nu > 1 and a common action the mean-variance collocation, or None.

        There is none where the cross-section is so wide that capital reaches below zero.

        Raises:
          CalibrationError: if the collocation does not settle.
        """
        if self.closed_form() is not None or self.policy_state_names:
            return self.closed_form()
        rest, start, reduced = self.steady_state()[0], (self.initial_mean, self.initial_spread), self.reduced_economy()
        if reduced.share_below_zero(rest, start) > BELOW_ZERO:
            return None
        collocation = MeanVarianceReference.around(reduced, rest, start)

        def policy(agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
            capital = np.asarray(industry[..., 0], np.float64)
            common = collocation(capital.mean(-1), capital.var(-1))[..., None]
            return tf.constant(np.broadcast_to(common, agent.shape[:-1]), tf.float64)

        return policy

    def _mean_volatility(self) -> float:
        shared = self.shocks.mean_variance(self.num_firms)
        return float(np.hypot(self.aggregate_volatility, self.idiosyncratic_volatility * np.sqrt(shared)))

    def reduced_economy(self) -> MeanVarianceEconomy:
        """Returns the parameters of the economy in mean and variance that nu > 1 is tested against."""
        shared = {field.name for field in dataclasses.fields(MeanVarianceEconomy)} & self.as_dict().keys()
        parameters = {name: getattr(self, name) for name in shared}
        productivity, nu = self.productivity_types[0], self.demand_curvature
        parameters["demand_intercept"] *= productivity  # a unit of capital earns z p(X), p in units of output (z x)
        parameters["demand_slope"] *= productivity ** (nu + 1)
        parameters["idiosyncratic_volatility"] *= np.sqrt(1 - self.shock_correlation)  # around the mean of all firms
        return MeanVarianceEconomy(**parameters, mean_volatility=self._mean_volatility())

    def affine_roots(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Returns (q0, q1, q2) for the stable root of the Euler equation and for the explosive one.

        The slopes 1 - delta + q1 mean(z^2)/gamma of the two roots multiply to 1/beta: exactly one is
        below 1/sqrt(beta) in absolute value.
        """
        beta, keep, gamma = self.discount_factor, self.capital_survival, self.adjustment_cost
        weight = np.mean(np.square(self.productivities())) / gamma
        slope = self.demand_slope
        quadratic = (beta * keep * weight, beta * (keep**2 - slope * weight) - 1, -beta * slope * keep)
        stable, explosive = sorted(np.roots(quadratic).real, key=lambda q1: abs(keep + weight * q1))
        return self._affine_coefficients(stable, weight), self._affine_coefficients(explosive, weight)

    def _affine_coefficients(self, q1: float, weight: float) -> tuple[float, float, float]:
        beta, keep = self.discount_factor, self.capital_survival
        margin = keep * q1 - self.demand_slope
        q0 = beta * self.demand_intercept / (1 - beta * keep - beta * margin * weight)
        price_weight = margin / self.adjustment_cost
        q2 = -beta * price_weight / (1 - beta * margin * weight - beta * keep * self.capital_price_persistence)
        return float(q0), float(q1), float(q2)

    def affine_policy(self, q0: float, q1: float, q2: float) -> Policy:
        """Returns the policy u = (z Q - kappa)/gamma with Q = q0 + q1 mean(z x) + q2 mean(z kappa)."""

        def policy(agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
            weights = self._productivity(industry)
            margin = q0 + q1 * tf.reduce_mean(weights * industry[..., 0], -1, keepdims=True)
            if self.has_capital_price:
                margin += q2 * tf.reduce_mean(weights * industry[..., -1], -1, keepdims=True)
            value = self._productivity(agent) * margin
            return (value - agent[..., -1] if self.has_capital_price else value) / self.adjustment_cost

        return policy

    def productivities(self) -> np.ndarray:
        """Returns z_i of every firm: [N], types in blocks, in the proportions of type_shares."""
        return np.repeat(self.productivity_types, self._type_counts())

    def _type_counts(self) -> np.ndarray:
        edges = np.round(np.cumsum(self.type_shares) * self.num_firms).astype(int)
        return np.diff(edges, prepend=0)

    def _productivity(self, state: tf.Tensor) -> tf.Tensor:
        only = tf.ones_like(state[..., 0]) * self.productivity_types[0]
        return state[..., 1] if self.has_types else only


def _power(base: tf.Tensor, exponent: float) -> tf.Tensor:
    """base ** exponent without the cost, and the NaN below zero, of a power that is not needed."""
    if isinstance(exponent, int | float) and exponent in (0, 1):
        return base if exponent else tf.ones_like(base)
    return tf.pow(base, tf.convert_to_tensor(exponent, base.dtype))
