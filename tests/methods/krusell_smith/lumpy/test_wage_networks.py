"""Networks of two prices: where the wage is such that p w is the weight of leisure, they say what those of one do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.lumpy.networks import FirmSample
from hetkeras.methods.krusell_smith.lumpy.pointwise_networks import PointwiseFirms
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules, rules_at_rest
from hetkeras.models.khan_thomas import KhanThomas

ONE, TWO = KhanThomas(), KhanThomas(frisch_elasticity=1e6)  # the same scales
LINES = rules_at_rest(ONE).coefficients.numpy()  # of K' and p
WAGE = np.array([np.log(ONE.leisure_weight), 0.0]) - LINES[1]
INDEX, MEAN = tf.constant([0, 2, 4]), tf.constant([1.4, 1.5, 1.6], tf.float32)
CAPITAL = tf.constant([[0.4, 1.1], [0.9, 1.6], [1.3, 3.0]], tf.float32)


@pytest.fixture(scope="module", params=[TabulatedFirms, PointwiseFirms])
def pair(request):
    """The same weights over one price and over two."""
    one = request.param(ONE, LogLinearRules(*LINES), (8, 8))
    two = request.param(TWO, LogLinearRules(LINES[0], np.stack([LINES[1], WAGE])), (8, 8))
    for mine, theirs in zip(one.weights, two.weights, strict=True):
        value = keras.random.normal(mine.shape, seed=len(mine.shape)) * 0.3
        mine.assign(value)
        theirs.assign(value)
    return one, two


def same(found, expected, rounding=1e-6):
    for mine, theirs in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-5, atol=rounding)


def test_values_and_choices_are_the_same(pair):
    one, two = pair
    outlook = one.outlook(INDEX, MEAN)
    same(two.outlook(INDEX, MEAN), outlook)
    same(two.value(INDEX, MEAN, CAPITAL), one.value(INDEX, MEAN, CAPITAL))
    same(two.continuation(outlook, CAPITAL), one.continuation(outlook, CAPITAL))
    price = 1.01 * one.forecast(INDEX, MEAN)[1]
    same(two.target(outlook, price), one.target(outlook, price))


def test_training_has_the_same_targets(pair):
    sample = FirmSample(MEAN, CAPITAL, tf.fill((3, 5), 0.01))
    one, two = (firms.value_targets(sample) for firms in pair)
    same(two, one, rounding=2e-4)  # gains are small differences of values, in units of .02
    better = [firms.policy_targets(sample) for firms in pair]
    if isinstance(pair[0], TabulatedFirms):  # others climb the value itself
        same(*better, rounding=1e-4)


def test_a_higher_wage_lowers_what_a_firm_is_worth(pair):
    dear = type(pair[1])(TWO, LogLinearRules(LINES[0], np.stack([LINES[1], WAGE + np.array([0.05, 0.0])])), (8, 8))
    for mine, theirs in zip(dear.weights, pair[1].weights, strict=True):
        mine.assign(theirs)
    sample = FirmSample(MEAN, CAPITAL, tf.fill((3, 5), 0.0))
    cheap, costly = (firms.value_targets(sample) for firms in (pair[1], dear))
    worth = (lambda targets: targets.level) if isinstance(dear, TabulatedFirms) else (lambda targets: targets)
    assert float(tf.reduce_mean(worth(costly))) < float(tf.reduce_mean(worth(cheap)))


@pytest.mark.parametrize("model", [ONE, TWO])
def test_free_firms_choose_by_tomorrows_wage(model):
    """At the same p w in all of tomorrow's states it is as if that was the weight of leisure."""
    price, following = tf.constant([2.2], tf.float64), tf.constant([[2.3, 2.25, 2.2, 2.15, 2.1]], tf.float64)
    cost = 2.6
    paying = KhanThomas(leisure_weight=cost)
    found = model.frictionless_target(tf.constant([2]), price, following, cost / following)
    np.testing.assert_allclose(found, paying.frictionless_target(tf.constant([2]), price, following), rtol=1e-9)
