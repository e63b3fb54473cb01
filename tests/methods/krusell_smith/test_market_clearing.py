"""Market clearing: roots of known curves, each economy on its own, and a plain word where there is none."""

import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from hetkeras.methods.krusell_smith import market_clearing
from hetkeras.methods.krusell_smith.market_clearing import PRECISION, REACH


def goods_market(price):
    """Households want 1/p; firms leave less of a given output the lower the price."""
    return 1 / price - 0.4 * price**1.7


CLEARING_PRICE = (1 / 0.4) ** (1 / 2.7)


def constants(*values):
    return tf.constant(values, tf.float64)


def clear(excess_demand, guess, slope=1.0, **settings):
    """What goes with excess demand is the price that was tried."""
    return market_clearing.clear(
        lambda price: (excess_demand(price), price), guess, slope * tf.ones_like(guess), guess, **settings
    )


class Counted:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, price):
        self.calls += 1
        return self.function(price)


@pytest.mark.parametrize("distance", [-1.5, -0.3, -0.02, -1e-4, 0.0, 1e-4, 0.02, 0.3, 1.5])
def test_the_price_is_found_from_near_and_far(distance):
    clearing = clear(goods_market, constants(CLEARING_PRICE * np.exp(distance)))
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.price, CLEARING_PRICE, rtol=2 * PRECISION)


@pytest.mark.parametrize("slope", [1e-3, 0.1, 10.0, 1e3])
def test_a_wrong_slope_costs_evaluations_and_no_precision(slope):
    clearing = clear(goods_market, constants(1.1 * CLEARING_PRICE), slope)
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.price, CLEARING_PRICE, rtol=2 * PRECISION)
    assert clearing.slope.numpy() == pytest.approx(2.7 / CLEARING_PRICE, rel=0.4)  # over the first bracket, rough


def test_the_choice_and_the_excess_are_those_at_the_price():
    clearing = clear(goods_market, constants(1.3, 1.45, 3.0))
    np.testing.assert_array_equal(clearing.choice, clearing.price)
    np.testing.assert_allclose(clearing.excess, goods_market(clearing.price), rtol=1e-6, atol=1e-15)


def test_prices_agree_with_brent():
    scales = np.linspace(0.2, 3.0, 7)

    def demand(price, scale):
        return scale * np.exp(-price) - 0.3 - 0.1 * np.log(price)

    def graph(price):
        return scales * tf.exp(-price) - 0.3 - 0.1 * tf.math.log(price)

    exact = [scipy.optimize.brentq(demand, 1e-6, 50, args=(scale,), xtol=1e-14) for scale in scales]
    clearing = clear(graph, tf.constant(1.1 * np.array(exact)))
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.price, exact, rtol=2 * PRECISION)


def test_economies_clear_on_their_own():
    """Economies that need a wider bracket, or have no price, leave the others where they are."""
    levels = constants(2.0, 50.0, -1.0, 0.5)
    guesses = constants(2.002, 60.0, 1.0, 0.5)
    clearing = clear(lambda price: levels - price, guesses)
    np.testing.assert_array_equal(clearing.found, [True, True, False, True])
    np.testing.assert_allclose(clearing.price, [2.0, 50.0, 1.0, 0.5], rtol=2 * PRECISION)


def test_a_jump_in_demand_is_where_the_price_is():
    def demand(price):
        return tf.where(price < 1.0013, tf.ones_like(price), -tf.ones_like(price))

    clearing = clear(demand, constants(1.0))
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.price, 1.0013, rtol=2 * PRECISION)


@pytest.mark.parametrize("end", [-1, 1])
def test_a_root_where_a_step_ends_counts(end):
    """The first step goes 1.5 times as far as excess demand over its slope."""
    guess, slope = 2.0, 4.0
    root = float(guess * np.exp(end * 0.01))
    slope = abs(root - guess) * 1.5 / 0.01
    clearing = clear(lambda price: root - price, constants(guess), slope)
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.price, root, rtol=2 * PRECISION)


@pytest.mark.parametrize(("factor", "found"), [(0.99, True), (1.01, False)])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_root_counts_so_far_from_the_guess_and_no_further(factor, found, side):
    root = 2.0 * (factor * np.exp(REACH)) ** side
    clearing = clear(lambda price: 1 - price / root, constants(2.0))
    assert bool(clearing.found) == found
    np.testing.assert_allclose(clearing.price, root if found else 2.0, rtol=1e-7)


def test_a_longer_reach_finds_more():
    root = 2.0 * 1.5 * np.exp(REACH)
    assert not clear(lambda price: root - price, constants(2.0)).found
    far = clear(lambda price: root - price, constants(2.0), reach=2 * REACH)
    assert far.found
    np.testing.assert_allclose(far.price, root, rtol=2 * PRECISION)


@pytest.mark.parametrize("value", [np.nan, 1.0, -1.0])
def test_without_a_root_the_guess_comes_back_marked(value):
    clearing = clear(lambda price: tf.fill(tf.shape(price), constants(value)[0]), constants(1.7, 2.3))
    assert not clearing.found.numpy().any()
    np.testing.assert_array_equal(clearing.price, [1.7, 2.3])


def test_a_rising_function_is_not_cleared():
    assert not clear(lambda price: price - 2.0, constants(2.001)).found


@pytest.mark.parametrize("distance", [0.0, 0.004, 0.012, 0.1, -1.0, 5.0])
def test_evaluations_are_counted(distance):
    demand = Counted(goods_market)
    clearing = clear(demand, constants(CLEARING_PRICE * np.exp(distance)))
    assert clearing.evaluations.numpy() == [demand.calls]


@pytest.mark.parametrize("distance", [1e-3, 1e-2, 1.0])
def test_a_price_is_cheap(distance):
    """From .01 off and with this slope a step ends at the root to rounding, where the search must not stand still."""
    clearing = clear(goods_market, constants(CLEARING_PRICE * np.exp(distance)), 1.92)
    assert clearing.evaluations.numpy() <= 11


@pytest.mark.parametrize("compiled", [False, True])
def test_graphs_agree_with_eager(compiled):
    guesses = constants(1.3, 1.45, 3.0)
    eager = clear(goods_market, guesses)
    traced = tf.function(lambda guess: clear(goods_market, guess), jit_compile=compiled)(guesses)
    np.testing.assert_allclose(traced.price, eager.price, rtol=2 * PRECISION)
    np.testing.assert_array_equal(traced.found, eager.found)


@pytest.mark.parametrize("scale", [1e-4, 1e-2, 1e4, 1e8])
def test_units_of_the_price_do_not_matter(scale):
    clearing = clear(lambda price: 1 / price - 1 / scale, constants(1.004 * scale))
    np.testing.assert_allclose(clearing.price / scale, 1.0, rtol=2 * PRECISION)


def test_precision_is_relative_to_tiny_prices():
    clearing = clear(lambda price: 1 / price - 1e8, constants(1.004e-8))
    assert clearing.found
    np.testing.assert_allclose(clearing.price * 1e8, 1.0, rtol=2 * PRECISION)


def test_a_bracket_that_holds_a_root_is_not_widened_for_the_others():
    def demand(price):
        return tf.stack([2 - tf.sqrt(price[0] - 1), 50 - price[1]])

    clearing = clear(demand, constants(5.001, 1.5))
    np.testing.assert_array_equal(clearing.found, [True, True])
    np.testing.assert_allclose(clearing.price, [5.0, 50.0], rtol=2 * PRECISION)
