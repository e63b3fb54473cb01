"""The rate that clears the market against independent solutions; what ships, and what is planted in it."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes
from hetkeras.methods.krusell_smith.households.diagnosis import Reference, diagnose_households
from hetkeras.methods.krusell_smith.households.loaded import HouseholdChoice, LoadedHouseholds
from hetkeras.methods.krusell_smith.households.measure import measure_households
from hetkeras.methods.krusell_smith.households.options import HouseholdOptions, need
from hetkeras.methods.krusell_smith.households.paths import household_path
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.methods.krusell_smith.households.stationary_solver import StationarySolver
from hetkeras.models.aiyagari import Aiyagari
from hetkeras.models.huggett import Huggett

MODEL = Huggett(greatest_assets=50.0)
SETTINGS = StationarySettings(num_assets=200)


def solved(model, settings=SETTINGS, first=0.0055):
    solver = StationarySolver(model, settings, first)
    solver.train(tf.constant(settings.num_steps))
    assert solver.finished
    return solver


@pytest.fixture(scope="module")
def solver():
    return solved(MODEL)


@pytest.fixture(scope="module")
def loaded(solver, tmp_path_factory):
    path = tmp_path_factory.mktemp("households") / "saved_model"
    saved_model.export(solver.solution(), path)
    return saved_model.load(path)


@pytest.fixture(scope="module")
def policy(loaded):
    return LoadedHouseholds(loaded.model, loaded.signatures, loaded.metadata["training"]["interest"])


# --- the rate ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "nodes", "expected"),
    [
        ({"greatest_assets": 50.0}, 200, 0.562145),
        ({"greatest_assets": 50.0, "budget": "face_values"}, 200, 0.556636),
        ({}, 1000, 0.563252),
    ],
)
def test_the_rate_is_that_of_independent_solutions(fields, nodes, expected):
    """Endogenous grid to 1e-11 and Young's distribution to 1e-13, in per cent."""
    found = solved(Huggett(**fields), StationarySettings(num_assets=nodes))
    assert 100 * float(found.interest) == pytest.approx(expected, abs=6e-7)
    if nodes == 1000:
        assert float(tf.reduce_sum(found.mass[:, 0])) == pytest.approx(0.1195, abs=2e-4)


def test_aiyagaris_rate():
    """His table: sd .2, mu 3, rho .6."""
    found = solved(Aiyagari(), StationarySettings(num_assets=150, tolerance=1e-6, policy_tolerance=1e-8), first=0.039)
    assert 100 * float(found.interest) == pytest.approx(3.8767, abs=0.05)


def test_a_first_rate_does_not_matter(solver):
    other = solved(MODEL, first=None)
    assert float(other.interest) == pytest.approx(float(solver.interest), abs=1e-11)


def test_a_checkpoint_resumes_to_the_bit(solver, tmp_path):
    first, second = (StationarySolver(MODEL, SETTINGS, 0.0055) for _ in range(2))
    first.train(tf.constant(3))
    path = tf.train.Checkpoint(step=first.step, **first.tracked()).write(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(step=second.step, **second.tracked()).read(path)
    second.train(tf.constant(SETTINGS.num_steps))
    assert float(second.interest) == float(solver.interest)
    np.testing.assert_array_equal(second.consumption, solver.consumption)


def test_a_range_of_rates_without_a_root_is_refused():
    class Low(Huggett):
        @property
        def interest_bounds(self):
            return -0.02, -0.01

    stuck = StationarySolver(Low(greatest_assets=50.0), StationarySettings(num_assets=30, policy_tolerance=1e-6))
    with pytest.raises(TrainingDiverged, match="no interest rate clears the market of assets: up to the lower end"):
        stuck.train(tf.constant(80))


def test_consumption_that_does_not_converge_is_refused():
    stuck = StationarySolver(MODEL, StationarySettings(num_assets=30, max_iterations=10))
    with pytest.raises(TrainingDiverged, match=r"after 10 iterations; expected at most 1e-11\. Allow more"):
        stuck.train(tf.constant(1))


def test_more_nodes_than_memory_holds_are_refused():
    with pytest.raises(CalibrationError, match=r"the distribution over 50 states and \d+ nodes of assets takes"):
        need(Huggett(num_idiosyncratic=50), HouseholdOptions.from_dict({"solver": ("num_assets=10000",)}))._replace(
            size=1e18
        ).refuse_beyond_free()


# --- what ships ----------------------------------------------------------------------------------------------
def test_what_ships_is_the_equilibrium_but_for_its_nodes(loaded, solver):
    """Two hundred nodes are a tenth of a basis point off."""
    diagnosis = measure_households(loaded, with_reference=True)
    assert [check.name for check in diagnosis.checks if not check.passed] == ["reference_gap_interest_bp"]
    assert measure_households(loaded, with_reference=False).converged
    assert diagnosis.numbers["interest"] == float(solver.interest)
    assert diagnosis.numbers["assets_mean"] == pytest.approx(5.6, rel=1e-3)


def test_the_policy_is_that_of_the_nodes(policy, solver):
    here = np.broadcast_to(solver.nodes, solver.consumption.shape)
    choice = policy.choose(here)
    np.testing.assert_allclose(choice.consumption, solver.consumption, rtol=1e-12)
    spent = choice.consumption + choice.assets_next
    np.testing.assert_allclose(spent, (1 + policy.interest) * here + choice.income, rtol=1e-14)
    assert choice.assets_next.min() == 0.0


@pytest.mark.parametrize(
    "wrong", [{"assets": -0.1}, {"assets": np.nan}, {"idiosyncratic": np.nan}, {"idiosyncratic": 9.0}]
)
def test_where_there_is_no_answer_there_is_none(loaded, wrong):
    inputs = {"idiosyncratic": [1.0, 1.0], "assets": [2.0, 2.0]}
    inputs = {name: [wrong.get(name, values[0]), values[1]] for name, values in inputs.items()}
    found = loaded.signatures["policy"](**{name: tf.constant(row, tf.float64) for name, row in inputs.items()})
    assert np.isnan(found["consumption"][0])
    assert np.isfinite(found["consumption"][1])


def test_a_life_keeps_its_budget(policy):
    path = household_path(policy, 50, 3)
    assert path["assets"][0] == 0
    np.testing.assert_array_equal(path["assets"][1:], path["assets_next"][:-1])
    np.testing.assert_allclose(
        path["consumption"] + path["assets_next"], (1 + policy.interest) * path["assets"] + path["income"], rtol=1e-14
    )


# --- what is planted -----------------------------------------------------------------------------------------
class Planted(LoadedHouseholds):
    """A policy with an error in it."""

    def __init__(self, policy, change, interest=None):
        super().__init__(policy.model, policy.signatures, policy.interest if interest is None else interest)
        self.change = change

    def choose(self, assets):
        return self.change(self, assets, super().choose(assets))


def saved(policy, assets, choice, assets_next):
    """The choice with other savings, within the budget."""
    consumption = (1 + policy.interest) * assets + choice.income - assets_next
    return HouseholdChoice(consumption, assets_next, choice.income)


PLANTS = {
    "saves a little more": (
        lambda policy, assets, choice: saved(policy, assets, choice, choice.assets_next + 0.004 * choice.consumption),
        "market_gap",
    ),
    "wrong off the path": (
        lambda policy, assets, choice: saved(
            policy, assets, choice, choice.assets_next - 0.02 * choice.consumption * (assets > 45)
        ),
        "off_path_euler_error_max",
    ),
    "below the limit": (
        lambda policy, assets, choice: saved(policy, assets, choice, choice.assets_next - 0.01),
        "limit_gap",
    ),
    "spends what it has not": (
        lambda policy, assets, choice: choice._replace(consumption=1.001 * choice.consumption),
        "budget_gap",
    ),
    "collapsed": (
        lambda policy, assets, choice: saved(policy, assets, choice, 0.0 * assets),
        "households_at_limit",
    ),
}


def nodes():
    return asset_nodes(0.0, 50.0, 340, 0.25)


@pytest.mark.parametrize("case", PLANTS)
def test_a_planted_error_is_refused(policy, case):
    change, seen_by = PLANTS[case]
    failed = [check.name for check in diagnose_households(Planted(policy, change), nodes()).checks if not check.passed]
    assert seen_by in failed


@pytest.mark.parametrize(
    ("interest", "seen_by"), [(0.0057, "budget_gap"), (0.0204082, "patience"), (float("nan"), "patience")]
)
def test_a_wrong_rate_is_refused(policy, interest, seen_by):
    planted = Planted(policy, lambda policy, assets, choice: choice, interest)
    failed = [check.name for check in diagnose_households(planted, nodes()).checks if not check.passed]
    assert seen_by in failed


def test_another_equilibrium_is_seen_beside_the_reference(policy, solver):
    other = Reference(0.0057, solver.nodes, 1.02 * solver.consumption.numpy())
    diagnosis = diagnose_households(policy, nodes(), other)
    failed = [check.name for check in diagnosis.checks if not check.passed]
    assert failed == [f"reference_gap_{name}" for name in ("interest_bp", "consumption_mean", "consumption_max")]
