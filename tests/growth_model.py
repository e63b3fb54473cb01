"""Khan and Thomas's economy without costs of adjusting: it aggregates to one firm, Y = z B K^alpha N^nu.

A firm whose productivity was eps chooses k' = K' x / X, x = g^(1 / (1 - a)), a = alpha / (1 - nu), g the mean of
eps'^(1 / (1 - nu)) given eps and X the mean of x, so that a unit more earns alpha Y' / K' in all of them. Then
B = X^((1 - a) (1 - nu)). Households want 1 / C = p and work until phi N^(1 / eta) = p nu Y / N. It is solved by
collocation, with NumPy alone.
"""

import functools

import numpy as np
import scipy.optimize
from numpy.polynomial import chebyshev

NODES = 9  # of log K, for each aggregate state


class GrowthModel:
    """K' as polynomials of log K, one for each of A aggregate states, with no error in the Euler equation at nodes."""

    def __init__(self, model):
        self.model, self.chain = model, model.aggregate_chain
        self.scale = self._scale()
        low, high = np.log(model.mean_capital_bounds)
        self.logs = (low + high) / 2 + (high - low) / 2 * chebyshev.chebpts1(NODES)
        self._ends = low, high
        rests = np.log([model.frictionless_steady_state(float(level))[0] for level in self.chain.values])
        start = 0.2 * rests[:, None] + 0.8 * self.logs
        found = scipy.optimize.root(lambda x: self._euler(x.reshape(start.shape)).ravel(), start.ravel(), tol=1e-13)
        assert np.abs(found.fun).max() < 1e-10
        self._policy = self._polynomials(found.x.reshape(start.shape))

    def path(self, states, capital):
        """K, p and w along aggregate states [T] from a first K: name -> [T]."""
        rows = []
        for state in states:
            following = np.exp(self._at(self._policy[state], np.log(capital)))
            rows.append((capital, *self._prices(self.chain.values[state], capital, following)[:2]))
            capital = following
        return dict(zip(("mean_capital", "price", "wage"), np.transpose(rows), strict=True))

    def errors(self, count=200):
        """Errors of the Euler equation between the nodes, [A, count]."""
        logs = np.linspace(*self._ends, count)
        following = np.stack([self._at(line, logs) for line in self._policy])
        return self._euler_at(logs, following, self._policy)

    def _scale(self):
        model, chain = self.model, self.model.idiosyncratic_chain
        share = model.capital_share / (1 - model.labor_share)
        sizes = (chain.transition @ chain.values ** (1 / (1 - model.labor_share))) ** (1 / (1 - share))
        return (chain.stationary() @ sizes) ** ((1 - share) * (1 - model.labor_share))

    def _polynomials(self, values):
        design = chebyshev.chebvander(chebyshev.chebpts1(NODES), NODES - 1)
        return np.linalg.solve(design, values.T).T

    def _at(self, coefficients, logs):
        low, high = self._ends
        return chebyshev.chebval((2 * logs - low - high) / (high - low), coefficients)

    def _prices(self, level, capital, following):
        """p, w and Y where K' is carried over: labor by Newton in logs."""
        model, inverse = self.model, 0.0
        if model.frisch_elasticity is not None:
            inverse = 1 / model.frisch_elasticity
        logs = np.full(np.shape(capital), np.log(1 / 3))
        for _ in range(60):
            output = level * self.scale * capital**model.capital_share * np.exp(model.labor_share * logs)
            consumption = output + (1 - model.depreciation) * capital - following
            gap = np.log(model.leisure_weight * consumption / (model.labor_share * output)) + (1 + inverse) * logs
            slope = 1 + inverse + model.labor_share * (output / consumption - 1)
            logs = logs - gap / slope
        return 1 / consumption, model.labor_share * output / np.exp(logs), output

    def _euler(self, following):
        return self._euler_at(self.logs, following, self._polynomials(following))

    def _euler_at(self, logs, following, policy):
        """log of beta E p' (alpha Y' / K' + 1 - delta) over p, [A, n] from log K [n], log K' [A, n]."""
        model, expected = self.model, np.zeros(following.shape)
        for state, level in enumerate(self.chain.values):
            later = np.exp(self._at(policy[state], following))
            price, _, output = self._prices(level, np.exp(following), later)
            earned = price * (model.capital_share * output / np.exp(following) + 1 - model.depreciation)
            expected += self.chain.transition[:, [state]] * earned
        today = self._prices(self.chain.values[:, None], np.exp(logs), np.exp(following))[0]
        return np.log(model.discount_factor * expected / today)


@functools.cache
def growth_model(model):
    """Solved once for each calibration."""
    return GrowthModel(model)
