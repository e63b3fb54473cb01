"""The value network of firms with branches: expectations by plain sums, slopes by differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.features import BranchFeatures
from hetkeras.methods.krusell_smith.branching.value_network import BranchValue
from tests.small_branches import MODEL, STATES

RNG = np.random.default_rng(0)
ROWS = 6
AGGREGATE = tf.constant(RNG.integers(0, STATES, ROWS), tf.int32)
MEAN_CAPITAL, CAPITAL, LABOR = (
    tf.constant(RNG.uniform(low, high, ROWS), tf.float32) for low, high in ((0.8, 2.5), (0.5, 4.0), (0.05, 0.6))
)
PRODUCTIVITIES = MODEL.idiosyncratic_chain.num_states


@pytest.fixture(scope="module")
def value():
    keras.utils.set_random_seed(0)
    made = BranchValue(MODEL, (12, 10), 2.0, 3)
    for weight in [*made.fast.weights, *made.slow.weights]:
        weight.assign(RNG.normal(0, 0.5, weight.shape))
    made.level.assign(7.0)
    return made


def spread(values):
    """[B] -> [B, E, 2]: other levels for each productivity and point."""
    return values[:, None, None] * tf.constant([[1.0, 0.9], [1.1, 1.2], [0.8, 1.0]])


def test_the_value_is_the_table_at_the_state_and_what_capital_fetches(value):
    found = value(AGGREGATE, MEAN_CAPITAL, CAPITAL, LABOR)
    tables = value.fast(BranchFeatures(MODEL, 3)(MEAN_CAPITAL, CAPITAL, LABOR)).numpy()
    slope = 2.0 * (1 - MODEL.resale_loss / 2)
    for row in range(ROWS):
        expected = tables[row, AGGREGATE[row]] + 7.0 + slope * CAPITAL[row].numpy()
        np.testing.assert_allclose(found[row], expected, rtol=2e-6)


@pytest.mark.parametrize("slow", [False, True])
def test_what_is_carried_over_is_expected_over_all_successors(value, slow):
    capital, labor = spread(CAPITAL), spread(LABOR)
    found = value.carried(value.expectation(slow), slow, AGGREGATE, MEAN_CAPITAL, capital, labor)
    ahead = tf.broadcast_to(MEAN_CAPITAL[:, None, None], capital.shape)
    features = BranchFeatures(MODEL, 3)(ahead, capital, labor)
    tables = (value.slow if slow else value.fast)(features).numpy().astype(float)  # [B, E, P, A, E]
    regimes = MODEL.aggregate_states[1]
    for row in range(ROWS):
        state = int(AGGREGATE[row])
        for own in range(PRODUCTIVITIES):
            total = 0.0
            for then in range(STATES):
                for after in range(PRODUCTIVITIES):
                    chance = MODEL.aggregate_chain.transition[state, then]
                    chance *= MODEL.idiosyncratic_chain.transitions[regimes[state], own, after]
                    total += chance * tables[row, own, :, then, after]
            total += 7.0 + 2.0 * (1 - MODEL.resale_loss / 2) * capital[row, own].numpy()
            np.testing.assert_allclose(found[row, own], MODEL.discount_factor * total, rtol=3e-6)


def test_levels_that_all_productivities_share_need_one_pass(value):
    expectation = value.expectation(slow=True)
    capital, labor = spread(CAPITAL)[:, :1], spread(LABOR)[:, :1]
    found = value.carried(expectation, True, AGGREGATE, MEAN_CAPITAL, capital, labor)
    repeated = (tf.repeat(x, PRODUCTIVITIES, 1) for x in (capital, labor))
    expected = value.carried(expectation, True, AGGREGATE, MEAN_CAPITAL, *repeated)
    np.testing.assert_allclose(found, expected, rtol=2e-6)


@pytest.mark.parametrize("which", [0, 1])
def test_slopes_are_those_of_small_steps(value, which):
    step = 1e-2
    factors = [[tf.exp(sign * step) if place == which else 1.0 for place in (0, 1)] for sign in (1.0, -1.0)]
    ends = [value(AGGREGATE, MEAN_CAPITAL, CAPITAL * k, LABOR * n) for k, n in factors]
    found = value.slopes(AGGREGATE, MEAN_CAPITAL, CAPITAL, LABOR)[which]
    np.testing.assert_allclose(found, (ends[0] - ends[1]) / (2 * step), rtol=5e-3, atol=2e-3)
    capital, labor = spread(CAPITAL)[..., 0], spread(LABOR)[..., 0]
    expectation = value.expectation(slow=True)
    ends = [
        value.carried(expectation, True, AGGREGATE, MEAN_CAPITAL, (capital * k)[..., None], (labor * n)[..., None])
        for k, n in factors
    ]
    found = value.carried_slopes(expectation, AGGREGATE, MEAN_CAPITAL, capital, labor)[which]
    steps = (capital, labor)[which] * 2 * step
    np.testing.assert_allclose(found, (ends[0] - ends[1])[..., 0] / steps, rtol=5e-3, atol=5e-3)


def test_the_target_follows_and_the_level_moves():
    made = BranchValue(MODEL, (4,), 2.0, 0)
    for slow, fast in zip(made.slow.weights, made.fast.weights, strict=True):
        np.testing.assert_array_equal(slow, fast)  # from the start
        fast.assign(fast + 1.0)
    before = [weight.numpy() for weight in made.slow.weights]
    made.follow(0.25, tf.constant(0.5))
    for old, new in zip(before, made.slow.weights, strict=True):
        np.testing.assert_allclose(new, old + 0.25, rtol=1e-6)
    assert float(made.level) == 0.5
