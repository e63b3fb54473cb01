"""What networks are worth in closed form: in its equation, beside exact values, and by which scales it is off."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion, flip_each
from hetkeras.models.production_network.benchmark_economies import bipartite_table
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.references.production_network.additive_links import AdditiveLinks
from hetkeras.references.production_network.star_planner import StarPlanner
from tests.small_networks import drawn_points, generator_of, networks_and_states, random_network, star_network

AVERSIONS = pytest.mark.parametrize("aversion", [1.0, 2.0, 4.3])
RNG = np.random.default_rng(5)


@AVERSIONS
@pytest.mark.parametrize("normalised", [0, 1])
def test_the_frozen_value_solves_its_equation_whatever_the_productivity(aversion, normalised):
    """rho W = u + L W with the generator by automatic differentiation, states off the factors' manifold included."""
    model = random_network(4, 2, risk_aversion=aversion, normalised=normalised)
    state, binary, _ = drawn_points(model)
    state += 0.2 * RNG.normal(size=state.shape)
    found = generator_of(model, lambda at: model.frozen_value(at, binary), state, binary)
    right = model.flow(state, binary) + found
    np.testing.assert_allclose(model.discount_rate * model.frozen_value(state, binary), right, rtol=5e-12, atol=1e-12)


@AVERSIONS
@pytest.mark.parametrize("changes", [{}, {"arrival_rate": 0.0}, {"series_terms": 6, "normalised": 0}])
def test_the_baseline_solves_its_equation_but_for_the_remainder(aversion, changes):
    """rho W_z = u + L W_z + lambda_z sum_i (W_i - W_z) - remainder."""
    model = random_network(4, 2, risk_aversion=aversion, **changes)
    state, binary, regime = drawn_points(model)
    state += 0.2 * RNG.normal(size=state.shape)
    found = model.open_baseline(state, binary, regime)

    def own(at):
        return tf.gather(model.open_baseline(at, binary, regime).values, regime, batch_dims=1)

    right = model.flow(state, binary) + generator_of(model, own, state, binary)
    right += model.switching(found.values, regime) - tf.reduce_sum(found.remainder, -1)
    np.testing.assert_allclose(model.discount_rate * own(state), right, rtol=5e-11, atol=1e-11)
    assert np.abs(found.remainder).max() > 1e-3


@pytest.mark.parametrize("turns", [0.1, 0.5, 20.0])
def test_the_baseline_is_the_value_where_links_are_worth_something_alone(turns):
    """Log utility, links that never depend on others and are always wanted, hardly any shocks."""
    fields = bipartite_table(4, 2) | {"mean_productivity": (0.5,), "productivity_loadings": (1e-5,)}
    model = ProductionNetwork(**fields, switch_rate=turns)
    assert (model.usual_links[model.movable] == 0.5).all()
    links, regime, factors = networks_and_states(model, 12)
    state = model.mean_state + factors @ model.factor_loadings.T
    exact, row = AdditiveLinks(model), np.arange(12)
    found = model.open_baseline(tf.constant(state), tf.constant(links.reshape(12, -1)), tf.constant(regime, tf.int32))
    for sector in range(4):
        value = exact.value(links.astype(int), np.full(12, sector), state)
        np.testing.assert_allclose(found.values[:, sector], value, rtol=0, atol=1e-5)
    worth = np.where(model.movable[regime], (1 - 2 * links[row, regime]) * found.gains.numpy(), 0)
    np.testing.assert_allclose(worth, exact.link_gain(links.astype(int), regime, state), rtol=0, atol=1e-5)
    assert np.ptp(found.values, axis=1).max() > 1e-3


@pytest.mark.parametrize("turns", [0.1, 0.5])
def test_the_baseline_is_the_value_where_links_of_one_sector_are_worth_less_the_more_there_are(turns):
    """Log utility, a star whose links are always wanted, hardly any shocks: links fade, and pairs twice as fast."""
    model = star_network(
        6, risk_aversion=1.0, switch_rate=turns, productivity_loadings=(1e-5,), mean_productivity=(0.0,)
    )
    count, active = (part.ravel() for part in np.indices((7, 2)))
    exact = StarPlanner(model, 21).value(count, active, np.zeros((14, 1)))
    links = np.repeat(np.eye(7)[None], 14, 0)
    links[:, 0, 1:] = np.arange(6) < count[:, None]
    regime = tf.constant(1 - active, tf.int32)
    found = model.open_baseline(np.zeros((14, 7)), tf.constant(links.reshape(14, -1)), regime)
    np.testing.assert_allclose(tf.gather(found.values, regime, batch_dims=1), exact, rtol=0, atol=1e-5)
    assert np.ptp(exact) > 0.5
    gains = np.diff(exact.reshape(7, 2)[:, 1])
    assert gains[0] > 2 * gains[-1] > 0


@pytest.mark.parametrize(
    ("model", "error"),
    [
        (star_network(9), 0.005),
        (random_network(2, risk_aversion=2.0), 0.015),
        (random_network(risk_aversion=4.3), 0.015),
    ],
)
def test_the_baseline_is_near_the_value(model, error):
    """In units of what options are worth, at risk aversions of two and more."""
    known, never = model.exact_values(), dataclasses.replace(model, arrival_rate=0.0).exact_values()
    regime = tf.constant(known.regime, tf.int32)
    found = model.open_baseline(tf.constant(known.state), tf.constant(known.binary), regime).values
    worth = [tf.gather(found, regime, batch_dims=1), known.value, never.value]
    mine, exact, without = (model.preferences.consumption_equivalent(tf.constant(part)).numpy() for part in worth)
    assert np.sqrt(np.mean((mine - exact) ** 2)) < error * np.abs(exact - without).mean()


def test_links_pay_by_what_they_add_where_others_come_and_go():
    """The last link of the full star does not pay, but nobody has all of them."""
    model = star_network(12)
    assert (model.usual_links[0, 1:] == 0.5).all()
    assert (np.delete(model.usual_links, 0, 0) == 1).all()  # links that cannot move stay


def test_scales_of_flips_are_their_worth_at_rest_and_no_less_than_that_of_the_average():
    model = random_network(4)
    worth = np.abs(model.gains_at_rest(model.usual_links))[model.movable]
    np.testing.assert_allclose(model.flip_scales[model.movable.ravel()] ** 2, worth**2 + worth.mean() ** 2, rtol=1e-12)
    inherited = SwitchingJumpDiffusion.flip_scales.fget(model)
    np.testing.assert_allclose(inherited, model.value_scale / 16, rtol=1e-12)


def test_links_that_do_not_pay_are_not_usual():
    model = random_network(4, link_cost=(100.0,))
    np.testing.assert_array_equal(model.usual_links, ~model.movable)


@AVERSIONS
def test_gains_of_the_baseline_are_of_the_flips_of_the_active_sector(aversion):
    model = random_network(5, 2, risk_aversion=aversion)
    state, binary, regime = drawn_points(model)
    found = model.open_baseline(state, binary, regime)
    each, turn = tf.repeat(state[:, None], 5, 1), tf.repeat(regime[:, None], 5, 1)
    after = model.open_baseline(each, flip_each(binary, model.available(regime)), turn).values
    gains = tf.gather(after, turn, batch_dims=2) - tf.gather(found.values, regime, batch_dims=1)[:, None]
    np.testing.assert_allclose(found.gains, gains, rtol=0, atol=1e-12)


def test_a_contract_without_a_better_baseline_takes_that_of_jump_diffusions():
    model = random_network(4, 2)
    state, binary, regime = drawn_points(model)
    found = SwitchingJumpDiffusion.open_baseline(model, state, binary, regime)
    assert found.values.shape == (20, 4)
    assert not found.values.numpy().any()
    assert not found.gains.numpy().any()
    np.testing.assert_allclose(tf.reduce_sum(found.remainder, -1), model.flow(state, binary), rtol=1e-12)


def test_compiled_baselines_in_single_precision_are_near():
    model = random_network(5, 2)
    state, binary, regime = drawn_points(model)
    exact = model.open_baseline(state, binary, regime)
    compiled = tf.function(model.open_baseline, jit_compile=True, autograph=False)
    found = compiled(tf.cast(state, tf.float32), tf.cast(binary, tf.float32), regime)
    assert found.gains.dtype == tf.float32
    np.testing.assert_allclose(found.values, exact.values, rtol=2e-6)
    np.testing.assert_allclose(found.gains, exact.gains, rtol=0, atol=2e-5)
