"""What follows from six statements about binary states, and two about regimes: defaults against the models' own."""

import dataclasses

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

import hetkeras as hk
from hetkeras.contracts.binary_elements import exchangeable, reached_states
from tests.examples import example
from tests.models.export_entry.test_model import CALIBRATIONS
from tests.small_networks import random_network

STATED = {"num_binary", "discount_rate", "efforts", "flow", "mean_state", "factor_loadings"}
Plants, Seasons = example("plants").Plants, example("seasons").Seasons
NETWORK = random_network(3, 2, link_cost=(0.05,))
ENTRY = CALIBRATIONS["heterogeneous"]


def default(contract, model, name, *arguments):
    """What the contract makes of the model, whether or not the model overrides it."""
    member = getattr(contract, name)
    if isinstance(member, property):
        return member.fget(model)
    return member(model, *arguments) if callable(member) else member.func(model)


def test_a_model_states_no_more_than_its_economics():
    both = type("Both", (hk.SwitchingJumpDiffusion, hk.RevertingStates), {})
    assert hk.RevertingStates.__abstractmethods__ == STATED
    assert both.__abstractmethods__ == {*STATED, "switch_rates", "available_flips"}


@pytest.mark.parametrize("model", [*CALIBRATIONS.values(), hk.models.ExportEntry(), NETWORK])
def test_the_scale_of_the_value_is_that_of_closed_forms_within_a_factor(model):
    assert 0.4 < default(hk.JumpDiffusion, model, "value_scale") / model.value_scale < 2.5


def test_the_scale_is_half_the_value_of_what_is_on_for_ever():
    model = Plants(volatility=1e-9)  # every state is at rest
    _, binary = reached_states(model)
    added = np.abs(binary.numpy() @ (model.mean_demand - np.array(model.upkeep))).mean()
    np.testing.assert_allclose(model.value_scale, added / model.discount_rate / 2, rtol=1e-6)


@pytest.mark.parametrize(("contract", "model"), [(hk.JumpDiffusion, ENTRY), (hk.SwitchingJumpDiffusion, NETWORK)])
def test_sizes_and_states_by_element_are_the_models_own(contract, model):
    state, _ = model.sample(tf.constant([0, 1]), 8, tf.float64)
    assert default(hk.JumpDiffusion, model, "num_shocks") == model.num_shocks == 2
    np.testing.assert_array_equal(default(contract, model, "element_states", state), model.element_states(state))
    np.testing.assert_array_equal(model.join_states(model.split_states(state)), state)
    volatility = default(hk.JumpDiffusion, model, "one_sd_shock")  # of a unit of time; the models': stationary
    np.testing.assert_allclose(volatility, model.one_sd_shock * (2 * model.reversion) ** 0.5, rtol=1e-14)


def test_elements_have_features_where_something_tells_them_apart():
    alike = hk.models.ExportEntry(num_destinations=4)
    assert exchangeable(alike)
    assert default(hk.JumpDiffusion, alike, "element_features").shape == alike.element_features.shape == (4, 0)
    for field in ("entry_cost", "mean_cost", "own_cost_volatility"):
        other = dataclasses.replace(alike, **{field: (0.8, 0.8, 0.8, 0.9)})
        assert not exchangeable(other)
        np.testing.assert_array_equal(default(hk.JumpDiffusion, other, "element_features"), np.eye(4))
    loadings = (0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.2, 0.1)  # of equal size, on other shocks
    assert not exchangeable(dataclasses.replace(alike, cost_loadings=loadings))
    assert not exchangeable(dataclasses.replace(alike, complementarity=tuple(np.eye(4, k=1).ravel())))


def test_states_are_named_by_how_many_there_are():
    assert default(hk.JumpDiffusion, ENTRY, "state_names") == ("state",)
    moving = CALIBRATIONS["moving revenue and own shocks"]
    assert default(hk.JumpDiffusion, moving, "state_names") == ("state_1", "state_2")
    assert Plants().all_state_names == ("demand",)


def test_regimes_follow_their_rates_as_the_models_own_do():
    contract, count = hk.SwitchingJumpDiffusion, 60_000
    assert default(contract, NETWORK, "num_regimes") == NETWORK.num_regimes
    law = scipy.linalg.expm(0.7 * (NETWORK.switch_rates - np.diag(NETWORK.switch_rates.sum(1))))[1]
    span, start, seed = (
        tf.fill((count,), tf.constant(0.7, tf.float64)),
        tf.ones((count,), tf.int32),
        tf.constant([1, 2]),
    )
    for found in (NETWORK.switch(start, span, seed), default(contract, NETWORK, "switch", start, span, seed)):
        np.testing.assert_allclose(np.bincount(found) / count, law, atol=0.01)
    for found in (NETWORK.sample_regime(seed, count), default(contract, NETWORK, "sample_regime", seed, count)):
        np.testing.assert_allclose(np.bincount(found) / count, 1 / 3, atol=0.01)


def test_the_long_run_starts_where_all_opportunities_are_taken():
    free = dataclasses.replace(NETWORK, link_cost=(-1e3,))  # each link pays
    np.testing.assert_allclose(
        default(hk.SwitchingJumpDiffusion, free, "long_run_probabilities"), free.long_run_probabilities
    )


def test_what_a_regime_earns_beyond_the_flow_is_in_the_remainder():
    model = Seasons()
    state, binary = model.sample(tf.constant([2, 3]), 6, tf.float64)
    regime = tf.constant([0, 1, 0, 1, 0, 1])
    found = model.open_baseline(state, binary, regime)
    np.testing.assert_allclose(tf.reduce_sum(found.remainder, -1), model.flow_in(state, binary, regime), rtol=1e-12)
