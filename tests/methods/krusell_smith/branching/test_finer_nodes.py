"""Simulation on finer nodes than those of the value function: the same choices where nodes coincide or are exact."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import FirmChoice, FirmState
from hetkeras.methods.krusell_smith.branching.errors_at_nodes import economies_at, node_values
from hetkeras.methods.krusell_smith.branching.grid_policy import BranchingGridPolicy
from hetkeras.methods.krusell_smith.branching.grid_value import BranchingGrid
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from tests.small_branches import MODEL, first_rules, solved

ECONOMY = tf.constant([4], tf.int32), tf.constant([1.5], tf.float64)
FINE = JointHistogram.of(MODEL, (2, 3))


@pytest.fixture(scope="module")
def fine():
    policy = BranchingGridPolicy(solved().grid, FINE)
    policy.tabulate()
    return policy


def test_values_between_nodes_are_linear_and_at_nodes_the_same(fine):
    coarse = solved().policy
    np.testing.assert_allclose(fine.values(*ECONOMY)[..., ::2, ::3], coarse.values(*ECONOMY), rtol=1e-12)
    np.testing.assert_allclose(fine.continuation(*ECONOMY)[..., ::2, ::3], coarse.continuation(*ECONOMY), rtol=1e-12)
    capital, labor = FINE.capital, FINE.labor
    share = (capital[1] - capital[0]) / (capital[2] - capital[0])
    found = fine.values(*ECONOMY).numpy()[0]
    expected = (1 - share) * found[:, 0] + share * found[:, 2]
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-12)
    assert labor[3] == pytest.approx(MODEL.labor_nodes[1], rel=1e-14)


def test_more_to_choose_from_is_never_worse(fine):
    coarse = solved().policy
    price = coarse.forecast(*ECONOMY)[1]
    worth = []
    for policy in (coarse, fine):
        choice = policy.choose(policy.outlook(*ECONOMY), price)
        step = 1 if policy is coarse else 2, 1 if policy is coarse else 3
        capital, labor = (np.asarray(x)[..., :: step[0], :: step[1]] for x in choice[:2])
        carried = fine.continuation(*ECONOMY).numpy()[0]
        rows, columns = (
            np.searchsorted(nodes * (1 - 1e-9), levels) - 1
            for nodes, levels in ((FINE.capital, capital), (FINE.labor, labor))
        )
        own = np.arange(3)[:, None, None]
        level = tf.constant(MODEL.aggregate_chain.values[4], tf.float64)
        firm = [MODEL.idiosyncratic_chain.values[:, None, None], MODEL.capital_nodes[:, None], MODEL.labor_nodes]
        digits = (np.asarray(x)[..., :: step[0], :: step[1]] for x in choice[2:])
        payoff = MODEL.payoff(
            FirmState(*map(tf.constant, firm)), FirmChoice(*map(tf.constant, (capital, labor, *digits))), level, price
        )
        worth.append(payoff.numpy()[0] + carried[own, rows[0], columns[0]])
    assert (worth[1] - worth[0]).min() > -1e-9
    assert (worth[1] - worth[0]).max() > 1e-4


def test_networks_speak_of_any_nodes():
    coarse, on_fine = (BranchNetworks(MODEL, first_rules(), (6,), (5,), histogram=h) for h in (None, FINE))
    for mine, other in zip(on_fine.weights, coarse.weights, strict=True):
        mine.assign(other)
    price = coarse.forecast(*ECONOMY)[1]
    found, expected = (policy.choose(policy.outlook(*ECONOMY), price) for policy in (on_fine, coarse))
    assert found.labor.shape == (1, 3, *FINE.shape)
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine[..., ::2, ::3], other, rtol=1e-6)


def test_firms_that_choose_among_finer_nodes_are_worth_no_less():
    values = []
    for histogram in (JointHistogram.of(MODEL), FINE):
        grid = BranchingGrid(MODEL, first_rules(), 3, histogram=histogram)
        iterate = tf.function(grid.iterate.python_function, autograph=False)  # XLA takes longer to compile
        residual, _ = iterate(tf.constant(100), tf.constant(30), tf.constant(1e-10, tf.float64))
        assert residual < 1e-10
        values.append(grid.values.numpy())
    gain = values[1][..., ::2, ::3] - values[0]
    assert gain.min() > -1e-8  # nodes of the coarse grid lead to each other on the fine one
    assert gain.max() > 1e-3
    policy = BranchingGridPolicy(grid)
    assert policy.histogram is FINE


def test_exact_choices_on_finer_nodes_are_judged_on_these_nodes(fine):
    at = economies_at(4, np.array([0.9, 1.2]))
    found = node_values(MODEL, fine, fine)(*at, tf.constant(1.0, tf.float64))
    assert found.best.shape == (2, 3, *FINE.shape)
    np.testing.assert_allclose(found.reached, found.best, rtol=1e-9)
    np.testing.assert_array_equal(found.choice.labor, found.best_choice.labor)
