"""Firms with elastic labor supply against what they must become: indivisible labor, and a growth model."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.lumpy.measure import HISTOGRAM_NODES
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest
from hetkeras.methods.krusell_smith.rules.network import NetworkRules
from hetkeras.models.khan_thomas import KhanThomas
from tests.growth_model import growth_model

pytestmark = pytest.mark.long
BAR, EXCESS = 5e-4, 1e-6
FREE = 1e-7  # the largest cost of adjusting, as good as none


def solved(model, settings=GridSettings(), nodes=HISTOGRAM_NODES, network=False):
    """Series [T] of the last round, and its path."""
    rules, path = rules_at_rest(model), aggregate_path(model)
    if network:
        rules = NetworkRules(rules, model.mean_capital_bounds)
    histogram = Histogram(*model.capital_bounds, nodes)
    solver = GridKrusellSmith(model, rules, settings, path, BURN_IN, histogram)
    while not solver.finished:
        assert int(solver.step) < solver.num_steps
        solver.train(tf.constant(1))
        solver.refresh()
    return solver.round.series, path


def cleared(series):
    assert np.abs(series["excess_demand"] / series["output"]).max() < EXCESS
    assert np.abs(series.get("excess_labor_demand", 0.0)).max() < EXCESS
    assert np.abs(series["resource_gap"]).max() < EXCESS


def test_very_elastic_labor_is_indivisible():
    (near, _), (limit, _) = solved(KhanThomas(frisch_elasticity=1e4)), solved(KhanThomas())
    cleared(near)
    for name in ("mean_capital", "price"):
        assert np.abs(np.log(near[name] / limit[name]))[BURN_IN:].max() < BAR


@pytest.mark.parametrize(("elasticity", "weight"), [(None, 2.4), (1.0, 7.2)])
def test_free_adjustment_is_a_growth_model(elasticity, weight):
    """Firms forecast with networks, for the model's own rules bend."""
    model = KhanThomas(largest_cost=FREE, frisch_elasticity=elasticity, leisure_weight=weight)
    exact = growth_model(model)
    assert np.abs(exact.errors()).max() < 1e-8
    settings = GridSettings(num_capital=40, num_mean_capital=30, tolerance=1e-5)
    series, path = solved(model, settings, nodes=200, network=True)
    cleared(series)
    expected = exact.path(path[100:], series["mean_capital"][100])
    for name in ("mean_capital", *model.price_names):
        values = expected[name]
        assert np.abs(np.log(series[name][100:] / values))[BURN_IN - 100 :].max() < BAR
