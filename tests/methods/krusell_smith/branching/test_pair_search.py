"""The best choice of one firm anywhere, against all alternatives tried one by one."""

import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import FirmState
from hetkeras.methods.krusell_smith.branching.grid_choice import grid_choice
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.pair_search import pair_search
from tests.methods.krusell_smith.branching.test_grid_choice import COSTS, SMALL, carried


@pytest.fixture(scope="module", params=COSTS, ids=COSTS)
def model(request):
    return dataclasses.replace(SMALL, **COSTS[request.param])


@functools.cache
def compiled(model):
    histogram = JointHistogram.of(model)
    return tf.function(lambda *arguments: pair_search(model, histogram, *arguments), autograph=False)


def search(model, values, aggregate, price, own, capital, lagged):
    firm = FirmState(model.idiosyncratic_chain.values[own], capital, lagged)
    arguments = tf.constant(values[own]), *(tf.constant(x, tf.float64) for x in (aggregate, price))
    return compiled(model)(*arguments, FirmState(*map(tf.constant, firm)))


def bilinear(model, table, capital, labor):
    """Values between the nodes, [capital, labor]."""
    along = np.stack([np.interp(capital, model.capital_nodes, column) for column in table.T], -1)
    return np.stack([np.interp(labor, model.labor_nodes, row) for row in along])


def brute_force(model, table, aggregate, price, own, capital, lagged):
    """The best of a fine grid of k' with the nodes in it, times the nodes of n, and of what the firm keeps."""
    kept = max(0.84 * capital, model.capital_nodes[0]), max(0.74 * lagged, model.labor_nodes[0])
    fine = np.sort(np.append(np.geomspace(*model.capital_nodes[[0, -1]], 4001), model.capital_nodes))
    capitals, labors = np.append(kept[0], fine), np.append(kept[1], model.labor_nodes)
    adjusts = np.arange(len(capitals))[:, None] > 0, np.arange(len(labors)) > 0
    output = aggregate * model.idiosyncratic_chain.values[own] * capital**0.25 * labors**0.5
    investment, hiring = capitals[:, None] - 0.84 * capital, labors - 0.74 * lagged
    costs = (model.fixed_capital_cost * adjusts[0] + model.fixed_labor_cost * adjusts[1]) * output
    costs = costs + model.resale_loss * np.maximum(-investment, 0)
    costs = costs + model.hiring_cost * 2 / price * np.abs(hiring)
    total = price * (output - 2 / price * labors - investment - costs) + bilinear(model, table, capitals, labors)
    best = np.unravel_index(total.argmax(), total.shape)
    return total.max(), capitals[best[0]], labors[best[1]]


def test_no_alternative_is_better_for_firms_off_the_nodes(model):
    rng, values = np.random.default_rng(2), carried(model)
    table = values + 0.0
    for _ in range(10):
        own = int(rng.integers(5))
        capital = rng.uniform(0.8, 1.1) * rng.choice(model.capital_nodes)
        lagged = rng.uniform(0.8, 1.1) * rng.choice(model.labor_nodes)
        firm = (rng.uniform(0.95, 1.05), rng.uniform(1.1, 1.7), own, capital, lagged)
        value, choice = search(model, values, *firm)
        best, *levels = brute_force(model, table[own], *firm)
        assert float(value) == pytest.approx(best, rel=1e-12)
        np.testing.assert_allclose([choice.capital_next, choice.labor], levels, rtol=1e-12)
        kept = float(model.kept_capital(tf.constant(capital))), float(model.kept_labor(tf.constant(lagged)))
        digits = choice.adjusts_capital, choice.adjusts_labor
        for level, keep, digit in zip(levels, kept, digits, strict=True):
            assert float(digit) == (level != keep)


def test_firms_at_nodes_choose_as_all_nodes_together_do(model):
    """A node that is what remains up to rounding is no adjustment."""
    values = carried(model)
    table = grid_choice(model, *(tf.constant(each, tf.float64) for each in (values, 1.02, 1.36)))
    for own, h, j in np.random.default_rng(5).integers((5, 14, 11), size=(50, 3)):
        value, choice = search(model, values, 1.02, 1.36, own, model.capital_nodes[h], model.labor_nodes[j])
        assert float(value) == pytest.approx(float(table.value[own, h, j]), rel=1e-13)
        assert int(choice.adjusts_capital + 2 * choice.adjusts_labor) == int(table.branch[own, h, j]), (own, h, j)
        nodes = model.capital_nodes[table.capital_next[own, h, j]], model.labor_nodes[table.labor[own, h, j]]
        np.testing.assert_allclose([choice.capital_next, choice.labor], nodes, rtol=1e-12)
