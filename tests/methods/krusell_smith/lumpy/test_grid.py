"""The classical method: Terry's (2017) economy to the digit, a Bellman equation that holds, choices that are best."""

import csv
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.interpolate
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.aggregate_paths import aggregate_path
from hetkeras.methods.krusell_smith.business_cycle import business_cycle_moments
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_policy import GridPolicy
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.interpolated_policy import InterpolatedPolicy
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from tests.small_firms import MODEL, terry_rules

REFERENCE = Path(__file__).parents[5] / "shared" / "reference" / "kt_reference_series.csv"
PATH = aggregate_path(MODEL)
USED = slice(500, 2499)  # his periods 501 to 2499
TOLERANCE = 1e-10


def make_solver(rules, fixed=False, **settings):
    histogram = Histogram(*MODEL.capital_bounds, 50)
    return GridKrusellSmith(MODEL, rules, GridSettings(**settings), PATH, 500, histogram, fixed)


@pytest.fixture(scope="module")
def solved():
    """One round at his rules, which stay."""
    solver = make_solver(terry_rules(damping=0.5, memory=0), fixed=True, bellman_tolerance=TOLERANCE)
    finite, metrics = solver.train(tf.constant(1))
    return SimpleNamespace(
        solver=solver, grid=solver.grid, finite=bool(finite), residual=float(metrics["loss"]), shown=solver.refresh()
    )


@pytest.fixture(scope="module")
def after(solved):
    return {name: values[USED] for name, values in solved.solver.round.series.items()}


@pytest.fixture(scope="module")
def reference():
    if not REFERENCE.exists():
        pytest.skip(f"{REFERENCE} is not here")
    with REFERENCE.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


# --- Terry's economy -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "column", "limit"),
    [("mean_capital", "K", 3e-5), ("price", "p", 1e-5), ("output", "Y", 1e-4), ("labor", "N", 1e-4)],
)
def test_aggregates_at_his_rules_are_his_period_by_period(after, reference, name, column, limit):
    assert (reference["a_index"][USED] - 1 == PATH[USED]).all()
    assert np.abs(np.log(after[name] / reference[column][USED])).mean() < limit


def test_investment_at_his_rules_is_his_period_by_period(after, reference):
    assert np.abs(np.log(after["investment"] / reference["I"][USED])).mean() < 1e-3


def test_forecasts_made_in_the_simulation_are_his(after, reference):
    np.testing.assert_allclose(after["forecast_price"], reference["p_static_fcst"][USED], rtol=1e-4)
    following = reference["K_static_fcst"][501:]  # he files the forecast of t + 1 under t + 1
    np.testing.assert_allclose(after["forecast_mean_capital_next"][:-1], following, rtol=3e-4)


def test_business_cycle_moments_are_the_published_ones(after):
    found = business_cycle_moments(after)
    sizes = {"output": 2.6299, "investment": 10.3433, "labor": 1.7981, "consumption": 1.0163}
    for name, size in sizes.items():
        assert found[f"sd_{name}"] == pytest.approx(size, rel=2e-3)
    for name, correlation in {"investment": 0.9765, "labor": 0.9645, "consumption": 0.8850}.items():
        assert found[f"correlation_{name}"] == pytest.approx(correlation, abs=5e-4)


def test_investment_rates_of_firms_are_the_published_ones(after):
    published = {
        "rate_mean": 0.0949,
        "rate_sd": 0.2598,
        "inaction": 0.7692,
        "spikes_up": 0.1725,
        "spikes_down": 0.0280,
    }
    for name, value in published.items():
        assert after[name].mean() == pytest.approx(value, rel=5e-3), name


def test_markets_clear_and_mean_capital_follows_investment(solved, after):
    assert (solved.solver.round.series["cleared"] == 1).all()
    assert np.abs(after["excess_demand"]).max() < 1e-8
    kept = (1 - MODEL.depreciation) * after["mean_capital"] + after["investment"]
    np.testing.assert_allclose(after["mean_capital"][1:], kept[:-1], rtol=1e-9)


def test_fixed_rules_stay_and_the_round_is_counted(solved):
    np.testing.assert_array_equal(solved.solver.rules.coefficients, terry_rules().coefficients)
    assert int(solved.solver.round.count) == 1
    assert not solved.solver.finished
    assert solved.shown["economics/mean_capital"] == pytest.approx(1.5347, rel=1e-3)
    assert solved.shown["economics/price"] == pytest.approx(2.2403, rel=1e-3)
    assert solved.shown["economics/price_surprise_max"] == pytest.approx(0.0019 / 2.24, rel=0.1)


@pytest.fixture
def at_first_rules(solved):
    """The same solver as it is made for his first rules, which move; it is put back afterwards."""
    solver = solved.solver
    state = [solver.grid.values, solver.grid.targets, *solver.rules.variables, solver.step]
    values, parts = [variable.numpy() for variable in state], (solver.round, solver.chosen)
    solver.grid.values.assign(tf.zeros_like(solver.grid.values))
    solver.rules.coefficients.assign(terry_rules("terry_2017_first_rules.csv").coefficients)
    solver.round = OuterLoop(solver.round.simulator, solver.rules, PATH, 500, fixed=False)
    solver.chosen = GridSettings()
    yield solver
    solver.round, solver.chosen = parts
    for variable, value in zip(state, values, strict=True):
        variable.assign(value)


def test_his_protocol_ends_at_his_rules_after_five_rounds(at_first_rules):
    solver, distances = at_first_rules, []
    for _ in range(5):
        finite, _ = solver.train(tf.constant(1))
        assert finite
        distances.append(solver.refresh()["economics/rules_distance"])
    np.testing.assert_allclose(solver.rules.coefficients, terry_rules().coefficients, rtol=0, atol=1e-4)
    assert (np.diff(distances) < 0).all()
    assert not solver.finished


# --- the Bellman equation ------------------------------------------------------------------------------------
def test_the_bellman_residual_is_below_the_tolerance(solved):
    assert solved.finite
    assert solved.residual <= TOLERANCE
    grid = solved.grid
    firms, weights = grid.environment()
    values = grid.values.numpy()
    again = grid.bellman(grid.values.value(), grid.targets.value(), firms, weights).numpy()
    assert np.abs(again - values).max() <= 1.01 * TOLERANCE * np.ptp(values)


def test_the_value_satisfies_the_equation_written_out_for_single_firms(solved):
    """R(k') = -p k' + beta E V(k'), every shock of tomorrow in turn, splines by scipy."""
    grid, chains = solved.grid, (MODEL.aggregate_chain, MODEL.idiosyncratic_chain)
    values, scale = grid.values.numpy(), np.ptp(grid.values.numpy())
    spline = scipy.interpolate.CubicSpline(grid.spline.knots, values, axis=-1, bc_type="natural")
    for a, e, j, n in ((0, 0, 0, 0), (2, 3, 5, 4), (4, 4, 9, 9), (1, 2, 7, 6)):
        mean_capital = grid.mean_capital[j]
        following, price = (float(x[0]) for x in grid.rules(np.array([a]), tf.constant([mean_capital], tf.float64)))

        def reached(capital, a=a, e=e, following=following, price=price):
            total, tomorrow = 0.0, spline(capital)
            for b, f in np.ndindex(5, 5):
                chance = chains[0].transition[a, b] * chains[1].transition[e, f]
                total += chance * np.interp(following, grid.mean_capital, tomorrow[b, f])
            return MODEL.discount_factor * total - price * capital

        fine = np.geomspace(*MODEL.capital_bounds, 400)
        best = max(reached(capital) for capital in [*fine, float(grid.targets[a, e, j])])
        gain = best - reached(max((1 - MODEL.depreciation) * grid.spline.knots[n], 0.1))
        friction = MODEL.leisure_weight * min(gain / MODEL.leisure_weight, MODEL.largest_cost)
        friction -= (friction / MODEL.leisure_weight) ** 2 * MODEL.leisure_weight / (2 * MODEL.largest_cost)
        firm = (chains[1].values[e], grid.spline.knots[n], chains[0].values[a], price)
        payoff = float(MODEL.payoff(*(tf.constant(x, tf.float64) for x in firm)))
        assert payoff + best - friction == pytest.approx(values[a, e, j, n], abs=1e-9 * scale)


def test_targets_are_the_best_of_the_spline_by_brute_force(solved):
    grid = solved.grid
    firms, weights = grid.environment()
    carried = grid.carried(grid.values.value(), weights).numpy()
    fine = np.geomspace(*MODEL.capital_bounds, 100_001)
    reached = scipy.interpolate.CubicSpline(grid.spline.knots, carried, axis=-1, bc_type="natural")(fine)
    best = fine[(reached - firms.price.numpy() * fine).argmax(-1)]
    np.testing.assert_allclose(grid.targets, best, rtol=2 * np.log(fine[1] / fine[0]))


def test_policies_aim_where_the_solution_does_at_the_expected_price(solved):
    grid, policy = solved.grid, GridPolicy(solved.grid)
    for a in range(5):
        index, mean_capital = tf.fill((10,), a), tf.constant(grid.mean_capital)
        outlook = policy.outlook(index, mean_capital)
        targets = policy.target(outlook, policy.forecast(index, mean_capital)[1])
        np.testing.assert_allclose(targets, tf.transpose(grid.targets[a]), rtol=1e-9)


def test_values_between_the_knots_of_mean_capital_are_linear_and_end_at_the_knots(solved):
    grid = solved.grid
    capital = tf.constant([[0.3, 1.1, 6.0]] * 4, tf.float64)
    index = tf.fill((4,), 2)
    low, high = grid.mean_capital[3:5]
    at = tf.constant([low, high, (low + 3 * high) / 4, 9.0], tf.float64)
    found = grid.value(index, at, capital).numpy()
    np.testing.assert_allclose(found[2], 0.25 * found[0] + 0.75 * found[1], rtol=1e-13)
    last = grid.value(index[:1], tf.constant([2.0], tf.float64), capital[:1]).numpy()
    np.testing.assert_allclose(found[3], last[0], rtol=1e-14)


def test_tabulated_targets_are_close_to_direct_maximisation(solved):
    grid = solved.grid
    direct, table = GridPolicy(grid), InterpolatedPolicy(grid)
    table.tabulate()
    draws = np.random.default_rng(0)
    index = tf.constant(draws.integers(0, 5, 300), tf.int32)
    mean_capital = tf.constant(draws.uniform(1.3, 1.95, 300))
    expected = direct.forecast(index, mean_capital)[1]
    outlook = direct.outlook(index, mean_capital)
    price = expected * (1 + 0.01 * draws.uniform(-1, 1, 300))
    best, found = direct.target(outlook, price), table.target(outlook, price)
    assert np.abs(np.log(found / best)).mean() < 3e-3
    reached = [
        tf.linalg.diag_part(direct.continuation(outlook, target)) - price[:, None] * target for target in (best, found)
    ]
    regret = (reached[0] - reached[1]).numpy() / MODEL.max_friction_loss
    assert regret.min() > -1e-9
    assert regret.mean() < 2e-4
    assert regret.max() < 1e-2
    knots = tf.constant(draws.choice(grid.mean_capital, 300))
    outlook, price = direct.outlook(index, knots), direct.forecast(index, knots)[1] * draws.uniform(0.997, 1.003, 300)
    finer = InterpolatedPolicy(grid, num_prices=161)
    finer.tabulate()
    coarse, fine = (
        np.abs(np.log(each.target(outlook, price) / direct.target(outlook, price))).mean() for each in (table, finer)
    )
    assert coarse < 1e-3
    assert fine < coarse / 8  # between prices the error is of second order
    edge, beyond = (table.target(outlook, by * direct.forecast(index, knots)[1]) for by in (1.05, 1.2))
    np.testing.assert_allclose(edge, beyond, rtol=1e-12)


def test_tabulated_targets_at_nodes_are_those_of_direct_maximisation(solved):
    grid = solved.grid
    direct, table = GridPolicy(grid), InterpolatedPolicy(grid, num_prices=5, width=0.02)
    table.tabulate()
    index, mean_capital = tf.fill((10,), 3), tf.constant(grid.mean_capital)
    outlook, expected = direct.outlook(index, mean_capital), direct.forecast(index, mean_capital)[1]
    for factor in (0.98, 0.99, 1.0, 1.02):
        targets = [policy.target(outlook, factor * expected) for policy in (table, direct)]
        np.testing.assert_allclose(*targets, rtol=1e-9)


# --- what is refused -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("num_capital", 2),
        ("num_mean_capital", 2),
        ("evaluations", 0),
        ("max_improvements", 0),
        ("max_rounds", 0),
        ("bellman_tolerance", 0.0),
        ("tolerance", -1e-5),
        ("interpolated", 2),
        ("tolerance", math.nan),
    ],
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(CalibrationError, match=f"{setting} is "):
        GridSettings(**{setting: value})
