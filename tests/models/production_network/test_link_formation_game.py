"""Sectors that decide themselves: the equations hold at an equilibrium, the baseline's parts, turns; refusals."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import FlipGains
from hetkeras.errors import CalibrationError
from hetkeras.references.production_network.delegate_equilibrium import DelegateEquilibrium
from tests.small_networks import delegates, generator_of, networks_and_states, random_network

CASES = pytest.mark.parametrize(
    "changes",
    [
        {"link_cost": (0.3,)},
        *({"joint": 1, "link_cost": (0.2,), "bargaining_power": power} for power in (0.5, 0.0, 1.0)),
    ],
)


def regimes_of(model, sector):
    """All delegates in turn, [B]."""
    return (np.arange(len(sector)) % model.num_sectors) * model.num_sectors + sector


@CASES
@pytest.mark.parametrize("count", [2, 3])
def test_the_equilibrium_solves_the_equations_of_all_delegates(count, changes):
    """Drift by differences of the reference in the factor, all else by the model."""
    model = delegates(count, **changes)
    solved = DelegateEquilibrium(model, 201 if count == 2 else 31)
    links, sector, factors = networks_and_states(model, 60)
    row, state = np.arange(60), model.mean_state + factors @ model.factor_loadings.T
    regime, delegate = regimes_of(model, sector), np.arange(60) % count
    tables = np.stack([solved.value(links, np.full(60, z), factors) for z in range(count)], -1)  # [B, N, Z]
    values, here = tf.constant(tables.reshape(60, -1)), tables[row, delegate, sector]
    step = 1e-3
    near = [solved.value(links, sector, factors + move)[row, delegate] for move in (-step, step)]
    slope, bend = (near[1] - near[0]) / (2 * step), (near[0] + near[1] - 2 * here) / step**2
    drift = bend / 2 - model.reversion * factors[:, 0] * slope
    turn = tf.constant(regime, tf.int32)
    asked = model.consulted_regimes(turn).numpy() // count  # [B, S, A], whose gains
    gains = solved.link_gains(links, sector, factors)  # [B, N, S]
    at = links[row, sector]
    flips = (1 - 2 * at)[..., None] * np.take_along_axis(np.swapaxes(gains, 1, 2), asked, -1)
    found = model.decision_gains(tf.constant(flips))
    which, binary = model.available(turn), tf.constant(links.reshape(60, -1))
    jumps = tf.reduce_sum(model.regime_payoff(tf.constant(at), found, found.own, which, turn), -1)
    right = model.flow_in(tf.constant(state), binary, turn) + drift + model.switching(values, turn) + jumps
    error = np.abs(model.discount_rate * here - right) / (model.discount_rate * model.value_scale)
    assert np.quantile(error, 0.9) < 0.02  # a few lie next to where decisions change
    assert error.max() < 0.2


@pytest.mark.parametrize("joint", [0, 1])
def test_what_the_baseline_leaves_of_the_equation_is_known(joint):
    model = delegates(3, joint=joint, mean_productivity=(0.1,))
    links, sector, factors = networks_and_states(model, 12)
    state, binary = (tf.constant(part) for part in (model.mean_state + factors @ model.factor_loadings.T, links))
    binary = tf.reshape(binary, (12, -1))
    regime = tf.constant(regimes_of(model, sector), tf.int32)
    found = model.open_baseline(state, binary, regime)

    def own(at):
        return tf.gather(model.open_baseline(at, binary, regime).values, regime, batch_dims=1)

    right = model.flow_in(state, binary, regime) + generator_of(model, own, state, binary)
    right += model.switching(found.values, regime) - tf.reduce_sum(found.remainder, -1)
    np.testing.assert_allclose(model.discount_rate * own(state), right, rtol=5e-11, atol=1e-10)
    assert np.abs(found.remainder).max() > 1e-3


@pytest.mark.parametrize("joint", [0, 1])
def test_gains_of_the_baseline_are_shares_of_differences_between_lasting_networks(joint):
    """At the rate of discount that reckons with fading."""
    model = delegates(3, joint=joint)
    links, sector, factors = networks_and_states(model, 9)
    state = model.mean_state + factors @ model.factor_loadings.T
    regime = tf.constant(regimes_of(model, sector), tf.int32)
    found = model.open_baseline(tf.constant(state), tf.constant(links.reshape(9, -1)), regime).gains.numpy()
    rates = model.unit_costs
    lasting = dataclasses.replace(model, discount_rate=model.discount_rate + rates.fading)
    asked = model.consulted_regimes(regime).numpy() // 3
    for supplier in range(3):
        other = links.copy()
        other[np.arange(9), sector, supplier] = 1 - other[np.arange(9), sector, supplier]
        away = state - model.mean_state
        both = [lasting.unit_costs.frozen(tf.constant(each), away).numpy() for each in (other, links)]
        expected = rates.flip_share * np.take_along_axis(both[0] - both[1], asked[:, supplier], -1)
        moves = sector != supplier
        np.testing.assert_allclose(found[moves, supplier], expected[moves], rtol=1e-9, atol=1e-12)


def test_turns_belong_to_sectors_and_delegates_stay():
    model = delegates(3, switch_rate=5.0)
    seed, count = tf.constant([1, 2]), 30_000
    regime = model.sample_regime(seed, count).numpy()
    delegate, active = np.divmod(regime, 3)
    np.testing.assert_allclose(np.bincount(active) / count, 1 / 3, atol=0.01)
    assert (delegate == active).mean() == pytest.approx(0.5 + 0.5 / 3, abs=0.01)
    later = model.switch(tf.constant(regime), tf.fill((count,), 0.05), tf.constant([3, 4])).numpy()
    np.testing.assert_array_equal(later // 3, delegate)
    stayed = (1 + 2 * np.exp(-15 * 0.05)) / 3
    assert (later == regime).mean() == pytest.approx(stayed, abs=0.01)
    np.testing.assert_array_equal(model.decision_regimes, [0, 4, 8])
    np.testing.assert_array_equal(model.turns, np.repeat([0, 4, 8], 3))
    assert model.switch_rates[0, 1] == 5.0 == model.switch_rates[7, 8]
    assert not model.switch_rates[0, 3:].any()


def test_a_consumer_weighs_delegates_as_log_gdp_weighs_unit_costs():
    """So that networks that do not move are worth what they are to a planner with log utility."""
    game, planner = delegates(3), random_network(3, risk_aversion=1.0)
    links, _, factors = networks_and_states(game, 12)
    state, binary = (tf.constant(part) for part in (game.mean_state + factors @ game.factor_loadings.T, links))
    at = state, tf.reshape(binary, (12, -1))
    np.testing.assert_allclose(game.frozen_value(*at), planner.frozen_value(*at), rtol=1e-11)
    own = [game.frozen_value(*at, tf.fill((12,), 3 * delegate)) for delegate in range(3)]
    regimes = tf.stack([value for value in own for _ in range(3)], -1)
    np.testing.assert_allclose(game.to_consumer(regimes), planner.frozen_value(*at), rtol=1e-11)


@pytest.mark.parametrize(("joint", "expected"), [(0, [[3 + 2], [6 + 2]]), (1, [[3 + 2, 0 + 2], [6 + 2, 3 + 2]])])
def test_users_decide_and_where_links_are_joint_their_suppliers_too(joint, expected):
    """Links 1 -> 0 and 2 -> 1 (numbers 3 and 7), in the turn of sector 2, whoever's value is asked for."""
    found = delegates(3, joint=joint).deciders(tf.constant([3, 7]), tf.constant([5, 5]))
    np.testing.assert_array_equal(found, expected)


def test_payments_go_between_the_two_who_share_a_link():
    """Forming a link: what the two get adds up to their joint surplus, whatever their power."""
    model = delegates(3, joint=1, bargaining_power=0.3, link_cost=(0.1,), arrival_rate=1.0)
    worth = tf.constant([0.4, -0.1, 0.25], tf.float64)  # of link 0 -> 1, to all delegates
    which = tf.constant([[1]])
    got = []
    for delegate in range(3):
        gains = FlipGains(worth[delegate, None, None], (worth[0] + worth[1])[None, None])
        zero = tf.zeros((1, 1), tf.float64)
        got.append(float(model.regime_payoff(zero, gains, gains.own, which, tf.constant([delegate * 3]))[0, 0]))
    np.testing.assert_allclose(got, [0.3 * 0.2, 0.7 * 0.2, 0.25], rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"risk_aversion": 2.0}, "risk_aversion is 2.0; expected 1: delegates care for log unit costs"),
        ({"joint": 2}, r"joint is 2; expected 0 \(users decide\) or 1"),
        ({"bargaining_power": 1.5}, "bargaining_power is 1.5; expected from 0 to 1"),
        ({"series_terms": 10}, "series_terms is 10; expected 0"),
        ({"search_cost": 2.0}, "search_cost is 2.0; expected 0: delegates make no effort"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(CalibrationError, match=message):
        delegates(2, **changes)
