"""Diagnosis of hand-made values: the exact one passes, and each wrong one is caught by the check that should see it."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.compiling import graph
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion import measure
from hetkeras.methods.jump_diffusion import measure as flip_measuring
from hetkeras.methods.jump_diffusion.diagnosis import diagnose_flips, gain_residuals, known_gaps, own_states, residuals
from hetkeras.methods.jump_diffusion.measure import FlipPlan, batch_need, entry_probability, transition
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.references.export_entry.entry_problem import linked_markets
from hetkeras.references.export_entry.separable_entry import SeparableEntry
from hetkeras.training import memory
from tests.methods.jump_diffusion.separate_values import (
    MODEL,
    SumPolicy,
    exact_tables,
    explosive_tables,
    frozen_tables,
)

SEARCHING = dataclasses.replace(MODEL, search_cost=2.0, maintenance_cost=20.0, exit_rate=0.3)
POLICIES = {
    "exact": exact_tables,
    "high": lambda model: 1.05 * exact_tables(model),
    "frozen": frozen_tables,
    "explosive": explosive_tables,
    "broken": lambda model: np.nan * exact_tables(model),
}
OFF_PATH = ["residual_drawn_rms", "off_path_value_error_rms", "off_path_residual_max", "off_path_value_gap"]
EXPECTED = {
    "exact": [],
    "high": ["residual_own_rms", "gain_residual_own_rms", "outside_bounds", "value_error_rms", *OFF_PATH],
    "frozen": [
        *("residual_own_rms", "gain_residual_own_rms", "policy_value_gap", "outside_bounds", "value_error_rms"),
        *(*OFF_PATH, "off_path_policy_value_gap"),
    ],
    "explosive": ["policy_value_gap", "outside_bounds", "value_error_rms", *OFF_PATH, "off_path_policy_value_gap"],
    "broken": [
        *("residual_own_rms", "gain_residual_own_rms", "policy_value_gap", "outside_bounds", "value_error_rms"),
        *(*OFF_PATH[:-1], "off_path_gain_gap", OFF_PATH[-1], "off_path_policy_value_gap"),
    ],
}


@pytest.fixture(scope="module")
def exact():
    return SumPolicy(MODEL, exact_tables(MODEL))


@pytest.fixture(scope="module", params=POLICIES)
def diagnosed(request):
    """Without XLA, which takes seconds to compile and gives the same numbers."""
    tables = np.nan_to_num(POLICIES[request.param](MODEL), nan=0.0)
    policy = SumPolicy(MODEL, tables)
    if request.param == "broken":
        policy.coefficients = np.nan * policy.coefficients
    with pytest.MonkeyPatch.context() as patch, np.errstate(invalid="ignore"):
        patch.setattr("hetkeras.methods.jump_diffusion.policy_value.compiled", graph)
        return request.param, diagnose_flips(MODEL, policy, years=25.0)


def test_each_wrong_value_is_caught_by_the_checks_that_should_see_it(diagnosed):
    name, diagnosis = diagnosed
    failed = [check.name for check in diagnosis.checks if not check.passed]
    seen = failed if name != "explosive" else [each for each in failed if each != "residual_own_rms"]  # far out it may
    assert seen == EXPECTED[name], diagnosis.numbers
    assert diagnosis.converged == (name == "exact")
    assert len(diagnosis.checks) == 11
    if failed:
        assert diagnosis.reason.startswith(f"{failed[0]} is ")


def test_numbers_say_how_wrong_it_is(diagnosed):
    name, diagnosis = diagnosed
    numbers = diagnosis.numbers
    assert (numbers["num_binary"], numbers["value_scale"]) == (2, MODEL.value_scale)
    if name == "exact":
        assert numbers["residual_own_rms"] < 3e-3
        assert numbers["residual_drawn_rms"] < 3e-3
        assert numbers["value_error_max"] < 1e-4
        assert numbers["decisions_right"] == 1.0
        assert numbers["policy_value_gap"] < 4 * numbers["policy_value_error"] + 2e-3 * numbers["policy_value"]
        assert numbers["outside_bounds"] < 1e-3
    elif name == "high":
        assert numbers["value_error_rms"] == pytest.approx(0.05, rel=1e-3)
        assert numbers["gain_error_mean"] == pytest.approx(0.05, rel=1e-3)
    elif name == "frozen":
        assert numbers["value_at_rest"] == pytest.approx(0.0, abs=1e-6)
        assert numbers["policy_value"] > 0.5
    elif name == "explosive":
        assert numbers["residual_own_p95"] < 0.02
        assert numbers["gain_error_mean"] < 1e-4
        assert numbers["policy_value_gap"] == pytest.approx(numbers["value_at_rest"] / 11, rel=0.4)
    else:
        measured = ["residual_own_rms", "residual_drawn_p95", "policy_value_gap", "value_error_rms", "value_own_mean"]
        assert [numbers[each] for each in measured] == [None] * 5
        assert diagnosis.reason.startswith("residual_own_rms is not finite")
        assert "value_at_rest" in diagnosis.as_dict()


def test_tables_describe_the_elements(diagnosed):
    name, diagnosis = diagnosed
    table = diagnosis.tables["elements"]
    np.testing.assert_array_equal(table["element"], [0, 1])
    np.testing.assert_array_equal(table["entry_cost"], MODEL.entry_cost)
    if name == "exact":
        assert (table["active"] > 0.4).all()
        assert (table["active"] <= 0.95).all()
        assert (table["accepted"] > table["active"] - 0.3).all()
        assert table["active"].mean() == pytest.approx(diagnosis.numbers["active_share"])
        np.testing.assert_allclose(table["worth"], np.diff(exact_tables(MODEL)[:, :, 350])[:, 0], rtol=0.25)


def test_rates_without_a_bound_are_diagnosed_without_simulating_the_value():
    diagnosis = diagnose_flips(SEARCHING, SumPolicy(SEARCHING, exact_tables(SEARCHING)), years=25.0)
    assert diagnosis.converged, diagnosis.reason
    assert [check.name for check in diagnosis.checks] == [
        "residual_own_rms",
        "gain_residual_own_rms",
        "outside_bounds",
        "value_error_rms",
        *OFF_PATH[:-1],
        "off_path_gain_gap",
        OFF_PATH[-1],
    ]
    assert diagnosis.numbers["residual_own_rms"] < 3e-3
    assert "policy_value" not in diagnosis.numbers


# --- parts ---------------------------------------------------------------------------------------------------
def test_a_constant_shifts_the_residual_by_its_share_of_the_scale(exact):
    state, binary = MODEL.sample(tf.constant([1, 2]), 50)
    shifted = SumPolicy(MODEL, exact_tables(MODEL) + 0.01 * MODEL.value_scale)
    np.testing.assert_allclose(residuals(MODEL, exact, state, binary), 0, atol=0.02)
    np.testing.assert_allclose(residuals(MODEL, shifted, state, binary).mean(), 0.02, atol=1e-3)


def test_residuals_see_shocks_of_the_destinations_own():
    model = dataclasses.replace(MODEL, own_cost_volatility=(0.1, 0.2))
    state, binary = model.sample(tf.constant([1, 2]), 200)
    found = residuals(model, SumPolicy(model, exact_tables(model)), state, binary)
    calm = residuals(model, SumPolicy(MODEL, exact_tables(MODEL)), state, binary)
    assert np.sqrt(np.mean(found**2)) < 5e-3 < np.sqrt(np.mean(calm**2))


def test_wrong_gains_are_wrong_decisions():
    tables = exact_tables(MODEL)
    tables[:, 1] -= 0.3
    found = known_gaps(MODEL, SumPolicy(MODEL, tables))
    known = MODEL.exact_values()
    off = known.binary < 0.5
    taken = known.worth > MODEL.entry_cost
    kept = known.worth - 0.3 > MODEL.entry_cost
    assert found["decisions_right"] == pytest.approx((taken == kept)[off].mean(), abs=1e-9)
    assert found["decisions_right"] < 0.95
    assert found["gain_error_mean"] == pytest.approx(0.3 / np.abs(known.worth).mean(), rel=1e-3)
    assert known_gaps(dataclasses.replace(MODEL, complementarity=(0.1,), own_cost_volatility=(0.1,)), None) == {}


def test_gains_that_are_off_show_although_their_errors_offset(exact):
    """One destination is worth `error` too much where active, the other as much too little."""
    error = 0.05
    tables = exact_tables(MODEL)
    tables[0, 1] += error
    tables[1, 1] -= error
    state, binary = MODEL.sample(tf.constant([5, 0]), 2000)
    unit = 2 * error / (MODEL.discount_rate * MODEL.value_scale)
    lowest = unit * (MODEL.discount_rate + MODEL.loss_rate)
    found = np.abs(gain_residuals(MODEL, SumPolicy(MODEL, tables), state, binary))
    assert np.abs(gain_residuals(MODEL, exact, state, binary)).mean() < 0.05 * lowest
    assert np.quantile(found, 0.02) > 0.8 * lowest
    assert np.quantile(found, 0.98) < 1.2 * (lowest + unit * MODEL.opportunity_rate)


def test_own_states_have_forgotten_where_they_started(exact):
    states, binary = own_states(MODEL, exact, 40.0)
    assert states.shape == binary.shape == (5 * 64, 2)
    halves = tf.reshape(binary, (5, 2, -1))
    assert np.abs(np.diff(tf.reduce_mean(halves, (0, 2)))).max() < 0.15
    spread = states.numpy().std(0) / (np.array([0.18, 0.12]) / math.sqrt(0.6))
    np.testing.assert_allclose(spread, 1, atol=0.25)


def test_short_own_paths_leave_states_to_measure(exact):
    assert own_states(MODEL, exact, 10.0)[0].shape[0] > 0


# --- what the app measures beyond ----------------------------------------------------------------------------
def test_opportunities_are_taken_below_the_threshold(exact):
    columns = entry_probability(MODEL, exact)
    last = np.random.default_rng(0).permutation(2)[-1]
    market = linked_markets(MODEL).destinations[last]
    costs = market.mean_cost + columns["impulses"] * MODEL.one_sd_shock[last]
    expected = costs < SeparableEntry(market).threshold()
    assert 0.1 < expected.mean() < 0.9
    for name in ("taken_0", "taken_50", "taken_90"):
        assert (columns[name] == expected).mean() > 0.98


def test_the_shocked_economy_meets_the_luck_of_the_usual_one(exact, monkeypatch):
    monkeypatch.setattr(flip_measuring, "BURN_IN", 15.0)
    monkeypatch.setattr(flip_measuring, "YEARS", 15.0)
    columns = transition(MODEL, exact, FlipPlan(6, 100))
    np.testing.assert_allclose(columns["time"], np.arange(1, 61) / 4, rtol=1e-5)
    assert (columns["active_shocked"] < columns["active_usual"])[4:30].all()
    assert columns["active_shocked"][12] < columns["active_usual"][12] - 0.03
    assert columns["entries_shocked"][:12].mean() < 0.9 * columns["entries_usual"][:12].mean()
    monkeypatch.setattr(exact, "opportunity", lambda *at: tf.fill(tf.shape(at[2]), 99.0))
    same = transition(MODEL, exact, FlipPlan(1, 60))
    for kind in ("active", "entries", "exits"):
        np.testing.assert_array_equal(same[f"{kind}_usual"], same[f"{kind}_shocked"])


def suggestion(monkeypatch, pages, batch):
    for module in (measure, memory):
        monkeypatch.setattr(module, "free_memory", lambda: pages * 4096.0)
    with pytest.raises(CalibrationError, match=r"a batch of .* GiB .* are free") as error:
        batch_need(batch, 1000, 64).refuse_beyond_free()
    return int(str(error.value).rpartition("=")[2])


def test_a_batch_that_does_not_fit_is_refused_with_one_that_does(monkeypatch):
    found = suggestion(monkeypatch, 100_000, 1024)
    assert 4 <= found < 1024
    batch_need(found, 1000, 64).refuse_beyond_free()
    assert JumpSettings(batch_size=found).batch_size == found


def test_the_smallest_suggestion_is_a_batch_that_can_be_chosen(monkeypatch):
    JumpSettings(batch_size=suggestion(monkeypatch, 1, 1024))
