"""Households under aggregate shocks on small grids: what is solved, what ships, and what is planted in it."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.diagnosis import SimulationPlan
from hetkeras.methods.krusell_smith.households.aggregate_risk.classical import ClassicalHouseholds, first_rules
from hetkeras.methods.krusell_smith.households.aggregate_risk.diagnosis import Reference, diagnose_aggregate_risk
from hetkeras.methods.krusell_smith.households.aggregate_risk.lives import lives, own_states
from hetkeras.methods.krusell_smith.households.aggregate_risk.loaded import Choice, LoadedAggregateRisk, Situation
from hetkeras.methods.krusell_smith.households.aggregate_risk.measure import exported_economy, shocks
from hetkeras.methods.krusell_smith.households.aggregate_risk.settings import AggregateRiskSettings
from hetkeras.methods.krusell_smith.households.aggregate_risk.signatures import CHOICE
from hetkeras.models.krusell_smith import KrusellSmith

MODEL = KrusellSmith()
BURN_IN = 500
SETTINGS = AggregateRiskSettings(
    num_assets=100, num_mean_capital=4, histogram_nodes=200, histogram_pivot=2.0, tolerance=1e-5, short_periods=1000
)
PATH = shocks(MODEL, None, 1500)


def run(solver, rounds=30):
    while int(solver.step) < rounds and not solver.finished:
        solver.train(tf.constant(1))
        solver.refresh()
    return solver


def new(settings=SETTINGS):
    return ClassicalHouseholds(MODEL, first_rules(MODEL), settings, PATH, BURN_IN)


def state_of(solver):
    return tf.train.Checkpoint(step=solver.step, **solver.tracked())


@pytest.fixture(scope="module")
def early(tmp_path_factory):
    """A solver after three rounds, and its checkpoint."""
    solver = run(new(), 3)
    return solver, state_of(solver).write(str(tmp_path_factory.mktemp("early") / "checkpoint"))


@pytest.fixture(scope="module")
def solver(early):
    return run(early[0])


@pytest.fixture(scope="module")
def loaded(solver, tmp_path_factory):
    path = tmp_path_factory.mktemp("krusell_smith") / "saved_model"
    saved_model.export(solver.solution(), path)
    return saved_model.load(path)


@pytest.fixture(scope="module")
def policy(loaded):
    return LoadedAggregateRisk(loaded.model, loaded.signatures)


@pytest.fixture(scope="module")
def economy(policy, loaded, solver):
    """Its program serves every policy: where households go is a table."""
    return exported_economy(policy, loaded.metadata["training"], solver.round.simulator)


def test_the_rules_are_those_of_an_independent_solution(solver):
    """On 250 x 25 x 4 nodes and other shocks; these grids are coarser and the path is short."""
    assert solver.finished
    expected = np.array([[0.12480, 0.96530], [0.13807, 0.96316]])
    found = solver.rules.coefficients.numpy()[0]
    np.testing.assert_allclose(found[:, 1], expected[:, 1], atol=1e-3)
    logs = np.log(np.array([38.0, 40.0, 41.5]))
    np.testing.assert_allclose(*(lines[:, :1] + lines[:, 1:] * logs for lines in (found, expected)), atol=5e-4)


def test_the_economy_is_that_of_independent_solutions(solver):
    series = {name: values[BURN_IN:] for name, values in solver.round.series.items()}
    assert series["mean_capital"].mean() == pytest.approx(39.4, abs=0.4)
    assert series["assets_gini"].mean() == pytest.approx(0.27, abs=0.02)
    assert np.abs(solver.round.series["resource_gap"]).max() < 1e-8
    np.testing.assert_allclose(solver.round.series["labor"], np.where(PATH == 1, 0.96, 0.9) / 0.9)


def test_a_checkpoint_resumes_to_the_bit(early, solver):
    second = new()
    state_of(second).read(early[1])
    run(second)
    np.testing.assert_array_equal(second.rules.coefficients, solver.rules.coefficients)
    np.testing.assert_array_equal(second.grid.consumption, solver.grid.consumption)


def test_consumption_that_does_not_converge_is_refused():
    stuck = new(AggregateRiskSettings(num_assets=30, num_mean_capital=3, histogram_nodes=40, max_iterations=10))
    with pytest.raises(TrainingDiverged, match=r"of round 1 still changes by .* after 10 iterations; expected at most"):
        stuck.train(tf.constant(1))


# --- what ships ----------------------------------------------------------------------------------------------
def measured(policy, economy, **known):
    economy.policy.assets_next.assign(policy.table(economy.policy.nodes, SETTINGS.num_mean_capital).assets_next)
    return diagnose_aggregate_risk(policy, economy, SimulationPlan(PATH, BURN_IN, 1600.0), **known)


def failed(diagnosis):
    return [check.name for check in diagnosis.checks if not check.passed]


def test_what_ships_moves_as_what_was_solved(policy, economy, solver):
    diagnosis = measured(policy, economy)
    assert failed(diagnosis) == []
    np.testing.assert_allclose(diagnosis.tables["economy"]["mean_capital"], solver.round.series["mean_capital"])
    assert diagnosis.numbers["rules_error"] < 1e-5


def test_single_households_keep_their_budgets_on_the_path(policy, solver):
    own = own_states(MODEL, PATH, 3)
    capital = solver.round.series["mean_capital"]

    def consume(*inputs):
        names = ("idiosyncratic", "assets", "aggregate", "mean_capital")
        found = policy.signatures["policy"](**dict(zip(names, inputs, strict=True)))
        return found["consumption"], found["assets_next"]

    found = lives(consume, MODEL, PATH[:50], capital[:50], own[:50])
    states = (own[:50] > 0).astype(int)
    choice = policy.choose(Situation(states, found["assets"], PATH[:50, None], capital[:50, None]))
    np.testing.assert_allclose(choice.assets_next[:-1], found["assets"][1:], rtol=1e-12)
    cash = (1 + choice.interest) * found["assets"] + choice.income
    np.testing.assert_allclose(found["consumption"] + choice.assets_next, cash, rtol=1e-12)


def test_a_program_of_other_nodes_does_not_serve(policy, loaded, economy):
    other = {**loaded.metadata["training"], "histogram_nodes": 50}
    assert exported_economy(policy, other, economy) is not economy
    assert exported_economy(policy, loaded.metadata["training"], economy) is economy


@pytest.mark.parametrize(
    "wrong", [{"assets": -0.1}, {"idiosyncratic": 2.0}, {"aggregate": np.nan}, {"mean_capital": 0}]
)
def test_where_there_is_no_answer_there_is_none(loaded, wrong):
    inputs = {
        "idiosyncratic": [0.0, 0.0],
        "assets": [2.0, 2.0],
        "aggregate": [0.99, 1.01],
        "mean_capital": [39.0, 39.0],
    }
    inputs = {name: [wrong.get(name, row[0]), row[1]] for name, row in inputs.items()}
    found = loaded.signatures["policy"](**{name: tf.constant(row, tf.float64) for name, row in inputs.items()})
    for name in CHOICE:
        assert np.isnan(found[name][0])
        assert np.isfinite(found[name][1])


# --- what is planted -----------------------------------------------------------------------------------------
class Planted(LoadedAggregateRisk):
    """A policy with an error in it, within its budget."""

    def __init__(self, policy, saved):
        super().__init__(policy.model, policy.signatures)
        self.saved = saved

    def choose(self, situation):
        choice = super().choose(situation)
        assets_next = self.saved(situation, choice) + 0 * choice.income
        return Choice(choice.consumption + choice.assets_next - assets_next, assets_next, *choice[2:])


PLANTS = {
    "ignores the limit": (lambda here, choice: choice.assets_next - 0.05, "limit_gap"),
    "collapsed to nothing": (lambda here, choice: 0.0003 * choice.assets_next, "capital_to_rest"),
    "frozen": (lambda here, choice: 39.0, "sd_log_mean_capital"),
    "saves a little more": (lambda here, choice: choice.assets_next + 0.01 * choice.consumption, "euler_error_mean"),
    "wrong off the path": (
        lambda here, choice: choice.assets_next - 0.3 * choice.consumption * (here.assets > 300) * here.aggregate,
        "off_path_euler_error_max",
    ),
    "saves without end": (lambda here, choice: 1.02 * choice.assets_next + 1, "households_at_top"),
}


@pytest.mark.parametrize("case", PLANTS)
def test_a_planted_error_is_refused(policy, economy, case):
    saved, seen_by = PLANTS[case]
    assert seen_by in failed(measured(Planted(policy, saved), economy))


def test_households_that_spend_what_they_have_not_are_refused(policy, economy):
    class Generous(LoadedAggregateRisk):
        def choose(self, situation):
            choice = super().choose(situation)
            return choice._replace(consumption=1.001 * choice.consumption)

    assert "budget_gap" in failed(measured(Generous(MODEL, policy.signatures), economy))


def test_wrong_expectations_are_refused(policy, economy):
    class Hopeful(LoadedAggregateRisk):
        def forecast(self, aggregate, mean_capital):
            following, paid = super().forecast(aggregate, mean_capital)
            return 1.01 * following, paid

    assert {"rules_error", "den_haan_mean_capital_max"} <= set(
        failed(measured(Hopeful(MODEL, policy.signatures), economy))
    )


def test_another_economy_is_seen_beside_the_reference(policy, economy, solver):
    own = np.ones((len(PATH), 1))
    reference = Reference({"mean_capital": 1.003 * solver.round.series["mean_capital"]}, 1.02 * own)
    assert failed(measured(policy, economy, consumption=own, reference=reference)) == [
        f"reference_gap_{name}_{kind}" for name in ("mean_capital", "consumption") for kind in ("mean", "max")
    ]
