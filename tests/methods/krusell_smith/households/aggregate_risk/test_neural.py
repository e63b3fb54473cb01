"""A small consumption network: its limit, its equations, a solve that resumes to the bit, and planted errors."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.methods.krusell_smith.diagnosis import SimulationPlan
from hetkeras.methods.krusell_smith.households.aggregate_risk.classical import ClassicalHouseholds, first_rules
from hetkeras.methods.krusell_smith.households.aggregate_risk.consumption_network import ConsumptionNetwork
from hetkeras.methods.krusell_smith.households.aggregate_risk.diagnosis import diagnose_aggregate_risk
from hetkeras.methods.krusell_smith.households.aggregate_risk.euler_errors import euler_errors, situations
from hetkeras.methods.krusell_smith.households.aggregate_risk.euler_residual import (
    Found,
    Households,
    distance,
    euler_residual,
)
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import LoadedAggregateRisk
from hetkeras.methods.krusell_smith.households.aggregate_risk.measure import exported_economy, shocks
from hetkeras.methods.krusell_smith.households.aggregate_risk.neural import NeuralHouseholds
from hetkeras.methods.krusell_smith.households.aggregate_risk.neural_settings import NeuralHouseholdSettings
from hetkeras.methods.krusell_smith.households.aggregate_risk.settings import AggregateRiskSettings
from hetkeras.methods.krusell_smith.households.aggregate_risk.watch import watched
from hetkeras.models.krusell_smith import KrusellSmith

MODEL, BURN_IN = KrusellSmith(), 500
PATH = shocks(MODEL, None, 1500)
COARSE = AggregateRiskSettings(
    num_assets=60, num_mean_capital=4, histogram_nodes=150, policy_tolerance=1e-6, tolerance=1e-4, short_periods=1000
)
SETTINGS = NeuralHouseholdSettings(
    width=10,
    households=600,
    typical=0.0,
    first_steps=12,
    round_steps=4,
    num_mean_capital=4,
    histogram_nodes=200,
    max_rounds=3,
)


def new():
    keras.utils.set_random_seed(0)
    coarse = ClassicalHouseholds(MODEL, first_rules(MODEL), COARSE, PATH, BURN_IN)
    network = ConsumptionNetwork(MODEL, (SETTINGS.width, SETTINGS.width))
    return NeuralHouseholds(network, first_rules(MODEL), SETTINGS, PATH, BURN_IN, coarse)


def run(solver, steps):
    while int(solver.step) < steps:
        finite, _ = solver.train(tf.constant(4))
        assert finite
        solver.refresh()
    return solver


def state_of(solver):
    return tf.train.Checkpoint(step=solver.step, **solver.tracked())


def loss_of(solver):
    return float(solver.train(tf.constant(0))[1]["loss"])


@pytest.fixture(scope="module")
def early(tmp_path_factory):
    """A solver in its second round, its first loss, and its checkpoint."""
    solver = new()
    solver.begin()
    before = loss_of(solver)
    run(solver, 12)
    return solver, before, state_of(solver).write(str(tmp_path_factory.mktemp("early") / "checkpoint"))


@pytest.fixture(scope="module")
def solver(early):
    return run(early[0], SETTINGS.num_steps)


def diagnosed(solver, path):
    saved_model.export(solver.solution(), path)
    loaded = saved_model.load(path)
    policy = LoadedAggregateRisk(loaded.model, loaded.signatures)
    economy = exported_economy(policy, loaded.metadata["training"], solver.round.simulator)
    diagnosis = diagnose_aggregate_risk(policy, economy, SimulationPlan(PATH, BURN_IN, 1600.0))
    return policy, diagnosis, {check.name for check in diagnosis.checks if not check.passed}


def test_how_well_households_choose_is_watched(solver):
    assert watched(new()) == {}  # nothing has been simulated
    found = watched(solver)
    assert 0 < found["euler_error_q50"] < found["euler_error_q95"] < found["euler_error_q99"] < 0.05
    bias = solver.weights[-1]
    kept = bias.numpy()
    bias.assign(kept + np.array([0.1, 0.0, 0.0, 0.0]))  # of one state
    assert watched(solver)["euler_error_q95"] > 2 * found["euler_error_q95"]
    bias.assign(kept)


@pytest.fixture(scope="module")
def shipped(solver, tmp_path_factory):
    return diagnosed(solver, tmp_path_factory.mktemp("neural") / "saved_model")


def test_no_network_leads_below_the_limit_or_beyond_what_there_is():
    model = dataclasses.replace(MODEL, borrowing_limit=-1.0)
    network, rng = ConsumptionNetwork(model, (6,)), np.random.default_rng(1)
    for weight in network.weights:
        weight.assign(rng.normal(scale=4.0, size=weight.shape))
    own, aggregate = (tf.constant(rng.integers(2, size=2000), tf.int32) for _ in range(2))
    here = Households(own, tf.constant(rng.uniform(-1, 400, 2000)), aggregate, tf.constant(rng.uniform(30, 50, 2000)))
    wanted, most = network.wanted(*here), network.to_spend(*here)
    saved = network.assets_next(wanted, most).numpy()
    assert saved.min() == -1  # the limit binds, exactly
    assert (saved < -1 + most.numpy()).all()
    assert (wanted.numpy() > 0).all()


def test_at_the_limit_only_consumption_that_leaves_something_is_an_error():
    wanted, target = (tf.constant(part, tf.float64) for part in ([1.1, 0.9, 1.1, 3.0], [2.0, 2.0, 1.0, 2.5]))
    found = distance(wanted, target, tf.constant([1.0, 1.0, 2.0, 2.0], tf.float64)).residual
    np.testing.assert_allclose(found, [0, 0.1, 0.1, 0], atol=1e-12)


def test_equations_weigh_less_where_little_may_be_spent(solver, monkeypatch):
    monkeypatch.setattr(solver, "chosen", dataclasses.replace(SETTINGS, typical=3.0))
    most = solver.network.income * tf.constant([1.0, 3.0, 9.0], tf.float64)
    found = solver._weighted(Found(tf.constant([1.0, -2.0, 4.0], tf.float64)), most).residual
    np.testing.assert_allclose(found, [0.25, -1, 3])


def test_equations_that_are_solved_are_those_that_are_measured(solver, shipped):
    """The diagnosis has a loop of its own over the states of tomorrow, on the reloaded policy."""
    states, capital, assets = np.array([0, 1]), np.array([38.0, 41.0]), np.array([0.0, 0.3, 5.0, 40.0, 300.0])
    here = situations(shipped[0], states, capital, assets)
    choice = shipped[0].choose(here)
    own, assets, state, mean = (tf.constant(part.ravel()) for part in np.broadcast_arrays(*here))
    rows = Households(tf.cast(own, tf.int32), assets, tf.cast(state, tf.int32), mean)
    residual = euler_residual(solver.network, solver.rules, rows).residual.numpy()
    np.testing.assert_allclose(
        np.abs(1 / (1 + residual) - 1), euler_errors(shipped[0], here, choice).ravel(), atol=1e-9
    )


def test_a_small_network_is_near_the_independent_rules(early, solver, shipped):
    assert loss_of(solver) < early[1] / 3
    expected = np.array([[0.12480, 0.96530], [0.13807, 0.96316]])
    logs = np.log(np.array([38.0, 40.0, 41.5]))
    found = solver.rules.coefficients.numpy()[0]
    np.testing.assert_allclose(*(lines[:, :1] + lines[:, 1:] * logs for lines in (found, expected)), atol=3e-3)
    assert shipped[1].numbers["assets_gini"] == pytest.approx(0.27, abs=0.03)
    exact = {"budget_gap", "interest_gap", "limit_gap", "off_path_limit_gap", "resource_gap", "households_at_top"}
    assert not exact & shipped[2]


def test_a_checkpoint_resumes_to_the_bit(early, solver):
    second = new()
    state_of(second).read(early[2])
    run(second, SETTINGS.num_steps)
    np.testing.assert_array_equal(second.rules.coefficients, solver.rules.coefficients)
    for found, expected in zip(second.network.weights, solver.network.weights, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_seeds_have_households_of_their_own_in_all_states(solver):
    first, other = solver._drawn(0.4, 0.6), solver._drawn(0.4, 0.6)
    np.testing.assert_array_equal(first[1], other[1])
    assert len(set(zip(first[0].tolist(), first[2].tolist(), strict=True))) == 4
    assert MODEL.borrowing_limit <= first[1].min() < first[1].max() <= MODEL.greatest_assets


@pytest.mark.parametrize(
    ("shift", "seen_by"),
    [(8.0, {"capital_to_rest", "assets_sd", "rules_error"}), (-0.05, {"rules_error", "den_haan_mean_capital_max"})],
)
def test_a_network_that_consumes_too_much_or_too_little_is_refused(solver, shipped, tmp_path, shift, seen_by):
    """All log odds are shifted: households consume all they have and the economy collapses, or a little too little."""
    bias = solver.network.weights[-1]
    right = bias.numpy()
    bias.assign(right + shift)
    try:
        assert seen_by <= diagnosed(solver, tmp_path / "saved_model")[2]
    finally:
        bias.assign(right)


def test_households_that_are_no_numbers_are_told_of():
    stuck = new()
    stuck.households.assets.assign(tf.fill(stuck.households.assets.shape, tf.constant(np.nan, tf.float64)))
    finite, _ = stuck.train(tf.constant(1))
    assert not finite
    assert int(stuck.step) == 0
    assert "round 1, idiosyncratic from 0 to 1, assets from nan" in stuck.broken_state()
