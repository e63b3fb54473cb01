"""Production networks: closed forms in their equations, flips and turns by brute force, the HJB equation; refusals."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion, flip_each
from hetkeras.diffusion import diffusion_nodes, generator
from hetkeras.errors import CalibrationError
from hetkeras.exact_tables import bipartite_table
from hetkeras.models.production_network import ProductionNetwork
from hetkeras.references.additive_links import AdditiveLinks
from hetkeras.references.network_planner import NetworkPlanner
from hetkeras.references.star_planner import StarPlanner
from tests.references.entry_oracles import best_holding, best_option
from tests.small_networks import EFFORTS, generator_of, networks_and_states, random_network, star_network

AVERSIONS = pytest.mark.parametrize("aversion", [1.0, 2.0, 4.3])
RNG = np.random.default_rng(5)


def points(model, count=20):
    """State [B, D], binary [B, J] in float64, regime [B]."""
    links, sector, factors = networks_and_states(model, count)
    states = model.mean_state + factors @ model.factor_loadings.T
    return tf.constant(states), tf.reshape(tf.constant(links), (count, -1)), tf.constant(sector, tf.int32)


# --- values in closed form -----------------------------------------------------------------------------------
@AVERSIONS
@pytest.mark.parametrize("normalised", [0, 1])
def test_the_frozen_value_solves_its_equation_whatever_the_productivity(aversion, normalised):
    """rho W = u + L W with the generator by automatic differentiation, states off the factors' manifold included."""
    model = random_network(4, 2, risk_aversion=aversion, normalised=normalised)
    state, binary, _ = points(model)
    state += 0.2 * RNG.normal(size=state.shape)
    found = generator_of(model, lambda at: model.frozen_value(at, binary), state, binary)
    right = model.flow(state, binary) + found
    np.testing.assert_allclose(model.discount_rate * model.frozen_value(state, binary), right, rtol=5e-12, atol=1e-12)


@AVERSIONS
@pytest.mark.parametrize("changes", [{}, {"arrival_rate": 0.0}, {"series_terms": 6, "normalised": 0}])
def test_the_baseline_solves_its_equation_but_for_the_remainder(aversion, changes):
    """rho W_z = u + L W_z + lambda_z sum_i (W_i - W_z) - remainder."""
    model = random_network(4, 2, risk_aversion=aversion, **changes)
    state, binary, regime = points(model)
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
    known, never = model.known(), dataclasses.replace(model, arrival_rate=0.0).known()
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
    state, binary, regime = points(model)
    found = model.open_baseline(state, binary, regime)
    each, turn = tf.repeat(state[:, None], 5, 1), tf.repeat(regime[:, None], 5, 1)
    after = model.open_baseline(each, flip_each(binary, model.open_now(regime)), turn).values
    gains = tf.gather(after, turn, batch_dims=2) - tf.gather(found.values, regime, batch_dims=1)[:, None]
    np.testing.assert_allclose(found.gains, gains, rtol=0, atol=1e-12)


def test_a_contract_without_a_better_baseline_takes_that_of_jump_diffusions():
    model = random_network(4, 2)
    state, binary, regime = points(model)
    found = SwitchingJumpDiffusion.open_baseline(model, state, binary, regime)
    assert found.values.shape == (20, 4)
    assert not found.values.numpy().any()
    assert not found.gains.numpy().any()
    np.testing.assert_allclose(tf.reduce_sum(found.remainder, -1), model.flow(state, binary), rtol=1e-12)


def test_compiled_baselines_in_single_precision_are_near():
    model = random_network(5, 2)
    state, binary, regime = points(model)
    exact = model.open_baseline(state, binary, regime)
    compiled = tf.function(model.open_baseline, jit_compile=True)
    found = compiled(tf.cast(state, tf.float32), tf.cast(binary, tf.float32), regime)
    assert found.gains.dtype == tf.float32
    np.testing.assert_allclose(found.values, exact.values, rtol=2e-6)
    np.testing.assert_allclose(found.gains, exact.gains, rtol=0, atol=2e-5)


# --- flows and flips -----------------------------------------------------------------------------------------
@AVERSIONS
def test_the_flow_is_scaled_utility_of_log_gdp(aversion):
    model = random_network(3, risk_aversion=aversion)
    state, binary, _ = points(model)
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
    surplus, rate = model.surplus(binary, gains, valued).numpy(), model.intensity(binary, gains).numpy()
    accepted = model.accepted(binary, gains).numpy()
    for row in range(50):
        for j in range(9):
            moves = j not in (0, 4, 8) and shares[j] > 0
            on, gain, worth = binary[row, j] == 1, float(gains[row, j]), float(valued[row, j])
            taken = moves and not on and gain > 0.3
            expected = 0.2 * worth if on else 0.7 * (worth - 0.3) * taken
            assert surplus[row, j] == pytest.approx(expected * moves, abs=1e-15)
            assert rate[row, j] == pytest.approx((0.2 if on else 0.7 * taken) * moves)
            assert accepted[row, j] == taken
    assert (rate <= np.where(binary == 1, *model.intensity_bounds.T[::-1])).all()
    assert model.intensity_bounds.max(0).tolist() == [0.7, 0.2]
    which = tf.constant(RNG.integers(0, 9, (50, 4)))
    parts = [tf.gather(part, which, batch_dims=1) for part in (binary, gains, valued)]
    for method, whole in ((model.surplus, surplus), (model.intensity, rate), (model.accepted, accepted)):
        arguments = parts if method == model.surplus else parts[:2]
        np.testing.assert_array_equal(method(*arguments, which=which), np.take_along_axis(whole, which.numpy(), 1))


def test_links_are_rows_of_users_and_flips_of_a_turn_are_those_of_its_row():
    model = random_network(3)
    binary = tf.constant([[1.0, 0, 1, 0, 1, 0, 1, 1, 1]], tf.float64)
    np.testing.assert_array_equal(model.links(binary)[0], [[1, 0, 1], [0, 1, 0], [1, 1, 1]])
    after = model.links(flip_each(binary, model.open_now(tf.constant([1]))))[0]
    np.testing.assert_array_equal(after[0], [[1, 0, 1], [1, 1, 0], [1, 1, 1]])
    np.testing.assert_array_equal(after[2], [[1, 0, 1], [0, 1, 1], [1, 1, 1]])


@pytest.mark.parametrize("binary", [0.0, 1.0])
def test_efforts_are_the_best_of_those_that_are_tried(binary):
    model = random_network(3, link_cost=(0.05,), **EFFORTS)
    gains = np.linspace(-0.9, 0.9, 9 * 7).reshape(7, 9)
    at, moves = tf.fill((7, 9), tf.constant(binary, tf.float64)), model.movable.ravel()
    destination = SimpleNamespace(opportunity_rate=model.arrival_rate, loss_rate=model.destruction_rate, **EFFORTS)
    best = best_holding(destination, -gains) if binary else best_option(destination, gains - 0.05)
    np.testing.assert_allclose(model.surplus(at, tf.constant(gains), gains), best * moves, rtol=0, atol=2e-5)
    kept = np.clip(-gains / 0.8, 0.0, model.destruction_rate)
    search = np.maximum(gains - 0.05, 0.0) / 0.3
    off, on = 0.5 * (gains > 0.05) + search, 0.5 - kept + 0.4 * (gains > 0)
    rate = model.intensity(at, tf.constant(gains)).numpy()
    np.testing.assert_allclose(rate, (on if binary else off) * moves, rtol=1e-14)
    assert (rate <= model.intensity_bounds[:, int(binary)]).all()
    assert model.intensity_bounds[0].tolist() == [0, 0]  # of a link to itself, also where search has no bound
    assert model.chosen_flips == (True, True)


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
@pytest.mark.parametrize(("count", "num_factors", "nodes"), [(2, 1, 201), (2, 2, 41), (3, 1, 51)])
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
    which = model.open_now(regime)
    after = head(tf.repeat(state[:, None], count, 1), flip_each(binary, which))
    gains = tf.gather(after, tf.repeat(regime[:, None], count, 1), batch_dims=2) - value[:, None]
    jumps = model.surplus(tf.gather(binary, which, batch_dims=1), gains, gains, which)
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
    state, binary, regime = points(model)
    np.testing.assert_allclose(model.element_states(state)[..., 0], state - model.mean_state, rtol=1e-14)
    assert model.element_traits.shape[0] == 4
    assert ProductionNetwork().element_traits.shape == (5, 0)
    facts = model.element_facts
    assert (facts["user"][5], facts["supplier"][5], facts["share"][5]) == (1, 1, model.technology.shares[1, 1])
    assert {*model.state_names, *model.flip_names, model.regime_name, "value", "rate"} <= model.units.keys()
    sizes = model.num_binary, model.num_regimes, model.num_shocks, model.open_flips.shape
    assert sizes == (16, 4, 2, (4, 4))
    nodes, _ = diffusion_nodes(model, state, binary, 0.01, tf.ones_like(state))
    assert nodes.shape == (4, *state.shape)
    assert model.own_volatility(state, binary) is None
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


# --- what is known, and the calibration ----------------------------------------------------------------------
def test_known_values_name_the_sector_whose_turn_it_is():
    known = star_network(6).known()
    assert known.name == "star"
    assert [part.shape for part in known[1:6]] == [(200, 7), (200, 49), (200,), (200, 7), (200,)]
    assert known.decision is None  # the planner decides
    assert not known.worth[known.regime != 0].any()
    assert random_network(6).known() is None


def test_a_calibration_survives_the_way_through_its_dictionary():
    model = random_network(3, 2)
    assert ProductionNetwork.from_dict(model.as_dict()) == model
    assert dataclasses.replace(model, risk_aversion=3.0) != model


@pytest.mark.parametrize("sector", [-1, 5, 2.5, np.nan])
def test_sectors_out_of_range_are_refused(sector):
    with pytest.raises(CalibrationError, match=rf"sector holds {sector}.*; expected whole numbers from 0 to 4"):
        ProductionNetwork().checked_regime(np.array([0, sector]))
    found = ProductionNetwork().checked_regime(np.array([4, 0.0]))
    assert found.tolist() == [4, 0]
    assert found.dtype == np.int32


REFUSED = {
    "num_sectors": [(1, "expected from 2 to 500"), (501, "expected from 2 to 500")],
    "num_factors": [(0, "expected from 1 to 10"), (11, "expected from 1 to 10")],
    "discount_rate": [(0.0, "expected above 0"), (math.inf, "expected finite float")],
    "reversion": [(0.0, "expected above 0")],
    "risk_aversion": [(0.0, "expected above 0")],
    "switch_rate": [(0.0, "expected above 0")],
    "penalty_cap": [(0.0, "expected above 0")],
    "arrival_rate": [(-0.1, "expected 0 or above")],
    "destruction_rate": [(-0.1, "expected 0 or above")],
    "arrival_rate and destruction_rate": [({"arrival_rate": 0.0, "destruction_rate": 0.0}, "both 0; expected one")],
    **{name: [(-0.1, "expected above 0, or 0 to do without")] for name in EFFORTS},
    "series_terms": [(-1, "expected 0 or above")],
    "normalised": [(2, "expected 0 or 1")],
    "shares": [
        ((0.1,) * 4, "has 4 numbers; expected 1 or 9"),
        ((0.4,), "of inputs sum to 1.2 in sector 0 .1 or above in 3 of 3.; expected below 1"),
        ((0.4,), "is unstable: its spectral radius is 1.2; expected below 1"),
        ((0.5, 0.5, 0.0, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0), "of inputs sum to 1 in sector 0 .1 or above in 1 of 3."),
        ((-0.1,), "has the entry -0.1; expected no negative number"),
        (tuple((0.1 * np.eye(3)).ravel()), "has no positive entry off its diagonal"),
    ],
    "consumption_shares": [
        ((0.5, 0.5), "has 2 numbers; expected 0 or 3"),
        ((0.5, 0.4, 0.2), "sum to 1.1; expected 1: divide them by their sum"),
        ((0.6, 0.6, -0.2), "has the entry -0.2; expected no negative number"),
    ],
    "mean_productivity": [((0.0, 0.0), "has 2 numbers; expected 1 or 3"), ((math.nan,), "expected finite float")],
    "productivity_loadings": [((0.1,), "has 1 numbers; expected 2 or 6 for 3 sectors and 2 factors")],
    "sector_penalty": [((1.0, 2.0), "expected 1 or 3"), ((-1.0,), "expected no negative number")],
    "link_penalty": [((1.0, 2.0), "expected 1 or 9"), ((-1.0,), "expected no negative number")],
    "link_cost": [((1.0, 2.0), "expected 1 or 9")],
}


@pytest.mark.parametrize(("name", "value", "message"), [(name, *case) for name in REFUSED for case in REFUSED[name]])
def test_every_violation_is_named(name, value, message):
    with pytest.raises(CalibrationError, match=rf"{name}.*{message}|the network of {name} {message}"):
        ProductionNetwork(**{"num_sectors": 3} | (value if isinstance(value, dict) else {name: value}))


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(CalibrationError) as error:
        ProductionNetwork(shares=(0.3,), discount_rate=-1.0, consumption_shares=(1.0,) * 5)
    assert len(str(error.value).splitlines()) == 5  # the headline, the rate, the sum, sums of rows, the radius
