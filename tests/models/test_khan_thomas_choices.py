"""What firms of the lumpy investment model choose: frictions against integrals, free targets against brute force."""

import dataclasses

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import tensorflow as tf

from tests.models.khan_thomas_cases import MODEL, MODELS, constant, marginal_value

SATURATION = MODEL.leisure_weight * MODEL.largest_cost
GAINS = np.linspace(-1.5, 2.5, 41) * SATURATION


# --- frictions -----------------------------------------------------------------------------------------------
@MODELS
@pytest.mark.parametrize("share", [0.0, 1e-3, 0.3, 0.999, 1.0, 1.7])
def test_friction_is_the_mean_of_the_cost_or_of_the_gain_if_that_is_less(model, share):
    gain = share * model.leisure_weight * model.largest_cost

    def lost(cost):
        return min(model.leisure_weight * cost, gain) / model.largest_cost

    kink = [min(gain / model.leisure_weight, model.largest_cost)]
    expected, _ = scipy.integrate.quad(lost, 0, model.largest_cost, points=kink, epsabs=1e-16)
    assert float(model.expected_friction_loss(constant(gain))) == pytest.approx(expected, rel=1e-12, abs=1e-17)


@MODELS
@pytest.mark.parametrize("gain", [-0.02, 0.004, 0.5])
def test_a_firm_that_may_choose_at_a_cost_gets_what_is_best_on_average(model, gain):
    """R(k*) - friction(gain) is E max(R(k*) - phi xi, R(stay)), also where the target is worse than staying."""
    aimed = -0.7

    def reached(cost):
        return max(aimed - model.leisure_weight * cost, aimed - gain) / model.largest_cost

    kink = [np.clip(gain / model.leisure_weight, 0, model.largest_cost)]
    expected, _ = scipy.integrate.quad(reached, 0, model.largest_cost, points=kink, epsabs=1e-15)
    assert aimed - float(model.expected_friction_loss(constant(gain))) == pytest.approx(expected, abs=1e-13)


@MODELS
def test_slope_of_the_friction_is_the_share_that_does_not_adjust(model):
    gains = constant(GAINS[GAINS != 0])
    with tf.GradientTape() as tape:
        tape.watch(gains)
        friction = model.expected_friction_loss(gains)
    staying = 1 - model.adjustment_probability(gains)
    np.testing.assert_allclose(tape.gradient(friction, gains), staying, rtol=0, atol=1e-12)


def test_slope_of_the_friction_at_no_gain_is_one():
    gain = constant(0.0)
    with tf.GradientTape() as tape:
        tape.watch(gain)
        friction = MODEL.expected_friction_loss(gain)
    assert float(tape.gradient(friction, gain)) == pytest.approx(1)


def test_a_gain_below_zero_is_lost_whole():
    np.testing.assert_array_equal(MODEL.expected_friction_loss(constant([-1e-9, -0.1, -5.0])), [-1e-9, -0.1, -5.0])


@MODELS
def test_friction_rises_to_its_bound_the_mean_cost(model):
    frictions = model.expected_friction_loss(
        constant(np.linspace(0, 3, 61) * model.leisure_weight * model.largest_cost)
    ).numpy()
    mean_cost = model.leisure_weight * model.largest_cost / 2
    assert model.max_friction_loss == pytest.approx(mean_cost, rel=1e-15)
    assert (np.diff(frictions) >= -1e-17).all()
    assert frictions.max() <= mean_cost * (1 + 1e-14)
    np.testing.assert_allclose(frictions[20:], mean_cost, rtol=1e-14)


@pytest.mark.parametrize(("gain", "share"), [(-1.0, 0), (0.0, 0), (0.25, 0.25), (1.0, 1), (4.0, 1)])
def test_firms_adjust_when_their_cost_is_below_the_gain(gain, share):
    assert float(MODEL.adjustment_probability(constant(gain * SATURATION))) == pytest.approx(share, abs=1e-15)


@MODELS
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_labour_of_adjustment_is_the_mean_cost_of_those_who_pay(model, share):
    paid, _ = scipy.integrate.quad(lambda cost: cost / model.largest_cost, 0, share * model.largest_cost)
    gain = share * model.leisure_weight * model.largest_cost
    assert float(model.adjustment_labor(constant(gain))) == pytest.approx(paid, rel=1e-13, abs=1e-18)


# --- the frictionless choice ---------------------------------------------------------------------------------
def solved_target(model, aggregate, idiosyncratic, price, next_price):
    """Zero of -p + beta E p' (marginal product + 1 - delta)."""
    aggregates, idiosyncratics = model.aggregate_chain, model.idiosyncratic_chain
    chances = np.outer(aggregates.transition[aggregate], idiosyncratics.transition[idiosyncratic])
    levels = np.outer(aggregates.values, idiosyncratics.values)

    def condition(log_capital):
        values = marginal_value(model, levels, np.exp(log_capital), np.array(next_price)[:, None])
        return model.discount_factor * (chances * values).sum() - price

    return np.exp(scipy.optimize.brentq(condition, -12, 12, xtol=1e-14))


@MODELS
@pytest.mark.parametrize("today", [0, 1, -1])
def test_free_targets_satisfy_the_first_order_condition(model, today):
    wide = dataclasses.replace(model, smallest_capital=1e-4, greatest_capital=1e4)
    states = wide.aggregate_chain.num_states
    today, price = today % states, 2.2
    next_price = np.linspace(2.35, 2.1, states)
    found = wide.frictionless_target(tf.constant([today]), constant([price]), constant([next_price])).numpy()
    expected = [
        solved_target(wide, today, own, price, next_price) for own in range(wide.idiosyncratic_chain.num_states)
    ]
    np.testing.assert_allclose(found, [expected], rtol=1e-11)
    assert (np.diff(expected) > 0).all()


def test_no_capital_on_a_fine_grid_is_better_than_the_free_target():
    price, next_price = constant([2.2]), constant([[2.33, 2.28, 2.22, 2.17, 2.12]])
    found = MODEL.frictionless_target(tf.constant([1]), price, next_price).numpy()[0]
    grid = np.geomspace(*MODEL.capital_bounds, 20_001)
    levels = MODEL.idiosyncratic_chain.values[None, :, None], MODEL.aggregate_chain.values[:, None, None]
    payoffs = MODEL.payoff(constant(levels[0]), constant(grid), constant(levels[1]), next_price[0][:, None, None])
    chances = MODEL.aggregate_chain.transition[1], MODEL.idiosyncratic_chain.transition
    expected = np.einsum("a,afk,ef->ek", chances[0], payoffs.numpy(), chances[1])
    best = grid[(MODEL.discount_factor * expected - 2.2 * grid).argmax(-1)]
    np.testing.assert_allclose(found, best, rtol=grid[1] / grid[0] - 1)


def test_free_targets_take_any_leading_axes():
    aggregate = tf.constant([[0, 4, 2], [1, 3, 2]])
    price = constant([[2.1, 2.2, 2.3], [2.25, 2.2, 2.15]])
    next_price = price[..., None] * constant([1.02, 1.01, 1.0, 0.99, 0.98])
    found = MODEL.frictionless_target(aggregate, price, next_price)
    assert found.shape == (2, 3, 5)
    single = MODEL.frictionless_target(aggregate[1, 0], price[1, 0], next_price[1, 0])
    np.testing.assert_allclose(found[1, 0], single, rtol=1e-14)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_free_targets_keep_the_precision(dtype):
    found = MODEL.frictionless_target(
        tf.constant([2]), tf.constant([2.2], dtype), tf.fill((1, 5), tf.constant(2.2, dtype))
    )
    assert found.dtype == dtype
    exact = [solved_target(MODEL, 2, own, 2.2, [2.2] * 5) for own in range(5)]
    np.testing.assert_allclose(found[0], exact, rtol=2e-5 if dtype == tf.float32 else 1e-11)


@pytest.mark.parametrize(("price", "end"), [(0.5, 1), (1e-6, 1), (50.0, 0)])
def test_free_targets_stay_within_the_bounds_at_any_price(price, end):
    """At the lowest prices capital could be resold at a profit, and the condition has no solution."""
    found = MODEL.frictionless_target(tf.constant([2]), constant([price]), constant([[2.2] * 5]))
    np.testing.assert_array_equal(found, [[MODEL.capital_bounds[end]] * 5])
