"""Small shocks against the first-order solution of an independent library (`pip install -e '.[oracles]'`)."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import brentq

from hetkeras.methods.krusell_smith.households.aggregate_risk.classical import ClassicalHouseholds, first_rules
from hetkeras.methods.krusell_smith.households.aggregate_risk.measure import shocks
from hetkeras.methods.krusell_smith.households.aggregate_risk.settings import AggregateRiskSettings
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.methods.krusell_smith.households.transition.course import Course
from hetkeras.methods.krusell_smith.households.transition.solve import solve_transition
from hetkeras.models.aiyagari import Aiyagari
from hetkeras.models.krusell_smith import KrusellSmith

pytestmark = pytest.mark.long
pytest.importorskip("sequence_jacobian")
SHOCK, PERIODS = 1e-3, 400
RULES, TRANSITION = 0.005, 0.001  # gaps, of the peak


def test_rules_under_small_shocks_are_the_first_order_solution():
    """Jobs do not depend on times here, so that productivity is all that moves."""
    from tests.linear_households import Household, response

    model = KrusellSmith(
        productivity=(1 - SHOCK, 1 + SHOCK),
        unemployment=(0.07, 0.07),
        spell=(2.0, 2.0),
        turning=(1.0, 1.0),
        smallest_mean_capital=38.2,
        greatest_mean_capital=40.6,
    )
    settings = AggregateRiskSettings(
        num_assets=200, num_mean_capital=4, histogram_nodes=400, histogram_pivot=2.0, tolerance=1e-7, short_periods=6500
    )
    solver = ClassicalHouseholds(model, first_rules(model), settings, shocks(model, None, 6000), 3000)
    while not solver.finished:
        assert int(solver.step) < 40
        solver.train(tf.constant(1))
        solver.refresh()
    rest, slope, moved = _rules_at_rest(solver.rules)
    persistence = 1 - 2 / model.duration
    ours = np.zeros(PERIODS + 1)
    for t in range(PERIODS):
        ours[t + 1] = slope * ours[t] + moved * persistence**t
    chain, labor = model.idiosyncratic_chain, float(model.labor[0])
    income = model.income(tf.constant(chain.values), tf.constant(1.0, tf.float64), tf.constant(labor, tf.float64))
    nodes = asset_nodes(0.0, model.greatest_assets, 600, 2.0)
    shares = chain.transitions[0, 0]
    economy = Household(income.numpy(), shares, nodes, 0.99, 1.0, model.capital_share, model.depreciation, labor)
    capital, exact = response(economy, (39.32, 39.8), persistence ** np.arange(PERIODS))
    assert rest == pytest.approx(capital, rel=5e-4)
    assert rest * ours[1:] / SHOCK == pytest.approx(exact, abs=RULES * exact.max())


def _rules_at_rest(rules):
    """Where capital rests between good and bad times; d ln K' / d ln K there; half the distance of ln K'."""

    def ahead(state, capital):
        return float(tf.math.log(rules(tf.constant([state]), tf.constant([capital], tf.float64))[0][0]))

    rest = brentq(lambda k: ahead(0, k) + ahead(1, k) - 2 * np.log(k), 38.5, 40.4)
    slopes = [(ahead(z, 1.001 * rest) - ahead(z, rest / 1.001)) / (2 * np.log(1.001)) for z in (0, 1)]
    return rest, np.mean(slopes), (ahead(1, rest) - ahead(0, rest)) / 2


def test_a_small_transition_is_the_first_order_solution():
    from tests.linear_households import Household, response

    model = Aiyagari(num_idiosyncratic=5, greatest_assets=100.0)
    settings = StationarySettings(num_assets=600)
    path = 0.9 ** np.arange(PERIODS)
    found = solve_transition(Course(model, {"productivity": 1 + SHOCK * path[:200]}, PERIODS), settings, 0.037)
    assets = found.households.mass.sum(1) @ found.nodes
    chain = model.idiosyncratic_chain
    economy = Household(chain.values, chain.transition, found.nodes, 0.96, 3.0, 0.36, 0.08, 1.0)
    capital, exact = response(economy, (assets[0] * 0.98, assets[0] * 1.02), path)
    assert assets[0] == pytest.approx(capital, rel=1e-5)
    assert (assets[1:] - assets[0]) / SHOCK == pytest.approx(exact, abs=TRANSITION * exact.max())
