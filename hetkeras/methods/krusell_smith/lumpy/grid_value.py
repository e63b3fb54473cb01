"""Value functions of price-taking firms on grids: cubic splines in capital, linear in mean capital."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.contracts.firms_at_prices import FirmsAtPrices
from hetkeras.contracts.price_taking_firms import PriceTakingFirms
from hetkeras.methods.krusell_smith.mean_capital_knots import MeanCapitalKnots
from hetkeras.methods.krusell_smith.policy_iteration import policy_iteration
from hetkeras.methods.krusell_smith.rules.base import ForecastRules
from hetkeras.numerics.natural_spline import NaturalSpline


class GridValue(tf.Module):
    """V [A, E, K, n] at knots of mean capital K and of a firm's capital n, and the Bellman operator on it.

    The expectation over all shocks is taken first, so that each (z, eps, K) leaves one spline to maximise; the best
    target does not depend on the firm's own capital, and the maximum of a cubic spline is found in closed form.

    Args:
      model: the economics.
      rules: what firms expect.
      num_capital: knots of the spline, even in logs.
      num_mean_capital: knots of mean capital, even in levels.
    """

    def __init__(self, model: PriceTakingFirms, rules: ForecastRules, num_capital: int, num_mean_capital: int) -> None:
        super().__init__()
        self.model, self.rules = model, rules
        self.spline = NaturalSpline(np.geomspace(*model.capital_bounds, num_capital))
        self._knots = MeanCapitalKnots(model.mean_capital_bounds, num_mean_capital)
        self.mean_capital = self._knots.knots
        shape = (model.aggregate_chain.num_states, model.idiosyncratic_chain.num_states, num_mean_capital, num_capital)
        self.values = tf.Variable(tf.zeros(shape, tf.float64), trainable=False)
        self.targets = tf.Variable(tf.zeros(shape[:3], tf.float64), trainable=False)
        self._staying = self.spline.basis(model.unadjusted_capital(tf.constant(self.spline.knots)))  # [n, n]

    def interpolation(self, mean_capital: tf.Tensor) -> tf.Tensor:
        """Weights of the knots of mean capital, [..., K]; beyond the knots the ends count."""
        return self._knots.weights(mean_capital)

    def expected(self, values: tf.Tensor) -> tf.Tensor:
        """E V' given today's shocks, at every knot of tomorrow's mean capital: [A, E, K, n]."""
        chances = self.model.aggregate_chain.transition, self.model.idiosyncratic_chain.transition
        return tf.einsum("ab,ef,bfjk->aejk", *map(tf.constant, chances), values)

    def environment(self) -> tuple[FirmsAtPrices, tf.Tensor]:
        """What is expected at the knots: firms at prices [A, 1, K, 1], and weights of tomorrow's knots [A, K, K]."""
        weights, *prices = self._knots.expectations(self.rules, self.model.aggregate_chain.num_states)
        return self.model.at(*(price[:, None, :, None] for price in prices)), weights

    def bellman(self, values: tf.Tensor, targets: tf.Tensor, firms: FirmsAtPrices, weights: tf.Tensor) -> tf.Tensor:
        """Value of aiming at the targets [A, E, K] for one period: [A, E, K, n]."""
        carried, price = self.carried(values, weights), firms.price
        aimed = self.spline.evaluate(carried, targets[..., None]) - price * targets[..., None]
        stay = self.model.unadjusted_capital(tf.constant(self.spline.knots))
        gain = aimed - (tf.einsum("aeik,nk->aein", carried, self._staying) - price * stay)
        return self._payoff(firms) + aimed - firms.expected_friction_loss(gain)

    def carried(self, values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """beta E V' on the spline of each (z, eps, K), tomorrow's mean capital as expected: [A, E, K, n]."""
        return self.model.discount_factor * tf.einsum("aij,aejk->aeik", weights, self.expected(values))

    def improve(self, values: tf.Tensor, price: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """The best targets, [A, E, K]."""
        return self.spline.maximize(self.carried(values, weights), price[..., 0])

    def value(self, aggregate: tf.Tensor, mean_capital: tf.Tensor, capital: tf.Tensor) -> tf.Tensor:
        """V of firms with capital [B, P] at indices and mean capital [B]: [B, E, P]."""
        weights, basis = self.interpolation(mean_capital), self.spline.basis(capital)
        return tf.einsum("bejk,bj,bpk->bep", tf.gather(self.values.value(), aggregate), weights, basis)

    def _payoff(self, firms: FirmsAtPrices) -> tf.Tensor:
        aggregate = tf.constant(self.model.aggregate_chain.values)[:, None, None, None]
        idiosyncratic = tf.constant(self.model.idiosyncratic_chain.values)[None, :, None, None]
        return firms.payoff(idiosyncratic, tf.constant(self.spline.knots), aggregate)

    @compiled
    def iterate(self, sweeps: tf.Tensor, evaluations: tf.Tensor, tolerance: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Policy iteration from the present values, see there.

        Returns:
          The largest residual relative to the range of V, and the number of improvements taken.
        """
        firms, weights = self.environment()

        def improve(values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            targets = self.improve(values, firms.price, weights)
            return targets, self.bellman(values, targets, firms, weights)

        found = policy_iteration(
            self.values.value(),
            improve,
            lambda values, targets: self.bellman(values, targets, firms, weights),
            self.model.discount_factor,
            *(sweeps, evaluations, tolerance),
        )
        self.values.assign(found.values)
        self.targets.assign(found.policy)
        return found.residual, found.improvements
