"""The value of firms with branches: a fixed point of the equation written out, from any start, in both precisions."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.grid_value import BranchingGrid
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.models.bloom import Bloom
from tests.methods.krusell_smith.branching.test_grid_choice import all_pairs

MODEL = Bloom(num_capital=14, depreciation=0.16, num_labor=11, separation=0.26, num_aggregate=3, num_idiosyncratic=3)
STATES = MODEL.aggregate_chain.num_states
PRODUCTIVITY = MODEL.aggregate_chain.values
# Rules that differ by all three parts of the state, the lagged regime included.
SHIFTS = 0.01 * np.arange(STATES)
RULES = LogLinearRules(
    np.stack([0.3 + SHIFTS, np.full(STATES, 0.83)], -1), np.stack([1.0 - 2 * SHIFTS, np.full(STATES, -0.4)], -1)
)


def solve(dtype, tolerance, sweeps=60):
    grid = BranchingGrid(MODEL, RULES, 3, dtype)
    found = grid.iterate(tf.constant(sweeps), tf.constant(20), tf.constant(tolerance, dtype))
    return grid, *(part.numpy() for part in found)


@pytest.fixture(scope="module")
def solved():
    return solve(tf.float64, 1e-11)


def successors(state):
    """Yields the probability of each successor of (z, s, s_-1), and its index: z' drawn with s, s' after s, lag s."""
    productivity, regime, _ = np.unravel_index(state, (3, 2, 2))
    for following in range(3):
        for then in range(2):
            drawn = MODEL.productivity_chain.transitions[regime, productivity, following]
            yield (
                drawn * MODEL.regimes.transition[regime, then],
                np.ravel_multi_index((following, then, regime), (3, 2, 2)),
            )


def carried_by_hand(grid, state, knot):
    """beta E V' at one knot of mean capital, tomorrow's interpolated, summed over all successors."""
    values, knots = grid.values.numpy(), grid.knots.knots
    following, price = RULES(tf.constant([state]), tf.constant([knots[knot]]))
    inside = np.clip(float(following[0]), knots[0], knots[-1])
    low = min(int((inside - knots[0]) / (knots[1] - knots[0])), len(knots) - 2)
    share = (inside - knots[low]) / (knots[1] - knots[0])
    regime = np.unravel_index(state, (3, 2, 2))[1]
    total = np.zeros(values.shape[2:])
    for chance, then in successors(state):
        tomorrow = (1 - share) * values[then, low] + share * values[then, low + 1]
        for own in range(3):
            for next_own in range(3):
                drawn = MODEL.idiosyncratic_chain.transitions[regime, own, next_own]
                total[own] += chance * drawn * tomorrow[next_own]
    return MODEL.discount_factor * total, float(price[0])


def test_the_bellman_residual_is_below_the_tolerance(solved):
    _, residual, improvements = solved
    assert residual <= 1e-11
    assert 2 <= improvements < 60


@pytest.mark.parametrize(("state", "knot"), [(0, 0), (5, 1), (6, 2), (11, 1)])
def test_the_value_satisfies_the_equation_written_out(solved, state, knot):
    grid = solved[0]
    carried, price = carried_by_hand(grid, state, knot)
    expected, branch, *_ = all_pairs(MODEL, carried, PRODUCTIVITY[state], price)
    np.testing.assert_allclose(grid.values[state, knot], expected, rtol=0, atol=1e-8)
    assert len(np.unique(branch)) >= 3


def test_values_rise_with_what_a_firm_has_and_depend_on_the_lagged_regime(solved):
    values = solved[0].values.numpy()
    assert (np.diff(values, axis=-2) > 0).all()
    assert (np.diff(values, axis=2) > 0).all()
    assert (np.abs(values[0] - values[1]) > 1e-6).all()


def test_a_solved_value_is_left_as_it_is_and_a_start_elsewhere_leads_to_it(solved):
    grid, solution = solved[0], solved[0].values.numpy()
    limits = tf.constant(60), tf.constant(20), tf.constant(1e-11, tf.float64)
    assert grid.iterate(*limits)[1].numpy() == 0
    np.testing.assert_array_equal(grid.values, solution)
    grid.values.assign(solution + np.random.default_rng(0).normal(0, 3, solution.shape))
    assert grid.iterate(*limits)[1].numpy() > 0
    np.testing.assert_allclose(grid.values, solution, rtol=0, atol=1e-7)
    grid.values.assign(solution)


def test_new_rules_are_seen_without_a_new_graph(solved):
    grid, solution = solved[0], solved[0].values.numpy()
    before = RULES.coefficients.numpy()
    RULES.coefficients.assign(before + np.array([[[0.0, 0.0]], [[0.05, 0.0]]]))
    residual, _ = grid.iterate(tf.constant(0), tf.constant(0), tf.constant(0.0, tf.float64))
    RULES.coefficients.assign(before)
    assert residual > 1e-4
    np.testing.assert_array_equal(grid.values, solution)


def test_single_precision_is_close(solved):
    grid, residual, improvements = solve(tf.float32, 1e-6)
    assert grid.values.dtype == tf.float32
    assert residual <= 1e-6
    assert improvements < 60
    np.testing.assert_allclose(grid.values, solved[0].values, rtol=0, atol=1e-4 * np.ptp(solved[0].values))
