"""The diagnosis of firms with branches: planted errors are told, each by its own reason.

In an economy with so few nodes firms bunch, some at the lowest, and rules do not quite settle: ROUGH checks do not
pass here.
"""

import functools
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching import classification as branch_classification
from hetkeras.methods.krusell_smith.branching import errors_at_nodes as branch_errors
from hetkeras.methods.krusell_smith.branching.classification import classification
from hetkeras.methods.krusell_smith.branching.diagnosis import COMPARED, MICRO, diagnose_branching_firms, state_names
from hetkeras.methods.krusell_smith.branching.grid_policy import BranchingGridPolicy
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.branching.uncertainty_shock import (
    ShockPlan,
    shocked_paths,
    uncertainty_response,
)
from tests.small_branches import BURN_IN, MODEL, PATH, STATES, solved

ROUGH = {"rules_error", "den_haan_mean_capital_mean", "firms_at_least_capital"}


class Planted(BranchingGridPolicy):
    """The solution, unless one changes the labour of firms that hire, a slope on V, or what it forecasts.

    Or lets firms that do nothing put up the capital that they keep, by a share of a node.
    """

    def __init__(self, solved):
        super().__init__(solved.grid)
        self.expected.assign(solved.policy.expected)
        self.labor, self.tilt = (tf.Variable(x, dtype=tf.float64, trainable=False) for x in (1.0, 0.0))
        self.shift = tf.Variable([0.0, 0.0], dtype=tf.float64, trainable=False)  # of log K' and log p
        self.share = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self.place = tf.Variable([0.0, 1e9], dtype=tf.float64, trainable=False)  # of the slope in log K, and its width

    def forecast(self, aggregate, mean_capital):
        found = super().forecast(aggregate, mean_capital)
        return tuple(tf.exp(shift) * each for shift, each in zip(tf.unstack(self.shift), found, strict=True))

    def choose(self, outlook, price):
        choice = super().choose(outlook, price)
        idle = (choice.adjusts_capital == 0) & (choice.adjusts_labor == 0) & (self.share > 0)
        return choice._replace(
            labor=tf.where(choice.adjusts_labor > 0, self.labor, 1.0) * choice.labor,
            capital_next=tf.where(idle, (1 - MODEL.depreciation) ** -self.share, 1.0) * choice.capital_next,
            adjusts_capital=tf.where(idle, tf.ones_like(self.share), choice.adjusts_capital),
        )

    def values(self, aggregate, mean_capital):
        near = tf.exp(-(((tf.math.log(mean_capital) - self.place[0]) / self.place[1]) ** 2))[:, None, None, None]
        return super().values(aggregate, mean_capital) + near * self.tilt * tf.constant(self.histogram.capital)[:, None]


class Leaking(BranchingEconomies):
    """Firms of which one may take away a share of consumption, or of their number, in every period."""

    def __init__(self, policy):
        super().__init__(MODEL, policy)
        self.left, self.kept = (tf.Variable(1.0, dtype=tf.float64, trainable=False) for _ in range(2))

    def _totals(self, index, mass, choice, price):
        totals = super()._totals(index, mass, choice, price)
        return totals | {"consumption": self.left * totals["consumption"]}

    def period(self, index, mass, *carry):
        (following, *carry), row = super().period(index, mass, *carry)
        return (self.kept * following, *carry), row


@functools.cache
def simulator_of(policy):
    """One for each policy, however often it is diagnosed."""
    return Leaking(policy)


@pytest.fixture(scope="module", autouse=True)
def compiled_once():
    """What is compiled for a policy serves all that is planted in it."""
    with pytest.MonkeyPatch.context() as patch:
        node_values = functools.cache(branch_errors.node_values)
        patch.setattr(branch_errors, "node_values", node_values)
        patch.setattr(branch_errors, "continuation_measure", functools.cache(branch_errors.continuation_measure))
        patch.setattr(branch_classification, "node_values", node_values)
        yield


@pytest.fixture(scope="module")
def solution():
    return Planted(solved())


@pytest.fixture(scope="module")
def exact():
    """The solution once more, in which nothing is ever planted."""
    return Planted(solved())


@pytest.fixture
def policy(solution):
    yield solution
    solution.labor.assign(1.0)
    solution.tilt.assign(0.0)
    solution.shift.assign([0.0, 0.0])
    solution.share.assign(0.0)
    solution.place.assign([0.0, 1e9])
    simulator_of(solution).left.assign(1.0)
    simulator_of(solution).kept.assign(1.0)


def diagnose(policy, reference=None):
    simulator = simulator_of(policy)
    diagnosis, mass = diagnose_branching_firms(simulator, policy, PATH, BURN_IN, 1600.0, reference)
    failed = {check.name for check in diagnosis.checks if not check.passed}
    return SimpleNamespace(whole=diagnosis, failed=failed, numbers=diagnosis.numbers, simulator=simulator, mass=mass)


@pytest.fixture(scope="module")
def right(solution):
    return diagnose(solution)


def test_a_solution_is_classified_as_itself(solution):
    found = classification(MODEL, solution, solution)
    assert found["classified"] == found["classified_strictly"] == 1


def test_the_solution_passes_but_for_rules_on_the_way(right):
    assert right.failed == ROUGH, right.whole.rows()
    assert 0.005 < right.numbers["rules_error"] < 0.1
    assert right.whole.reason.startswith("rules_error is ")
    assert "not a fixed point" in right.whole.reason
    assert right.numbers["value_lost_q99"] < 1e-12
    assert right.numbers["branch_mismatch"] == 0
    assert right.numbers["continuation_error"] < 1e-12
    assert right.numbers["bellman_error_max"] < 5e-3


@pytest.mark.parametrize("leak", ["left", "kept"])
def test_goods_that_get_lost_are_never_called_converged(policy, leak):
    """A thousandth of what firms leave to households, or of the firms: the market clears all the same."""
    getattr(simulator_of(policy), leak).assign(0.999)
    wrong = diagnose(policy)
    assert wrong.numbers["excess_demand_max"] < 1e-6
    assert "resource_gap" in wrong.failed
    assert 5e-4 < wrong.numbers["resource_gap"] < 1e-2


def test_the_diagnosis_holds_what_was_simulated(right):
    table, used = right.whole.tables["branch_simulation"], slice(BURN_IN, len(PATH) - 1)
    np.testing.assert_array_equal(table["aggregate_index"], PATH)
    for name in (*MICRO, "mean_capital", "price"):
        assert right.numbers[name] == pytest.approx(table[name][used].mean(), rel=1e-12)
    gaps = np.abs(np.log(table["dynamic_mean_capital"] / table["mean_capital"]))[used]
    assert right.numbers["den_haan_mean_capital_max"] == pytest.approx(gaps.max(), rel=1e-10)
    assert right.numbers["mean_capital_min"] == table["mean_capital"][BURN_IN:].min()
    assert right.numbers["fresh_den_haan_price_max"] != right.numbers["den_haan_price_max"]
    assert right.mass.shape == (3, 14, 11)


def test_forecasts_are_filed_under_productivity_and_both_regimes(right):
    names = state_names(MODEL)
    assert names[:5] == ("z1_s0_l0", "z1_s0_l1", "z1_s1_l0", "z1_s1_l1", "z2_s0_l0")
    visited = {names[state] for state in np.unique(PATH[BURN_IN:-2])}
    found = {name.removeprefix("forecast_rmse_price_") for name in right.numbers if "forecast_rmse_price_z" in name}
    assert found == visited


def test_too_much_labour_is_never_called_converged(policy):
    policy.labor.assign(1.3)
    wrong = diagnose(policy)
    assert "value_lost_firms" in wrong.failed
    assert "choices are not the best" in next(c.advice for c in wrong.whole.checks if c.name == "value_lost_firms")


@pytest.mark.parametrize("part", [0, 1], ids=["capital", "price"])
def test_rules_with_a_wrong_intercept_are_told(policy, right, part):
    policy.shift.assign(np.eye(2)[part] * 0.2)
    wrong = diagnose(policy)
    assert "rules_error" in wrong.failed
    assert wrong.numbers["rules_error"] > right.numbers["rules_error"] + 0.05


def test_a_value_with_a_wrong_slope_is_never_called_converged(policy):
    policy.tilt.assign(0.05)
    wrong = diagnose(policy)
    off_path = {"off_path_bellman_error", "off_path_continuation_error"}
    assert wrong.failed == ROUGH | {"bellman_error_demeaned", "continuation_error"} | off_path


def test_a_value_that_is_wrong_off_its_path_only_is_never_called_converged(policy, right):
    """Between the knots at which Bellman equations are looked at, three standard deviations below the path."""
    logs = np.log(right.whole.tables["branch_simulation"]["mean_capital"][BURN_IN:])
    policy.place.assign([logs.mean() - 3 * logs.std(), 0.01])
    policy.tilt.assign(0.05)
    wrong = diagnose(policy)
    assert "off_path_bellman_error" in wrong.failed - right.failed
    for name in ("rules_error", "den_haan_price_max", "mean_capital", "value_lost_firms"):
        assert wrong.numbers[name] == pytest.approx(right.numbers[name], rel=1e-9, abs=1e-12)


def test_numbers_that_are_not_finite_fail(policy):
    policy.tilt.assign(np.nan)
    wrong = diagnose(policy)
    assert wrong.numbers["bellman_error_demeaned"] is None
    assert {"bellman_error_demeaned", "continuation_error"} <= wrong.failed


def test_distances_to_a_reference_decide_when_there_is_one(policy, right):
    table = right.whole.tables["branch_simulation"]
    far = {name: table[name] for name in COMPARED} | {"price": table["price"] * np.exp(0.006)}
    wrong = diagnose(policy, far)
    assert wrong.numbers["reference_sd_output"] == pytest.approx(wrong.numbers["sd_output"], rel=1e-6)
    assert wrong.failed == ROUGH | {"reference_gap_price"}
    assert wrong.numbers["reference_gap_price"] == pytest.approx(0.006, rel=1e-3)


def test_capital_outside_the_solved_range_is_told(right):
    series = right.whole.tables["branch_simulation"]["mean_capital"][BURN_IN:]
    low, high = MODEL.mean_capital_bounds
    assert right.numbers["out_of_range"] == np.mean((series < low) | (series > high)) == 0


# --- classification ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("share", "lenient"), [(0.7, True), (1.3, False)])
def test_investing_less_than_a_node_counts_as_right_but_not_strictly(exact, policy, share, lenient):
    policy.share.assign(share)
    found = classification(MODEL, exact, policy)
    assert found["points"] == STATES * 10 * 3 * 14 * 11
    assert 0.3 < found["classified_strictly"] < 0.95
    assert (found["classified"] == 1) == lenient
    if lenient:
        assert found["value_off_q99"] == found["investment_off_far"] == 0
    else:
        assert found["classified"] == found["classified_strictly"]
        assert 0 < found["value_off_q50"] < found["value_off_q99"]
        assert found["hiring_off_q99"] == 0


# --- impulse response ----------------------------------------------------------------------------------------
PLAN = ShockPlan(7, 12, 5, seed=1, at_once=3)


class OneByOne:
    """Economies beside each other out of runs of one, for which the diagnosis has compiled its simulator already."""

    def __init__(self, simulator):
        self.model, self.simulator = MODEL, simulator

    def run(self, paths, mass):
        whole = np.concatenate([paths, np.zeros((len(PATH) - len(paths), paths.shape[1]), int)])
        runs = [self.simulator.run(whole[:, [each]], mass[[each]], len(paths)).series for each in range(paths.shape[1])]
        return SimpleNamespace(series={name: np.concatenate([run[name] for run in runs], 1) for name in runs[0]})


def test_responses_are_means_over_economies_however_many_are_simulated_at_once(right):
    simulator, paths = OneByOne(right.simulator), shocked_paths(MODEL, PLAN)
    table = uncertainty_response(simulator, right.mass, PLAN)
    output = simulator.run(paths, np.stack([right.mass] * 7)).series["output"]
    assert output[-1].std() > 0
    np.testing.assert_array_equal(table["period"], np.arange(-5, 7))
    np.testing.assert_allclose(table["output"], 100 * np.log(output.mean(1) / output[4].mean()), rtol=1e-12)
    spread = np.log(output / output[4]).std(1) / np.sqrt(7)
    np.testing.assert_allclose(table["output_se"], 100 * spread, rtol=1e-12)
    assert table["output"][4] == table["output_se"][4] == 0
    assert table["uncertainty"][5] == 100
    assert (table["cleared"] == 100).all()
