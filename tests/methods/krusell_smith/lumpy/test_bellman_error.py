"""Bellman gaps of planted value functions: constants, slopes, targets off the maximum."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.lumpy.bellman_error import bellman_errors
from hetkeras.methods.krusell_smith.lumpy.grid_policy import GridPolicy
from tests.methods.krusell_smith.lumpy.solved_grid import solved_grid
from tests.small_firms import MODEL, in_graphs

BETA = MODEL.discount_factor


@pytest.fixture(scope="module")
def grid():
    return solved_grid()


class Scaled(GridPolicy):
    """Targets that are a factor off."""

    def __init__(self, grid, factor):
        super().__init__(grid)
        self.factor = tf.Variable(factor, dtype=tf.float64, trainable=False)

    def target(self, outlook, price):
        return self.factor * super().target(outlook, price)


@pytest.fixture(scope="module")
def policy(grid):
    return in_graphs(GridPolicy(grid))


@pytest.fixture(scope="module")
def scaled(grid):
    """Returns the policy whose targets are a factor off; traced once."""
    policy = in_graphs(Scaled(grid, 1.0))

    def by(factor):
        policy.factor.assign(factor)
        return policy

    return by


@pytest.fixture(scope="module")
def value(grid):
    return tf.function(grid.value)


@pytest.fixture(scope="module")
def right(policy, value):
    return bellman_errors(MODEL, policy, value)


def test_the_solution_on_its_own_knots_has_no_gap_and_only_little_elsewhere(right):
    for name in ("bellman_error_mean", "bellman_error_max", "bellman_error_demeaned"):
        assert right[name] < 1e-10, name
    assert 1e-7 < right["bellman_error_off_grid"] < 1e-3


def test_the_solution_aims_at_the_best_of_a_fine_grid(right):
    assert right["target_gap"] < np.log(80) / 1999
    assert right["choice_regret"] < 1e-6


@pytest.mark.parametrize("constant", [3.0, -0.5])
def test_a_constant_in_the_value_is_harmless_but_seen(grid, policy, value, constant):
    """V + c gives T(V + c) - (V + c) = -(1 - beta) c everywhere."""
    found = bellman_errors(MODEL, policy, lambda *state: value(*state) + constant)
    gap = (1 - BETA) * abs(constant)
    assert found["bellman_error_level_mean"] == pytest.approx(gap, rel=1e-7)
    assert found["bellman_error_level_max"] == pytest.approx(gap, rel=1e-7)
    assert found["bellman_error_demeaned"] < 1e-10
    assert found["bellman_error_mean"] == pytest.approx(gap / scale(grid), rel=1e-7)


def scale(grid):
    """Range of V over the points, which are the knots."""
    return np.ptp(grid.values.numpy())


def test_a_wrong_slope_in_the_value_is_seen_without_its_mean(policy, value):
    def tilted(aggregate, mean_capital, capital):
        return value(aggregate, mean_capital, capital) + 0.02 * capital[:, None]

    found = bellman_errors(MODEL, policy, tilted)
    assert found["bellman_error_demeaned"] > 5e-4
    assert found["bellman_error_off_grid"] > 5e-4


def test_a_value_that_is_wrong_by_its_aggregate_state_alone_is_seen(grid, policy, value):
    def shifted(aggregate, mean_capital, capital):
        shift = tf.gather(tf.constant([-0.4, -0.2, 0.0, 0.2, 0.4], tf.float64), aggregate)
        return value(aggregate, mean_capital, capital) + shift[:, None, None]

    found = bellman_errors(MODEL, policy, shifted)
    shift = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])
    gaps = BETA * MODEL.aggregate_chain.transition @ shift - shift
    assert found["bellman_error_level_mean"] == pytest.approx(np.abs(gaps).mean(), rel=1e-6)
    assert found["bellman_error_level_max"] == pytest.approx(np.abs(gaps).max(), rel=1e-6)
    assert found["bellman_error_demeaned"] == pytest.approx(np.abs(gaps - gaps.mean()).mean() / scale(grid), rel=1e-2)


@pytest.mark.parametrize("factor", [1.05, 0.95])
def test_targets_off_the_maximum_cost_value_and_show_their_distance(scaled, value, right, factor):
    found = bellman_errors(MODEL, scaled(factor), value)
    assert found["target_gap"] == pytest.approx(abs(np.log(factor)), rel=0.02)
    assert found["choice_regret"] > 1e-2
    assert found["bellman_error_demeaned"] > 100 * right["bellman_error_demeaned"]


def test_regret_grows_with_the_square_of_the_distance(scaled, value):
    near, far = (bellman_errors(MODEL, scaled(by), value)["choice_regret"] for by in (1.03, 1.06))
    assert far / near == pytest.approx(4, rel=0.15)


def test_regret_is_the_value_lost_in_mean_adjustment_costs(policy, scaled, value):
    """By hand at one state, with the continuation of the grid."""
    wrong = scaled(1.05)
    expected = []
    for state in range(5):
        mean_capital = tf.constant(np.linspace(*MODEL.mean_capital_bounds, 8)[1:-1])
        index = tf.fill((6,), state)
        outlook, price = policy.outlook(index, mean_capital), policy.forecast(index, mean_capital)[1]
        for factor in (0.99, 1.0, 1.01):
            best, chosen = (each.target(outlook, factor * price) for each in (policy, wrong))
            reached = [
                tf.linalg.diag_part(policy.continuation(outlook, target)) - factor * price[:, None] * target
                for target in (best, chosen)
            ]
            expected.append((reached[0] - reached[1]).numpy() / (2.4 * 0.0083 / 2))
    found = bellman_errors(MODEL, wrong, value)["choice_regret"]
    assert found == pytest.approx(np.mean(expected), rel=1e-3)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_value_that_is_not_finite_does_not_look_right(policy, value):
    def broken(aggregate, mean_capital, capital):
        sound = value(aggregate, mean_capital, capital)
        return tf.where(capital[:, None] > 7.9, np.inf, sound)

    assert not np.isfinite(bellman_errors(MODEL, policy, broken)["bellman_error_demeaned"])
