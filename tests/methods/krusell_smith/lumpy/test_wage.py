"""Two prices: with a finite Frisch elasticity goods and labor clear in every period, whatever firms expect."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.diagnosis import diagnose_firms
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest
from hetkeras.models.khan_thomas import KhanThomas
from tests.growth_model import growth_model
from tests.small_firms import MODEL as FIVE
from tests.small_firms import SquareRootFirms, terry_rules

BARE = {"num_aggregate": 2, "num_idiosyncratic": 3, "discretization": "rouwenhorst"}
ELASTICITY = 0.8
MODEL = KhanThomas(frisch_elasticity=ELASTICITY, leisure_weight=2.4 * 3 ** (1 / ELASTICITY), **BARE)
PATH = np.random.default_rng(2).integers(0, 2, 400)
EXCESS = 1e-6


def make_solver(model, settings, nodes):
    return GridKrusellSmith(model, rules_at_rest(model), settings, PATH, 50, Histogram(*model.capital_bounds, nodes))


def settled(solver):
    while not solver.finished:
        assert int(solver.step) < 15
        solver.train(tf.constant(1))
        solver.refresh()
    return solver


@pytest.fixture(scope="module")
def solved():
    solver = settled(make_solver(MODEL, GridSettings(num_mean_capital=6), nodes=30))
    solver.train(tf.constant(1))  # at the last rules
    return solver


def test_rules_of_both_prices_settle(solved):
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


def test_exported_choices_are_those_of_firms_that_pay_the_wage(solved):
    solution = solved.solution()
    policy, forecast = solution.signatures["policy"], solution.signatures["forecast"]
    assert list(policy.inputs) == ["idiosyncratic", "capital", "aggregate", "mean_capital", "price", "wage"]
    assert list(forecast.outputs) == ["mean_capital_next", "price", "wage"]
    assert solution.units["wage"] == "goods per unit of labor"
    firm = {"idiosyncratic": 1.0, "capital": 1.2, "aggregate": MODEL.aggregate_chain.values[1], "mean_capital": 1.5}
    rows = {name: tf.constant([level] * 2, tf.float32) for name, level in firm.items()}
    expected = forecast.function(aggregate=rows["aggregate"], mean_capital=rows["mean_capital"])
    price, wage = expected["price"], expected["wage"] * [1.0, 1.05]
    found = policy.function(**rows, price=price, wage=wage)
    for place in range(2):
        paying = KhanThomas(leisure_weight=float(price[place] * wage[place]), **BARE)
        level, capital, aggregate = (tf.constant(firm[name], tf.float64) for name in list(firm)[:3])
        output = paying.output(level, capital, aggregate, tf.cast(price[place], tf.float64))
        assert float(found["output"][place]) == pytest.approx(float(output), rel=1e-5)
    assert found["target_capital"][0] == found["target_capital"][1]  # capital costs goods, whatever labor does
    assert found["adjustment_probability"][1] < found["adjustment_probability"][0]  # the cost is labor


def test_a_wage_that_firms_expect_wrongly_is_never_called_converged(solved):
    simulator, policy = solved.round.simulator, solved.policy
    sound, _ = diagnose_firms(simulator, policy, tf.function(solved.grid.value), PATH, 50)
    assert sound.converged
    assert sound.numbers["excess_labor_demand_max"] < EXCESS
    before = solved.rules.coefficients.numpy()
    solved.rules.coefficients[2, :, 0].assign(before[2, :, 0] + 0.004)
    wrong, _ = diagnose_firms(simulator, policy, tf.function(solved.grid.value), PATH, 50)
    solved.rules.coefficients.assign(before)
    failed = {check.name for check in wrong.checks if not check.passed}
    assert {"rules_error", "den_haan_wage_max"} <= failed
    assert "den_haan_price_max" not in failed


class WithWage(SquareRootFirms):
    """They expect the wage at which p w is the weight of leisure."""

    def forecast(self, aggregate, mean_capital):
        following, price = super().forecast(aggregate, mean_capital)
        return following, price, FIVE.leisure_weight / price


def first_period(model, policy, mass):
    simulator = FirmSimulator(model, policy(terry_rules()), Histogram(*model.capital_bounds, 40))
    _, row = simulator.period(tf.constant([3]), tf.constant(mass), *simulator.first_carry(1))
    assert row["cleared"].numpy().all()
    return {name: float(values[0]) for name, values in row.items()}


@pytest.mark.parametrize("elasticity", [0.3, 3.0, 300.0])
def test_prices_are_those_where_labor_is_indivisible_and_costs_as_much(elasticity):
    """Far from what is expected: firms are drawn anywhere."""
    mass = np.random.default_rng(1).dirichlet(np.ones(200)).reshape(1, 5, 40)
    elastic = KhanThomas(frisch_elasticity=elasticity, leisure_weight=2.4 * 3 ** (1 / elasticity))
    found = first_period(elastic, WithWage, mass)
    same = first_period(KhanThomas(leisure_weight=found["price"] * found["wage"]), SquareRootFirms, mass)
    for name in ("price", "labor", "output", "investment", "inaction"):
        assert found[name] == pytest.approx(same[name], rel=1e-6)
    disutility = elastic.leisure_weight * same["labor"] ** (1 / elasticity)
    assert found["price"] * found["wage"] == pytest.approx(disutility, rel=1e-6)


def test_without_costs_of_adjusting_the_economy_is_a_growth_model():
    """Labor that is as elastic as here, at all prices; grids are small."""
    model = KhanThomas(**{**MODEL.as_dict(), "largest_cost": 1e-7})
    exact, settings = growth_model(model), GridSettings(num_capital=40, num_mean_capital=30)
    assert np.abs(exact.errors()).max() < 1e-8
    solver = make_solver(model, settings, nodes=200)
    series = settled(solver).round.series
    expected = exact.path(PATH[50:], series["mean_capital"][50])
    for name, values in expected.items():
        assert np.abs(np.log(series[name][50:] / values)).mean() < 5e-4
