"""Two prices: with a finite Frisch elasticity goods and labor clear in every period, whatever firms expect."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest
from hetkeras.models.khan_thomas import KhanThomas

BARE = {"num_aggregate": 2, "num_idiosyncratic": 3, "discretization": "rouwenhorst"}
ELASTICITY = 0.8
MODEL = KhanThomas(frisch_elasticity=ELASTICITY, leisure_weight=2.4 * 3 ** (1 / ELASTICITY), **BARE)
PATH = np.random.default_rng(2).integers(0, 2, 400)
EXCESS = 1e-6


def make_solver(model):
    nodes = Histogram(*model.capital_bounds, 30)
    return GridKrusellSmith(model, rules_at_rest(model), GridSettings(num_mean_capital=6), PATH, 50, nodes)


@pytest.fixture(scope="module")
def solved():
    solver = make_solver(MODEL)
    while not solver.finished:
        solver.train(tf.constant(1))
        solver.refresh()
    solver.train(tf.constant(1))  # at the last rules
    return solver


def test_rules_of_both_prices_settle(solved):
    assert int(solved.step) < 15
    assert solved.rules.coefficients.shape == (3, 2, 2)
    series = solved.round.series
    for name in ("price", "wage"):
        assert np.abs(np.log(series[name] / series[f"forecast_{name}"]))[50:].max() < 1e-3


def test_both_markets_clear(solved):
    series = solved.round.series
    assert series["cleared"].min() == 1
    assert np.abs(series["excess_demand"] / series["output"]).max() < EXCESS
    assert np.abs(series["excess_labor_demand"]).max() < EXCESS
    assert np.abs(series["resource_gap"]).max() < EXCESS


def test_households_agree_with_both_prices(solved):
    """1 / C = p and phi N^(1 / eta) = p w, of the series alone."""
    series = solved.round.series
    np.testing.assert_allclose(series["price"] * series["consumption"], 1.0, rtol=EXCESS)
    disutility = MODEL.leisure_weight * series["labor"] ** (1 / ELASTICITY)
    np.testing.assert_allclose(series["price"] * series["wage"], disutility, rtol=EXCESS)
    assert np.ptp(np.log(series["price"] * series["wage"])) > 0.01  # labor is not indivisible


def test_the_value_satisfies_the_bellman_equation_of_firms_that_pay_the_wage(solved):
    """At a knot of mean capital, with another weight of leisure in the place of the wage."""
    grid, (a, j) = solved.grid, (1, 3)
    firms, weights = grid.environment()
    price, wage = firms.price[a, 0, j, 0], firms.wage[a, 0, j, 0]
    paying = KhanThomas(leisure_weight=float(price * wage), **BARE)
    carried = grid.carried(grid.values.value(), weights)[a, :, j]  # [E, n]
    fine = tf.constant(np.geomspace(*MODEL.capital_bounds, 20_001))
    best = tf.reduce_max(tf.einsum("ek,pk->ep", carried, grid.spline.basis(fine)) - price * fine, -1, keepdims=True)
    knots = tf.constant(grid.spline.knots)
    stay = paying.unadjusted_capital(knots)
    gain = best - (tf.einsum("ek,pk->ep", carried, grid.spline.basis(stay)) - price * stay)
    states = tf.constant(MODEL.idiosyncratic_chain.values)[:, None]
    payoff = paying.payoff(states, knots, tf.constant(MODEL.aggregate_chain.values[a]), price)
    expected = payoff + best - paying.expected_friction_loss(gain)
    np.testing.assert_allclose(grid.values[a, :, j], expected, rtol=1e-6)


def test_few_evaluations_clear_two_markets(solved):
    """The Jacobian of the period before serves the next."""
    assert solved.round.series["evaluations"][50:].mean() < 6
