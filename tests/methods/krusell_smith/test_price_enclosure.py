"""Two prices around a root: smooth curves, jumps, batches; few evaluations, and a plain word where there is none."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.simulator import PULL
from hetkeras.methods.krusell_smith.price_enclosure import MOST, Pull, enclose

PRECISION = 1e-5
JUMP = 1.3


def goods_market(price):
    """Households want 1/p; firms leave less of a given output the lower the price."""
    return 1 / price - 0.4 * price**1.7


def jumping(price):
    """Many firms change their mind at one price."""
    return 0.2 * (JUMP - price) + tf.where(price < JUMP, tf.constant(0.5, price.dtype), -0.1)


ROOTS = {"smooth": (goods_market, (1 / 0.4) ** (1 / 2.7)), "jump": (jumping, JUMP)}


class Market:
    """Excess demand that remembers every price tried; what goes with it is the price itself, and its square."""

    def __init__(self, function):
        self.function, self.tried = function, []

    def __call__(self, price):
        self.tried.append(price.numpy())
        return self.function(price), (price, tf.stack([price, price**2], -1))


def enclosed(function, guess, slope=1.0, pull=Pull()):
    guess = tf.constant(np.atleast_1d(guess), tf.float64)
    template = tf.zeros_like(guess), tf.zeros((*guess.shape, 2), tf.float64)
    market = Market(function)
    return enclose(market, guess, slope * tf.ones_like(guess), template, PRECISION, pull), market


@pytest.mark.parametrize("pull", [Pull(), PULL], ids=["usual", "branching"])
@pytest.mark.parametrize("kind", ROOTS)
@pytest.mark.parametrize("distance", [-1.5, -0.3, -0.02, -1e-6, 0.0, 1e-6, 0.02, 0.3, 1.5])
def test_the_root_is_between_two_prices_a_hair_apart(kind, distance, pull):
    function, root = ROOTS[kind]
    guess = root * np.exp(distance)
    found, market = enclosed(function, guess, pull=pull)
    assert found.found.numpy().all()
    assert found.low[0] <= root * (1 + 1e-15)
    assert found.high[0] >= root * (1 - 1e-15)
    assert 0 < found.high[0] - found.low[0] <= 2 * PRECISION * guess * (1 + 1e-9)
    assert found.below[0] < 0 <= found.above[0]
    assert int(found.evaluations) == len(market.tried)


@pytest.mark.parametrize("kind", ROOTS)
def test_what_was_chosen_belongs_to_the_two_prices(kind):
    found, _ = enclosed(ROOTS[kind][0], [1.1, 1.6])
    for price, excess, choice in ((found.low, found.above, found.at_low), (found.high, found.below, found.at_high)):
        np.testing.assert_array_equal(choice[0], price)
        np.testing.assert_array_equal(choice[1], np.stack([price, price**2], -1))
        np.testing.assert_array_equal(excess, ROOTS[kind][0](price))


@pytest.mark.parametrize(("kind", "most"), [("smooth", 9), ("jump", 16)])
def test_near_guesses_need_few_evaluations(kind, most):
    function, root = ROOTS[kind]
    found, _ = enclosed(function, 1.002 * root, 2.0)
    assert int(found.evaluations) <= most


@pytest.mark.parametrize("distance", [-2e-3, -3e-4, 3e-4, 2e-3])
def test_where_demand_is_nearly_a_line_a_smaller_pull_spares_evaluations(distance):
    function, root = ROOTS["smooth"]
    counts = [int(enclosed(function, root * np.exp(distance), 2.0, pull)[0].evaluations) for pull in (Pull(), PULL)]
    assert counts[1] < counts[0]
    assert counts[1] <= 5


@pytest.mark.parametrize("pull", [Pull(), PULL], ids=["usual", "branching"])
@pytest.mark.parametrize(("width", "steepness"), [(0.3, 1.0), (0.3, 1e3), (2e-3, 1.0), (1e-9, 1.0)])
@pytest.mark.parametrize("distance", [0.4, -0.4, 0.01])
def test_no_curve_takes_more_than_one_evaluation_beyond_bisection(width, steepness, distance, pull):
    """Curves that are hard for secants: flat, then steep within a width, one side far larger than the other."""
    root = 1.4

    def curve(price):
        gap = (root - price) / width
        return tf.where(gap > 0, steepness * tf.tanh(gap), tf.tanh(gap) ** 3) + 1e-9 * gap

    guess = root * np.exp(distance)
    found, market = enclosed(curve, guess, pull=pull)
    signs = [curve(tf.constant(price)).numpy()[0] >= 0 for price in market.tried]
    outside = signs.index(not signs[0]) + 1  # evaluations until the root was enclosed
    span = abs(market.tried[outside - 1] - market.tried[outside - 2])[0]
    bisections = np.ceil(np.log2(max(span / (2 * PRECISION * guess), 1)))
    assert found.found.numpy().all()
    assert len(market.tried) <= outside + bisections + 1


def test_economies_are_enclosed_on_their_own():
    levels = tf.constant([2.0, 50.0, 0.5, 0.7], tf.float64)
    guesses = np.array([2.002, 60.0, 0.5, 1.5])
    found, _ = enclosed(lambda price: levels - price, guesses)
    assert found.found.numpy().all()
    assert (found.low <= levels).numpy().all()
    assert (found.high >= levels).numpy().all()
    assert (found.high - found.low <= 2 * PRECISION * guesses).numpy().all()


def test_the_slope_is_that_of_excess_demand_in_logs():
    price = ROOTS["smooth"][1]
    found, _ = enclosed(goods_market, 1.001 * price, 2.0)
    assert float(found.slope[0]) == pytest.approx(1 / price + 0.4 * 1.7 * price**1.7, rel=0.01)


@pytest.mark.parametrize(
    "function",
    [
        lambda price: tf.ones_like(price),
        lambda price: -tf.ones_like(price),
        lambda price: tf.fill(price.shape, tf.constant(np.nan, tf.float64)),
        lambda price: tf.where(tf.abs(price - 1.4) < 0.1, tf.constant(np.nan, tf.float64), 1.4 - price),
    ],
    ids=["always wanted", "never wanted", "not a number", "not a number about the root"],
)
def test_a_market_without_a_price_is_flagged_and_leaves_the_others(function):
    found, market = enclosed(lambda price: tf.concat([function(price[:1]), 1.4 - price[1:]], 0), [1.3, 1.3])
    np.testing.assert_array_equal(found.found, [False, True])
    assert len(market.tried) == MOST
    assert found.low[1] <= 1.4 <= found.high[1]


def test_a_root_beyond_reach_is_not_called_found():
    """Enclosed in the last evaluations, when there are none left to narrow it down."""
    bound = 1.3 * np.exp(0.5 * (MOST - 3))
    found, market = enclosed(lambda price: bound - price, 1.3)
    assert len(market.tried) == MOST
    assert not found.found.numpy().any()
