"""Forecast rules by a network: they bend where lines cannot, stay near lines where little is seen, and are kept."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.rules import network
from hetkeras.methods.krusell_smith.rules.network import NetworkRules
from tests.small_firms import MODEL, terry_rules

BOUNDS = MODEL.mean_capital_bounds


def make_rules(**settings):
    return NetworkRules(terry_rules(memory=0), BOUNDS, **settings)


def observations(bend=0.0, length=1500, seed=0):
    """States, K, and outcomes on Terry's lines plus a bend in log K that differs by state."""
    draws = np.random.default_rng(seed)
    states = draws.integers(0, 5, length).astype(np.int32)
    capital = draws.uniform(1.3, 1.95, length)
    bend = bend * np.array([1.0, 0.7, -0.7, -1.0, 0.8])[states]
    wave = bend * ((np.log(capital) - 0.46) / 0.2) ** 2
    following, price = (tensor.numpy() for tensor in terry_rules()(states, tf.constant(capital)))
    return states, capital, following * np.exp(wave), price * np.exp(-0.5 * wave)


def errors(rules, states, capital, following, price):
    found = rules(tf.constant(states), tf.constant(capital))
    return [np.abs(np.log(each / actual)).max() for each, actual in zip(found, (following, price), strict=True)]


@pytest.fixture
def few_iterations(monkeypatch):
    """An update takes seconds; not every property needs the best fit."""
    monkeypatch.setattr(network, "ITERATIONS", 10)


@pytest.fixture(scope="module")
def bent():
    rules, seen = make_rules(), observations(bend=0.02)
    before = [tensor.numpy() for tensor in rules(tf.constant(seen[0]), tf.constant(seen[1]))]
    return rules, before, rules.update(*seen)


def test_first_rules_are_nearly_the_lines():
    states, capital, following, price = observations()
    assert max(errors(make_rules(), states, capital, following, price)) < 5e-3


def test_a_bend_that_lines_miss_is_fitted_also_where_nothing_was_seen(bent):
    lines, seen = terry_rules(memory=0), observations(bend=0.02)
    lines.update(*seen)
    fresh = observations(bend=0.02, seed=1)
    missed, left = errors(lines, *fresh), errors(bent[0], *fresh)
    assert min(missed) > 7e-3
    assert max(left) < 1e-3


def test_the_distance_is_the_largest_move_of_the_rules(bent):
    rules, before, distance = bent
    states, capital, *_ = observations(bend=0.02)
    after = rules(tf.constant(states), tf.constant(capital))
    moves = [np.abs(np.log(new / old)).max() for new, old in zip(after, before, strict=True)]
    assert distance == pytest.approx(max(moves), rel=1e-10)
    assert distance > 5e-3


def test_rules_that_already_fit_hardly_move(few_iterations):
    rules, (states, capital, *_) = make_rules(), observations()
    outcomes = (tensor.numpy() for tensor in rules(states, tf.constant(capital)))
    assert rules.update(states, capital, *outcomes) < 1e-4


def test_damping_takes_a_share_of_the_correction(few_iterations):
    seen, moved = observations(bend=0.02), []
    for damping in (1.0, 0.25):
        rules = make_rules(damping=damping)
        start = rules.parameters.numpy()
        rules.update(*seen)
        moved.append(rules.parameters.numpy() - start)
    assert np.abs(moved[0]).max() > 1e-3
    np.testing.assert_allclose(moved[1], 0.25 * moved[0], rtol=1e-8, atol=1e-10)


def test_states_that_are_never_seen_keep_their_lines(few_iterations):
    rules, (states, capital, following, price) = make_rules(), observations(bend=0.02)
    seen = states != 4
    rules.update(states[seen], capital[seen], following[seen], price[seen])
    grid = np.linspace(1.3, 1.95, 20)
    unseen = np.full(20, 4, np.int32)
    for found, line in zip(rules(unseen, tf.constant(grid)), terry_rules()(unseen, tf.constant(grid)), strict=True):
        np.testing.assert_allclose(found, line, rtol=0.02)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_any_axes_and_both_precisions(bent, dtype):
    rules, *_ = bent
    states = tf.constant([[0, 1, 2], [4, 3, 2]])
    capital = tf.constant([[1.3, 1.4, 1.5], [1.9, 1.8, 1.5]], dtype)
    following, price = rules(states, capital)
    assert following.dtype == price.dtype == dtype
    assert following.shape == price.shape == (2, 3)
    ahead, now = rules(states[1, :1], capital[1, :1])
    np.testing.assert_allclose([following[1, 0], price[1, 0]], [ahead[0], now[0]], rtol=1e-6)
    np.testing.assert_allclose(following[0, 2], rules(states[1, 2:], capital[1, 2:])[0][0], rtol=1e-6)


def test_the_state_survives_a_checkpoint(bent, tmp_path):
    rules, *_ = bent
    path = tf.train.Checkpoint(rules=rules).write(str(tmp_path / "rules"))
    other = make_rules()
    tf.train.Checkpoint(rules=other).read(path).assert_existing_objects_matched().assert_consumed()
    states, capital, *_ = observations(seed=4)
    for one, two in zip(rules(states, tf.constant(capital)), other(states, tf.constant(capital)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_checkpoint_keeps_the_next_update_too(few_iterations, tmp_path):
    """Anderson's memory is part of the state."""
    one = NetworkRules(terry_rules(memory=2), BOUNDS)
    one.update(*observations(bend=0.01, length=300))
    path = tf.train.Checkpoint(rules=one).write(str(tmp_path / "rules"))
    two = NetworkRules(terry_rules("terry_2017_first_rules.csv", memory=2), BOUNDS)
    tf.train.Checkpoint(rules=two).read(path).assert_consumed()
    seen = observations(bend=0.02, length=300, seed=3)
    assert one.update(*seen) == two.update(*seen)
    np.testing.assert_array_equal(one.lines.coefficients, two.lines.coefficients)
    np.testing.assert_array_equal(one.parameters, two.parameters)


def test_every_variable_that_an_update_moves_is_tracked():
    rules = make_rules()
    tracked = {id(variable) for variable in rules.variables}
    assert id(rules.parameters) in tracked
    assert id(rules.lines.coefficients) in tracked


def test_a_price_that_is_not_finite_is_refused_also_in_states_that_lines_skip():
    states, capital, following, price = observations(length=200)
    states[:] = 0
    states[17], price[17] = 1, np.nan
    with pytest.raises(TrainingDiverged, match="not finite"):
        make_rules().update(states, capital, following, price)


@pytest.mark.parametrize("column", [1, 2, 3])
def test_outcomes_that_are_not_finite_are_refused(column):
    rules, seen = make_rules(), list(observations(length=200))
    seen[column][17] = np.nan
    before = [variable.numpy() for variable in rules.variables]
    with pytest.raises(TrainingDiverged, match="not finite"):
        rules.update(*seen)
    for variable, value in zip(rules.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
