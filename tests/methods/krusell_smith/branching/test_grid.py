"""The classical method with branches on a small economy: choices, export and reload, checkpoints, settings."""

import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.contracts.branching_firms import BRANCHES, FirmState
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from tests.methods.krusell_smith.branching.test_grid_choice import all_pairs
from tests.small_branches import BURN_IN, MODEL, PATH, ROUNDS, STATES, solved

ROWS = np.random.default_rng(4)
COUNT = 60
AT = {
    "index": ROWS.integers(STATES, size=COUNT).astype(np.int32),
    "mean": ROWS.uniform(0.7, 1.5, COUNT),
    "price": ROWS.uniform(1.9, 2.6, COUNT),
    "own": ROWS.integers(3, size=COUNT),
    "h": ROWS.integers(14, size=COUNT),
    "l": ROWS.integers(11, size=COUNT),
}
NODE = np.arange(COUNT), AT["own"], AT["h"], AT["l"]
FIRM = {
    "idiosyncratic": MODEL.idiosyncratic_chain.values[AT["own"]],
    "capital": MODEL.capital_nodes[AT["h"]],
    "lagged_labor": MODEL.labor_nodes[AT["l"]],
}


@pytest.fixture(scope="module")
def solver():
    return solved()


@pytest.fixture(scope="module")
def policy(solver):
    return solver.policy


@pytest.fixture(scope="module")
def chosen(policy):
    """Choices at all nodes of COUNT economies."""
    outlook = policy.outlook(tf.constant(AT["index"]), tf.constant(AT["mean"]))
    return tf.function(policy.choose)(outlook, tf.constant(AT["price"]))  # XLA takes longer to compile


def branches(choice):
    return (choice.adjusts_capital + 2 * choice.adjusts_labor).numpy().astype(int)


def test_packed_choices_move_firms_as_the_levels_do(policy, chosen):
    outlook = policy.outlook(tf.constant(AT["index"]), tf.constant(AT["mean"]))
    packed = policy.packed(outlook, tf.constant(AT["price"]))
    mass = tf.constant(ROWS.dirichlet(np.ones(chosen.labor[0].shape.num_elements()), COUNT).reshape(chosen.labor.shape))
    assert packed.dtype == policy.blank(mass).dtype == tf.int32
    expected = policy.histogram.moved(mass, chosen.capital_next, chosen.labor)
    np.testing.assert_allclose(policy.moved(mass, packed), expected, rtol=1e-14)


# --- choices and values --------------------------------------------------------------------------------------
def test_the_value_at_knots_is_that_of_the_best_choice_at_the_expected_price(solver, policy):
    for state, mean in zip((0, 7, 11), solver.grid.knots.knots[::4], strict=True):
        index, mean = tf.constant([state]), tf.constant([mean], tf.float64)
        carried = policy.continuation(index, mean)[0].numpy()
        price = float(policy.forecast(index, mean)[1][0])
        expected, *_ = all_pairs(MODEL, carried, MODEL.aggregate_chain.values[state], price)
        value = policy.values(index, mean)[0].numpy()
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-7)


def test_choices_at_a_price_are_the_best_of_all_pairs(policy, chosen):
    carried = policy.continuation(tf.constant(AT["index"]), tf.constant(AT["mean"])).numpy()
    for row in range(6):
        productivity = MODEL.aggregate_chain.values[AT["index"][row]]
        _, branch, capital, labor = all_pairs(MODEL, carried[row], productivity, AT["price"][row])
        np.testing.assert_array_equal(branches(chosen)[row], branch)
        np.testing.assert_array_equal(chosen.capital_next[row], MODEL.capital_nodes[capital])
        np.testing.assert_array_equal(chosen.labor[row], MODEL.labor_nodes[labor])


def test_single_firms_at_nodes_choose_and_are_worth_what_the_nodes_say(policy, chosen):
    economy = tf.constant(AT["index"]), tf.constant(AT["mean"])
    firm = FirmState(*map(tf.constant, FIRM.values()))
    chances, found = tf.function(policy.choose_firms)(*economy, tf.constant(AT["price"]), firm)
    for mine, table in zip(found, chosen, strict=True):
        np.testing.assert_allclose(mine, table.numpy()[NODE], rtol=1e-12)
    np.testing.assert_array_equal(np.argmax(chances, -1), branches(chosen)[NODE])
    np.testing.assert_array_equal(np.sum(chances, -1), 1)
    worth = tf.function(policy.worth)(*economy, firm)
    np.testing.assert_allclose(worth, policy.values(*economy).numpy()[NODE], rtol=1e-12)


def test_firms_between_nodes_are_worth_what_is_between(policy):
    economy = tf.constant(AT["index"][:1]), tf.constant(AT["mean"][:1])
    values = policy.values(*economy)[0, 1].numpy()
    capital, labor = MODEL.capital_nodes[4:6], MODEL.labor_nodes[7:9]
    firm = (MODEL.idiosyncratic_chain.values[1], 0.25 * capital[0] + 0.75 * capital[1], labor.mean())
    found = policy.worth(*economy, FirmState(*(tf.constant([x]) for x in firm)))
    expected = 0.25 * values[4, 7:9].mean() + 0.75 * values[5, 7:9].mean()
    assert float(found[0]) == pytest.approx(expected, rel=1e-13)


# --- what is exported ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def loaded(solver, tmp_path_factory):
    place = tmp_path_factory.mktemp("small") / "saved_model"
    saved_model.export(solver.solution(), place)
    return saved_model.load(place)


def test_a_reloaded_solution_simulates_the_same(solver, loaded):
    ours = solver.round.simulator.run(PATH[:, None], periods=30)
    policy = LoadedBranchPolicy(loaded.model, loaded.signatures)
    theirs = BranchingEconomies(loaded.model, policy).run(PATH[:, None], periods=30)
    assert loaded.model == MODEL
    for name, series in ours.series.items():
        if name != "evaluations":
            np.testing.assert_allclose(theirs.series[name], series, rtol=1e-3, atol=1e-3)  # prices have a hair
    np.testing.assert_allclose(theirs.mass, ours.mass, rtol=0, atol=1e-4)


def test_signatures_say_what_the_method_says(policy, chosen, loaded):
    reloaded = LoadedBranchPolicy(loaded.model, loaded.signatures)
    economy = tf.constant(AT["index"]), tf.constant(AT["mean"])
    levels = reloaded.outlook(*economy)
    firm = {name: tf.constant(column, tf.float32) for name, column in FIRM.items()}
    inputs = firm | {name: tf.cast(column, tf.float32) for name, column in reloaded.economy(*economy).items()}
    found = loaded.signatures["policy"](**inputs, price=tf.constant(AT["price"], tf.float32))
    branch = branches(chosen)[NODE]
    same = found["branch"].numpy() == branch
    assert same.mean() > 0.95  # float32 moves a firm that is all but indifferent
    np.testing.assert_allclose(found["capital_next"][same], chosen.capital_next.numpy()[NODE][same], rtol=1e-5)
    np.testing.assert_allclose(found["labor"][same], chosen.labor.numpy()[NODE][same], rtol=1e-5)
    np.testing.assert_array_equal(np.argmax(found["branch_probabilities"], -1), found["branch"])
    flows = {name: found[name].numpy() for name in ("output", "investment", "consumption")}
    left = MODEL.depreciated_capital(FIRM["capital"])
    np.testing.assert_allclose(flows["investment"], found["capital_next"] - left, rtol=1e-4, atol=1e-5)
    assert (flows["consumption"] <= flows["output"] - flows["investment"] + 1e-6).all()  # costs take the rest
    idle = branch == 0
    np.testing.assert_allclose((flows["output"] - flows["investment"])[idle], flows["consumption"][idle], rtol=1e-5)
    worth = loaded.signatures["value"](**inputs)["value"]
    np.testing.assert_allclose(worth, policy.values(*economy).numpy()[NODE], rtol=1e-5)
    for name in ("values", "continuation"):
        np.testing.assert_allclose(*(getattr(each, name)(*economy) for each in (reloaded, policy)), rtol=1e-14)
    np.testing.assert_allclose(reloaded.forecast(*economy), policy.forecast(*economy), rtol=1e-6)
    for mine, theirs in zip(reloaded.choose(levels, tf.constant(AT["price"])), chosen, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_export_says_what_it_is(loaded):
    about = loaded.metadata
    assert about["training"]["method"] == "grid"
    assert about["training"]["rounds"] == ROUNDS
    assert about["bounds"]["capital"] == [MODEL.capital_nodes[0], MODEL.capital_nodes[-1]]
    assert about["bounds"]["mean_capital"] == [0.6, 1.6]
    assert about["signatures"]["policy"]["outputs"]["branch_probabilities"] == ["B", "R"]
    assert np.shape(about["chains"]["idiosyncratic"]["transitions"]) == (2, 3, 3)
    assert about["chains"]["regimes"]["transition"] == MODEL.regimes.transition.tolist()


# --- indices -------------------------------------------------------------------------------------------------
def test_aggregate_states_are_found_from_their_levels():
    levels = MODEL.aggregate_chain.values
    _, regime, lagged = (column.astype(float) for column in MODEL.aggregate_states)
    for factor in (1.0, 1.004, 0.996):
        found = MODEL.aggregate_index(*map(tf.constant, (factor * levels, regime, lagged)))
        np.testing.assert_array_equal(found, np.arange(STATES))
    far = MODEL.aggregate_index(*(tf.constant(x, tf.float32) for x in ([9.0, 0.1], [1.0, 0.0], [0.0, 1.0])))
    np.testing.assert_array_equal(far, [STATES - 2, 1])


# --- rounds and checkpoints ----------------------------------------------------------------------------------
def test_a_checkpoint_resumes_to_the_bit(solver, tmp_path):
    state = tf.train.Checkpoint(step=solver.step, **solver.tracked())
    kept = state.save(str(tmp_path / "state"))

    def two_more():
        outcomes = []
        for _ in range(2):
            _, metrics = solver.train(tf.constant(1))
            outcomes.append({**metrics, **solver.refresh(), "rules": solver.rules.coefficients.numpy()})
        return outcomes, solver.grid.values.numpy(), int(solver.step)

    first, values, step = two_more()
    solver.grid.values.assign_add(tf.ones_like(solver.grid.values))
    state.restore(kept).assert_existing_objects_matched().assert_consumed()
    again, values_again, step_again = two_more()
    state.restore(kept)
    solver.prepare()
    for one, other in zip(first, again, strict=True):
        for name, number in one.items():
            np.testing.assert_array_equal(number, other[name], err_msg=name)
    np.testing.assert_array_equal(values, values_again)
    assert step == step_again == int(solver.step) + 2


def test_rules_move_towards_what_happened(solver):
    assert int(solver.round.count) == ROUNDS
    assert 0 < float(solver.round.distance) < 0.1
    series = solver.round.series
    surprise = np.abs(np.log(series["price"] / series["forecast_price"]))[BURN_IN:]
    assert surprise.mean() < 0.03
    assert (series["cleared"] == 1).all()


def test_the_branches_are_all_taken(chosen):
    assert set(np.unique(branches(chosen))) == set(range(len(BRANCHES)))


# --- settings ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("short_periods", 0, "expected from 1 to 100000"),
        ("near", 1e-4, "expected no less than tolerance 0.001"),
        ("near", math.nan, "near is nan"),
        ("finer_capital", 0, "expected from 1 to 100"),
        ("finer_labor", 0, "expected from 1 to 100"),
        ("precision", 16, "expected 32 or 64"),
        ("num_mean_capital", 2, "expected from 3 to 10000"),
        ("evaluations", 0, "expected from 1 to 100000"),
        ("max_improvements", 0, "expected from 1 to 100000"),
        ("max_rounds", 0, "expected from 1 to 100"),
        ("bellman_tolerance", 0.0, "expected above 0"),
        ("tolerance", 0.0, "expected above 0"),
    ],
)
def test_settings_out_of_range_are_refused(setting, value, expected):
    with pytest.raises(CalibrationError) as error:
        BranchingSettings(**{setting: value})
    assert f"{setting} is {value}" in str(error.value)
    assert expected in str(error.value)
