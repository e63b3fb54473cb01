"""Your own model whose Euler equation is none of the contract's: storms destroy a share of all capital at once.

N firms own x, of which a storm omega leaves (1 - delta + s omega) x. A unit sells at p = a - b mean(X), and investing u
costs gamma u^2 / 2. What a unit is worth tomorrow and how much of it is left depend on the same storm:

    v(x, X) = max_u p(X) x - gamma u^2 / 2 + beta E v(x', X'),   x' = (1 - delta + s omega) x + u + sigma w.

The answer is known: v = P(m) x + w(m) with m = mean(X), P affine and w quadratic. The slope of P is the root of one
equation, in which the storms' variance counts.

Solve it:  hetkeras solve docs/examples/storms.py:Storms --method=bellman --run_dir=runs/storms
"""

from dataclasses import dataclass

import scipy.optimize
import tensorflow as tf

import hetkeras as hk
from hetkeras.references.numerics.quadratic_sum import quadratic_sum


@dataclass(frozen=True)
class Storms(hk.SymmetricEconomy):
    num_agents: int = 128  # N firms
    discount_factor: float = 0.95  # beta
    depreciation: float = 0.05  # delta
    storms: float = 0.05  # s, standard deviation of the share that is left
    adjustment_cost: float = 90.0  # gamma
    price_when_none_sell: float = 1.0  # a
    price_slope: float = 1.0  # b
    idiosyncratic_volatility: float = 0.005  # sigma

    state_names = ("capital",)
    policy_state_names = ()  # all invest alike: a unit is worth the same to each
    action_name = "investment"

    def payoff(self, agent, state, action):
        price = self.price_when_none_sell - self.price_slope * tf.reduce_mean(state[..., 0], -1, keepdims=True)
        return price * agent[..., 0] - self.adjustment_cost * tf.square(action) / 2

    def transition(self, state, action, shocks):
        left = 1 - self.depreciation + self.storms * shocks.aggregate[..., None]
        noise = self.idiosyncratic_volatility * shocks.idiosyncratic[..., 0]
        return (left * state[..., 0] + action + noise)[..., None]

    def worth(self):
        """P(m) = c0 + c1 m, what a unit of capital is worth, and u(m) = g0 + g1 m: (c0, c1, g0, g1)."""
        beta, keep, gamma = self.discount_factor, 1 - self.depreciation, self.adjustment_cost

        def excess(slope):
            lasting = keep**2 / (1 - beta * slope / gamma) + self.storms**2
            return -self.price_slope + beta * slope * lasting - slope

        lowest = -self.price_slope / (1 - beta * (keep**2 + self.storms**2))
        c1 = scipy.optimize.brentq(excess, lowest, -self.price_slope, xtol=1e-14)
        share = beta / gamma / (1 - beta * c1 / gamma)
        c0 = self.price_when_none_sell / (1 - beta * keep / (1 - beta * c1 / gamma))
        return c0, c1, share * c0, share * c1 * keep

    def closed_form(self):
        *_, g0, g1 = self.worth()
        return lambda agent, industry: g0 + g1 * tf.reduce_mean(industry[..., 0], -1, keepdims=True)

    def closed_form_value(self):
        c0, c1, g0, g1 = self.worth()
        gamma, drawn = self.adjustment_cost, self.idiosyncratic_volatility**2 / self.num_agents
        gain = (gamma * g0**2 / 2 + self.discount_factor * c1 * drawn, gamma * g0 * g1, gamma * g1**2 / 2)
        law = (g0, 1 - self.depreciation + g1)
        w0, w1, w2 = quadratic_sum(self.discount_factor, gain, law, (drawn, self.storms**2))

        def value(agent, industry):
            mean = tf.reduce_mean(industry[..., 0], -1, keepdims=True)
            return (c0 + c1 * mean) * agent[..., 0] + w0 + mean * (w1 + w2 * mean)

        return value
