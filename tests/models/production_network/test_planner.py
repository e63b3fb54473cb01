"""Production networks: closed forms in their equations, flips and turns by brute force, the HJB equation; refusals."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import flip_each
from hetkeras.methods.jump_diffusion.generator import diffusion_nodes, generator
from hetkeras.models.production_network.benchmark_economies import bipartite_table
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.references.production_network.network_planner import NetworkPlanner
from hetkeras.references.production_network.star_planner import StarPlanner
from tests.references.export_entry.entry_oracles import best_holding, best_option
from tests.small_networks import EFFORTS, drawn_points, networks_and_states, random_network, star_network

AVERSIONS = pytest.mark.parametrize("aversion", [1.0, 2.0, 4.3])
RNG = np.random.default_rng(5)


# --- flows and flips -----------------------------------------------------------------------------------------
@AVERSIONS
def test_the_flow_is_scaled_utility_of_log_gdp(aversion):
    model = random_network(3, risk_aversion=aversion)
    state, binary, _ = drawn_points(model)
    log_gdp = model.technology.log_gdp(model.links(binary), state).numpy()
    level = math.exp(1 - aversion) if aversion == 1 else 1 / (1 - aversion)
    expected = log_gdp if aversion == 1 else level * np.exp((1 - aversion) * log_gdp) - level
    np.testing.assert_allclose(model.flow(state, binary), expected, rtol=0, atol=1e-13)
    worth = model.preferences.consumption_equivalent(model.flow(state, binary) / model.discount_rate)
    np.testing.assert_allclose(worth, log_gdp, rtol=0, atol=1e-13)


def test_flips_pay_by_their_kind_their_cost_and_the_gain_that_decides():
    """Written a second time, link by link; diagonal links and links without a share never move."""
    shares = [0.2, 0.1, 0.0, 0.1, 0.1, 0.2, 0.3, 0.05, 0.0]
    model = ProductionNetwork(
        num_sectors=3, shares=tuple(shares), link_cost=(0.3,), arrival_rate=0.7, destruction_rate=0.2
    )
    binary = tf.constant(RNG.integers(0, 2, (50, 9)), tf.float64)
    gains, valued = (tf.constant(RNG.normal(size=(50, 9))) for _ in range(2))
    surplus, rate = model.jump_payoff(binary, gains, valued).numpy(), model.intensity(binary, gains).numpy()
    accepted = model.accepts(binary, gains).numpy()
    for row in range(50):
        for j in range(9):
            moves = j not in (0, 4, 8) and shares[j] > 0
            on, gain, worth = binary[row, j] == 1, float(gains[row, j]), float(valued[row, j])
            taken = moves and not on and gain > 0.3
            expected = 0.2 * worth if on else 0.7 * (worth - 0.3) * taken
            assert surplus[row, j] == pytest.approx(expected * moves, abs=1e-15)
            assert rate[row, j] == pytest.approx((0.2 if on else 0.7 * taken) * moves)
            assert accepted[row, j] == taken
    assert (rate <= np.where(binary == 1, *model.max_hazard.T[::-1])).all()
    assert model.max_hazard.max(0).tolist() == [0.7, 0.2]
    which = tf.constant(RNG.integers(0, 9, (50, 4)))
    parts = [tf.gather(part, which, batch_dims=1) for part in (binary, gains, valued)]
    for method, whole in ((model.jump_payoff, surplus), (model.intensity, rate), (model.accepts, accepted)):
        arguments = parts if method == model.jump_payoff else parts[:2]
        np.testing.assert_array_equal(method(*arguments, which=which), np.take_along_axis(whole, which.numpy(), 1))


def test_links_are_rows_of_users_and_flips_of_a_turn_are_those_of_its_row():
    model = random_network(3)
    binary = tf.constant([[1.0, 0, 1, 0, 1, 0, 1, 1, 1]], tf.float64)
    np.testing.assert_array_equal(model.links(binary)[0], [[1, 0, 1], [0, 1, 0], [1, 1, 1]])
    after = model.links(flip_each(binary, model.available(tf.constant([1]))))[0]
    np.testing.assert_array_equal(after[0], [[1, 0, 1], [1, 1, 0], [1, 1, 1]])
    np.testing.assert_array_equal(after[2], [[1, 0, 1], [0, 1, 1], [1, 1, 1]])


@pytest.mark.parametrize("binary", [0.0, 1.0])
def test_efforts_are_the_best_of_those_that_are_tried(binary):
    model = random_network(3, link_cost=(0.05,), **EFFORTS)
    gains = np.linspace(-0.9, 0.9, 9 * 7).reshape(7, 9)
    at, moves = tf.fill((7, 9), tf.constant(binary, tf.float64)), model.movable.ravel()
    destination = SimpleNamespace(opportunity_rate=model.arrival_rate, loss_rate=model.destruction_rate, **EFFORTS)
    best = best_holding(destination, -gains) if binary else best_option(destination, gains - 0.05)
    np.testing.assert_allclose(model.jump_payoff(at, tf.constant(gains), gains), best * moves, rtol=0, atol=2e-5)
    kept = np.clip(-gains / 0.8, 0.0, model.destruction_rate)
    search = np.maximum(gains - 0.05, 0.0) / 0.3
    off, on = 0.5 * (gains > 0.05) + search, 0.5 - kept + 0.4 * (gains > 0)
    rate = model.intensity(at, tf.constant(gains)).numpy()
    np.testing.assert_allclose(rate, (on if binary else off) * moves, rtol=1e-14)
    assert (rate <= model.max_hazard[:, int(binary)]).all()
    assert model.max_hazard[0].tolist() == [0, 0]  # of a link to itself, also where search has no bound
    assert model.endogenous_flips == (True, True)


@pytest.mark.parametrize("effort", EFFORTS)
def test_efforts_raise_the_value_more_the_less_they_cost(effort):
    """Opportunities to leave: the more of them there are."""
    free = random_network(3, link_cost=(0.05,))
    cheaper = EFFORTS[effort] * (2 if effort == "exit_rate" else 0.5)
    models = [free, *(dataclasses.replace(free, **{effort: each}) for each in (EFFORTS[effort], cheaper))]
    links, sector, factors = networks_and_states(free, 40)
    values = [NetworkPlanner(each, 31).value(links, sector, factors) for each in models]
    assert (values[1] > values[0] + 1e-4).all()
    assert (values[2] > values[1] + 1e-6).all()


# --- the planner's equation ----------------------------------------------------------------------------------
@AVERSIONS
@pytest.mark.parametrize("efforts", [{}, EFFORTS], ids=["none", "efforts"])
@pytest.mark.parametrize(("count", "num_factors", "nodes"), [(2, 1, 201), (2, 2, 31), (3, 1, 51)])
def test_the_value_on_a_grid_solves_the_equation_of_the_model(aversion, efforts, count, num_factors, nodes):
    """As a solver would use the contract, with the exact value in the place of its network's head."""
    fields = {"risk_aversion": aversion, "link_cost": (0.02,), "destruction_rate": 0.3, **efforts}
    model = random_network(count, num_factors, **fields)
    planner = NetworkPlanner(model, nodes)
    links, _, factors = networks_and_states(model, 30)
    state = tf.constant(model.mean_state + factors @ model.factor_loadings.T)
    binary, regime = tf.reshape(tf.constant(links), (30, -1)), tf.constant(np.arange(30) % count, tf.int32)
    back = np.linalg.pinv(model.factor_loadings).T

    def head(state, binary):
        """[..., Z]."""
        at = (np.asarray(state) - model.mean_state) @ back
        network = np.asarray(model.links(binary))
        return tf.stack([planner.value(network, np.full(at.shape[:-1], z), at) for z in range(count)], -1)

    here = head(state, binary)
    value = tf.gather(here, regime, batch_dims=1)
    drift = generator(model, head, here, state, binary, 0.001, tf.ones_like(state))
    which = model.available(regime)
    after = head(tf.repeat(state[:, None], count, 1), flip_each(binary, which))
    gains = tf.gather(after, tf.repeat(regime[:, None], count, 1), batch_dims=2) - value[:, None]
    jumps = model.jump_payoff(tf.gather(binary, which, batch_dims=1), gains, gains, which)
    right = model.flow(state, binary) + tf.gather(drift, regime, batch_dims=1)
    right += model.switching(here, regime) + tf.reduce_sum(jumps, -1)
    error = (model.discount_rate * value - right).numpy() / (model.discount_rate * model.value_scale)
    assert np.median(np.abs(error)) < 1e-3
    assert np.abs(error).max() < 0.05  # where a difference straddles the threshold of a decision
    left_out = right - model.switching(here, regime)  # what the test would see if turns were forgotten
    assert np.abs(model.discount_rate * value - left_out).max() > 0.05 * model.discount_rate * model.value_scale


# --- states and turns ----------------------------------------------------------------------------------------
def test_switching_sums_over_the_other_regimes():
    model = random_network(4)
    values, regime = RNG.normal(size=(6, 2, 4)), RNG.integers(0, 4, (6, 2))
    found = model.switching(tf.constant(values), tf.constant(regime))
    for index in np.ndindex(6, 2):
        differences = values[index] - values[index][regime[index]]
        assert float(found[index]) == pytest.approx(0.5 * differences.sum(), abs=1e-14)


@pytest.mark.parametrize("span", [0.05, 0.8])
def test_turns_change_with_the_law_of_their_chain(span):
    model = random_network(3, switch_rate=0.6)
    start, rows = np.repeat(np.arange(3), 40_000), 40_000
    moved = model.switch(tf.constant(start, tf.int32), tf.fill((3 * rows,), span), tf.constant([1, 2])).numpy()
    rates = model.switch_rates
    law = scipy.linalg.expm(span * (rates - np.diag(rates.sum(1))))
    found = np.stack([np.bincount(moved[start == z], minlength=3) for z in range(3)]) / rows
    np.testing.assert_allclose(found, law, atol=4.5 * 0.5 / math.sqrt(rows))
    drawn = np.bincount(model.sample_regime(tf.constant([3, 4]), 3 * rows), minlength=3) / (3 * rows)
    np.testing.assert_allclose(drawn, 1 / 3, atol=0.01)


def test_draws_have_links_in_all_numbers_and_a_full_diagonal():
    model = random_network(6, 2)
    state, binary = model.sample(tf.constant([1, 2]), 4000)
    links = model.links(binary).numpy()
    assert (np.diagonal(links, axis1=1, axis2=2) == 1).all()
    shares = links[:, ~np.eye(6, dtype=bool)].mean(1)
    np.testing.assert_allclose(np.histogram(shares, 5, (0, 1))[0] / 4000, 0.2, atol=0.04)
    assert (state.shape, binary.shape, state.dtype) == ((4000, 6), (4000, 36), tf.float32)
    away = (state.numpy() - model.mean_state) @ np.linalg.pinv(model.factor_loadings).T
    np.testing.assert_allclose(away @ model.factor_loadings.T, state - model.mean_state, atol=1e-5)
    assert away.std() * math.sqrt(2 * model.reversion) > 2


def test_states_are_by_sector_and_traits_tell_sectors_apart():
    model = random_network(4, 2)
    state, binary, regime = drawn_points(model)
    np.testing.assert_allclose(model.element_states(state)[..., 0], state - model.mean_state, rtol=1e-14)
    assert model.element_features.shape[0] == 4
    assert ProductionNetwork().element_features.shape == (5, 0)
    facts = model.element_summary
    assert (facts["user"][5], facts["supplier"][5], facts["share"][5]) == (1, 1, model.technology.shares[1, 1])
    assert {*model.state_names, *model.flip_names, model.regime_name, "value", "rate"} <= model.units.keys()
    sizes = model.num_binary, model.num_regimes, model.num_shocks, model.available_flips.shape
    assert sizes == (16, 4, 2, (4, 4))
    nodes, _ = diffusion_nodes(model, state, binary, 0.01, tf.ones_like(state))
    assert nodes.shape == (4, *state.shape)
    assert model.idiosyncratic_volatility(state, binary) is None
    assert regime.dtype == tf.int32


def test_the_scale_is_half_of_what_sectors_links_are_worth_once_they_have_moved():
    model = random_network(3, arrival_rate=0.4, destruction_rate=0.2)
    ones, worth = np.ones((3, 3)), 0.0

    def frozen(links):
        return float(model.frozen_value(tf.constant(model.mean_state), tf.constant(links.ravel())))

    for sector in range(3):
        cut = ones.copy()
        cut[sector, np.arange(3) != sector] = 0
        worth += abs(frozen(ones) - frozen(cut))
    assert model.value_scale == pytest.approx(worth / 2 * 0.2 / 0.25, rel=1e-12)


def test_the_scale_is_the_size_of_what_options_and_losses_add():
    """Of the star: V less the frozen value, over its numbers of links, at rest; the first links are worth most."""
    model = star_network()
    star = StarPlanner(model, 41)
    links = np.repeat(np.eye(37)[None], 37, 0)
    links[:, 0, 1:] = np.arange(36) < np.arange(37)[:, None]
    frozen = model.frozen_value(tf.repeat(tf.constant(model.mean_state)[None], 37, 0), links.reshape(37, -1))
    added = star.value(np.arange(37), np.zeros(37, int), np.zeros((37, 1))) - frozen
    assert 0.5 < np.sqrt(np.mean(added**2)) / model.value_scale < 2
    assert np.abs(added).max() / model.value_scale < 3


def test_scales_of_corrections_are_of_what_the_baseline_leaves():
    """A star's other sectors have no links: each deviates from the average of turns by a sixth of what the hub does."""
    model = star_network(6)
    scales = model.correction_scales
    assert 0 < scales.shared < 0.1 * model.value_scale
    np.testing.assert_allclose(scales.turns[0] / scales.turns[1:], 6, rtol=1e-6)
    quick = dataclasses.replace(model, switch_rate=50.0).correction_scales
    assert quick.turns[0] * quick.shared < 0.1 * scales.turns[0] * scales.shared
    alone = bipartite_table(4, 2) | {"mean_productivity": (0.5,), "productivity_loadings": (1e-5,)}
    exact = ProductionNetwork(**alone)
    assert exact.correction_scales.shared == pytest.approx(1e-3 * exact.value_scale)
