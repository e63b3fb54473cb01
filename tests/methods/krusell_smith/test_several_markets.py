"""Several markets at once: economies with known prices, and a plain word where there are none."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.compiling import compiled
from hetkeras.errors import ShapeError
from hetkeras.methods.krusell_smith import market_clearing
from hetkeras.methods.krusell_smith.market_clearing import PRECISION
from hetkeras.methods.krusell_smith.several_markets import EXCESS, clear_markets
from hetkeras.numerics.falling_root import falling_root
from hetkeras.numerics.markov_chain import MarkovChain


def search(excess_demand, guess, response=None, **settings):
    """What goes with excess demand are the prices that were tried."""
    guess = tf.constant(guess, tf.float64)
    if response is None:
        response = tf.eye(guess.shape[1], batch_shape=guess.shape[:1], dtype=tf.float64)
    return clear_markets(lambda prices: (excess_demand(prices), prices), guess, response, guess, **settings)


class LongPlosser:
    """N goods, log utility, full depreciation; firms foresee what their product will be worth (Long and Plosser 1983).

    Sector i buys X_ij = beta a_ij V_i / p_j of good j, where V_i, the worth of what it will make, follows from what it
    buys: with labor's share 1 - sum_j a_ij of each product, V_i responds the more to all prices the smaller that is.
    """

    def __init__(self, num_goods, num_economies, seed):
        rng = np.random.default_rng(seed)
        self.beta, ones = 0.96, np.ones(num_goods)
        self.shares = rng.dirichlet(ones, num_goods) * rng.uniform(0.3, 0.7, (num_goods, 1))  # a_ij
        self.tastes = rng.dirichlet(5 * ones)  # theta
        self.values = np.linalg.solve(np.eye(num_goods) - self.beta * self.shares.T, self.tastes)  # gamma
        self.output = np.exp(0.3 * rng.normal(size=(num_economies, num_goods)))
        self.prices = self.values / self.output
        self.inputs = self.beta * self.shares * self.values[:, None] / self.prices[:, None]
        self.foreseen = self.values / np.prod(self.inputs**self.shares, -1)  # worth of a product of unit inputs
        self.guess = self.prices * np.exp(0.3 * rng.normal(size=self.prices.shape))

    def evaluate(self, prices):
        bought = tf.math.log(self.beta * self.shares) - tf.math.log(prices)[:, None]
        logs = (tf.math.log(self.foreseen) + tf.einsum("ij,bij->bi", self.shares, bought)) / (1 - self.shares.sum(1))
        inputs = tf.exp(logs[..., None] + bought)
        return (self.tastes / prices + tf.reduce_sum(inputs, 1)) / self.output - 1, inputs

    def clear(self):
        economies, goods = self.guess.shape
        response = tf.eye(goods, batch_shape=[economies], dtype=tf.float64)
        inputs = tf.zeros((economies, goods, goods), tf.float64)
        return clear_markets(self.evaluate, tf.constant(self.guess), response, inputs)


@pytest.mark.parametrize("num_goods", [2, 10, 37])
def test_long_plosser_prices_and_inputs_are_those_of_the_closed_form(num_goods):
    economy = LongPlosser(num_goods, 3, seed=num_goods)
    clearing = economy.clear()
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.prices, economy.prices, rtol=1e-8)
    np.testing.assert_allclose(clearing.choice, economy.inputs, rtol=1e-8)
    np.testing.assert_allclose(economy.evaluate(clearing.prices)[0], 0.0, atol=EXCESS)


def test_compiled_searches_agree_with_eager_ones():
    economy = LongPlosser(10, 3, seed=1)
    np.testing.assert_allclose(compiled(economy.clear)().prices, economy.clear().prices, rtol=1e-8)


def test_a_bond_beside_brock_and_mirman():
    """Log utility, full depreciation: 1/p = (1 - alpha beta) z K^alpha, and the bond costs what its payment is worth.

    Households buy bonds until q p = beta E 1/c'; firms buy capital until p = beta E p' alpha z' k'^(alpha - 1).
    """
    alpha, beta, chain = 0.36, 0.95, MarkovChain.rouwenhorst(3, 0.9, 0.05).exp()
    state, capital = np.array([0, 1, 2, 1]), np.array([0.1, 0.19, 0.3, 0.05])
    chances, levels = chain.transition[state], chain.values
    made = levels[state] * capital**alpha
    saved = alpha * beta * made
    income = levels * saved[:, None] ** alpha  # of tomorrow, [B, A]
    marginal = 1 / ((1 - alpha * beta) * income)  # expected prices of goods

    def excess_demand(prices):
        price, bond = tf.unstack(prices, axis=-1)
        earned = beta * alpha * (chances * marginal * levels).sum(1)
        invested = (earned / price) ** (1 / (1 - alpha))

        def euler(bonds):
            worth = tf.reduce_sum(chances / ((1 - alpha * beta) * income + bonds[:, None]), -1)
            return beta * worth - bond * price

        low = -(1 - 1e-9) * (1 - alpha * beta) * income.min(1)
        bonds = falling_root(euler, tf.constant(low), tf.constant(10 * made))
        return tf.stack([(1 / price + invested) / made - 1, bonds / made], -1)

    exact = np.stack([1 / ((1 - alpha * beta) * made), beta * made * saved**-alpha * (chances / levels).sum(1)], -1)
    clearing = search(excess_demand, exact * [[1.05, 0.97]])
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.prices, exact, rtol=1e-8)


SCALES = np.array([[2.0, 0.5], [50.0, 3.0], [1.0, 1.0]])
CROSS = tf.constant([[2.0, -0.7], [0.9, 1.5]], tf.float64)


def crossed(prices):
    """Each price moves both markets; both clear at SCALES."""
    logs = tf.math.log(prices / SCALES)
    return -tf.einsum("mp,bp->bm", CROSS, logs) - 0.3 * tf.stack([logs[:, 0] ** 3, logs[:, 1] ** 3], -1)


@pytest.mark.parametrize("distance", [0.0, 1e-4, 0.1, 1.5])
def test_prices_are_found_from_near_and_far(distance):
    clearing = search(crossed, SCALES * np.exp([distance, -distance]))
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.prices, SCALES, rtol=10 * PRECISION)
    np.testing.assert_array_equal(clearing.choice, clearing.prices)


@pytest.mark.parametrize("factor", [1e-3, 30.0, -1.0])
def test_a_wrong_response_costs_evaluations_and_no_precision(factor):
    clearing = search(crossed, 1.2 * SCALES, factor * tf.eye(2, batch_shape=[3], dtype=tf.float64))
    assert clearing.found.numpy().all()
    np.testing.assert_allclose(clearing.prices, SCALES, rtol=10 * PRECISION)


def test_the_response_that_was_learned_spares_evaluations():
    """It is that of the linear part, and serves the next search."""
    first = search(crossed, 1.01 * SCALES)
    np.testing.assert_allclose(first.response @ CROSS, np.eye(2) * np.ones((3, 1, 1)), atol=0.05)
    again = search(crossed, 1.002 * SCALES, first.response)
    assert again.found.numpy().all()
    assert again.evaluations.numpy().max() <= 5 < first.evaluations.numpy().max()


def test_evaluations_are_counted_for_the_slowest():
    calls = []

    def counted(prices):
        calls.append(prices)
        return crossed(prices)

    clearing = search(counted, SCALES * np.exp([[0.0, 0.0], [0.3, 0.5], [1e-6, 0.0]]))
    assert clearing.evaluations.numpy().max() == len(calls)


def test_economies_clear_on_their_own():
    """One that has no prices, or none that are numbers, leaves the others where they are."""
    lost = tf.constant([[0.0], [1.0], [np.nan]], tf.float64)
    guess = 1.1 * SCALES
    clearing = search(lambda prices: crossed(prices) + lost * prices**0, guess)
    alone = search(lambda prices: crossed(tf.concat([prices, SCALES[1:]], 0))[:1], guess[:1])
    np.testing.assert_array_equal(clearing.found, [True, True, False])
    np.testing.assert_array_equal(clearing.prices[0], alone.prices[0])
    np.testing.assert_array_equal(clearing.prices[2], guess[2])


def test_markets_without_common_prices_are_not_cleared():
    """Both markets have prices, on curves that do not meet."""

    def apart(prices):
        total = tf.reduce_sum(tf.math.log(prices), -1)
        return tf.stack([0.1 - total, -0.1 - total], -1)

    clearing = search(apart, np.ones((2, 2)))
    assert not clearing.found.numpy().any()
    np.testing.assert_array_equal(clearing.prices, np.ones((2, 2)))


def test_a_jump_is_no_root():
    """The first market has a root; demand in the second passes over zero."""

    def jumps(prices):
        second = tf.where(prices[:, 1] < 1.0013, 0.2, -0.2)
        return tf.stack([tf.math.log(1.01 / prices[:, 0]), tf.cast(second, tf.float64)], -1)

    assert not search(jumps, np.ones((1, 2))).found


def test_a_market_without_supply_is_not_cleared():
    """Nothing is offered: demand over supply is no number."""
    supply = np.array([1.0, 0.0])
    assert not search(lambda prices: 1 / (prices * supply) - 1, np.ones((1, 2))).found


def test_prices_are_sought_within_reach():
    far = 1.2 * SCALES * np.exp([2.0, 0.0])
    assert not search(crossed, far, reach=1.0).found.numpy().any()
    assert search(crossed, far, reach=3.0).found.numpy().all()


def test_fewer_markets_than_prices_are_refused():
    with pytest.raises(ShapeError, match="3 prices and excess demand in 2 markets; expected a market for each price"):
        search(lambda prices: 1 / prices[:, :2] - 1, np.ones((1, 3)))
    with pytest.raises(ShapeError, match="1 prices and excess demand in 2 markets"):
        search(lambda prices: tf.concat([1 / prices - 1] * 2, -1), np.ones((1, 1)))


def test_one_market_is_cleared_as_ever():
    """To the bit, also where demand jumps."""
    guess = tf.constant([1.3, 1.45, 3.0], tf.float64)

    def demand(price):
        return 1 / price - 0.4 * price**1.7 + tf.where(price < 1.2, 0.1 * tf.ones_like(price), 0.0)

    alone = market_clearing.clear(lambda price: (demand(price), price), guess, tf.ones_like(guess), guess)
    found = search(lambda prices: demand(prices[:, 0])[:, None], guess[:, None])
    assert found.found.numpy().all()
    pairs = (found.prices, alone.price), (found.excess, alone.excess), (found.response, 1 / alone.slope)
    for mine, theirs in pairs:
        np.testing.assert_array_equal(tf.reshape(mine, (-1,)), theirs)
    np.testing.assert_array_equal(found.evaluations, alone.evaluations)
