"""The diagnosis of an economy of firms: the solution passes, planted wrong ones do not, each for its own reason."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.firms_at_prices import FirmsAtPrices
from hetkeras.methods.krusell_smith.aggregate_paths import aggregate_path
from hetkeras.methods.krusell_smith.diagnosis import reference_gaps
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.diagnosis import MICRO, diagnose_firms
from hetkeras.methods.krusell_smith.lumpy.grid_policy import GridPolicy
from hetkeras.methods.krusell_smith.lumpy.off_path import ReferenceEconomy
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from tests.methods.krusell_smith.lumpy.solved_grid import solved_grid
from tests.small_firms import MODEL, in_graphs, terry_rules

PATH, BURN_IN = aggregate_path(MODEL)[:800], 300
HISTOGRAM = Histogram(*MODEL.capital_bounds, 50)


class Planted(GridPolicy):
    """The solution, unless one changes the factor on its targets or the rules that it forecasts with.

    `bumps` are wrong where the log of mean capital is about `place`, and next to nothing .05 from there.
    """

    def __init__(self, grid):
        super().__init__(grid)
        names = ("factor", "place", "target", "continuation", "price", "value")
        self.factor, self.place, *bumps = (tf.Variable(1.0, dtype=tf.float64, trainable=False) for _ in names)
        self.bumps = dict(zip(names[2:], bumps, strict=True))
        self.rules = terry_rules()
        self.heal()

    def heal(self):
        for bump in self.bumps.values():
            bump.assign(0.0)

    def bump(self, name, mean_capital):
        near = tf.exp(-(((tf.math.log(mean_capital) - self.place) / 0.02) ** 2))
        return self.bumps[name] * near

    def forecast(self, aggregate, mean_capital):
        following, price = self.rules(aggregate, mean_capital)
        return following, price * (1 + self.bump("price", mean_capital))

    def target(self, outlook, price):
        return (self.factor + self.bump("target", outlook.mean_capital))[:, None] * super().target(outlook, price)

    def continuation(self, outlook, capital_next):
        wrong = self.bump("continuation", outlook.mean_capital)[:, None, None] * capital_next[:, None]
        return super().continuation(outlook, capital_next) + wrong


class Leaking(FirmSimulator):
    """Firms of which one may take away a share of output, or of their number, in every period."""

    def __init__(self, policy):
        super().__init__(MODEL, policy, HISTOGRAM)
        self.made, self.kept = (tf.Variable(1.0, dtype=tf.float64, trainable=False) for _ in range(2))

    def period(self, index, mass, *carry):
        def output(*firm):
            return self.made * MODEL.output(*firm)

        self.model = SimpleNamespace(**{name: getattr(MODEL, name) for name in NEEDED}, output=output)
        self.model.at = functools.partial(FirmsAtPrices, self.model)
        (following, *carry), row = super().period(index, mass, *carry)
        self.model = MODEL
        return (self.kept * following, *carry), row


NEEDED = ("aggregate_chain", "idiosyncratic_chain", "adjustment_probability", "adjustment_labor")
NEEDED += ("labor", "excess_demand", "price_names")


def diagnose(policy, value, reference=None):
    simulator = simulator_of(policy)
    diagnosis, mass = diagnose_firms(simulator, policy, value, PATH, BURN_IN, reference)
    failed = {check.name for check in diagnosis.checks if not check.passed}
    return SimpleNamespace(whole=diagnosis, failed=failed, numbers=diagnosis.numbers, simulator=simulator, mass=mass)


@functools.cache
def simulator_of(policy):
    """One for each policy, however often it is diagnosed: what is compiled serves all that is planted in it."""
    return Leaking(policy)


@pytest.fixture(scope="module")
def solved():
    return in_graphs(Planted(solved_grid()))


@pytest.fixture(scope="module")
def value(solved):
    return tf.function(solved.grid.value)


@pytest.fixture
def policy(solved):
    """The solution, as it was after what a test has planted in it."""
    sound = solved.rules.coefficients.numpy().copy()
    yield solved
    solved.factor.assign(1.0)
    solved.heal()
    solved.rules.coefficients.assign(sound)
    simulator_of(solved).made.assign(1.0)
    simulator_of(solved).kept.assign(1.0)


@pytest.fixture(scope="module")
def right(solved, value):
    return diagnose(solved, value)


def test_the_solution_is_called_converged(right):
    assert right.failed == set()
    assert right.whole.converged
    assert right.whole.reason is None


def test_the_diagnosis_holds_what_was_simulated(right):
    table, used = right.whole.tables["simulation"], slice(BURN_IN, len(PATH) - 1)
    np.testing.assert_array_equal(table["aggregate_index"], PATH)
    assert {len(column) for column in table.values()} == {len(PATH)}
    assert np.isnan(table["dynamic_price"][:BURN_IN]).all()
    assert table["dynamic_mean_capital"][BURN_IN] == table["mean_capital"][BURN_IN]
    for name in (*MICRO, "mean_capital", "price"):
        assert right.numbers[name] == pytest.approx(table[name][used].mean(), rel=1e-12)
    gaps = np.abs(np.log(table["dynamic_price"] / table["price"]))[used]
    assert right.numbers["den_haan_price_max"] == pytest.approx(gaps.max(), rel=1e-10)
    assert right.numbers["den_haan_price_mean"] == pytest.approx(gaps.mean(), rel=1e-10)
    assert right.mass.shape == (5, 50)
    assert right.mass.sum() == pytest.approx(1, rel=1e-10)


def test_fresh_shocks_are_others_but_tell_the_same(right):
    for name in ("den_haan_price_max", "den_haan_price_mean", "den_haan_mean_capital_mean"):
        fresh, seen = right.numbers[f"fresh_{name}"], right.numbers[name]
        assert fresh != seen
        assert 0.5 < fresh / seen < 2


def test_targets_too_high_are_never_called_converged(policy, value):
    """Market and rules get along with them: that they are not the best is all that gives them away."""
    policy.factor.assign(1.05)
    wrong = diagnose(policy, value)
    assert wrong.failed == {"choice_regret", "off_path_regret"}
    assert wrong.whole.reason.startswith("choice_regret is ")
    assert "train longer" in wrong.whole.reason
    assert wrong.numbers["target_gap"] == pytest.approx(np.log(1.05), rel=0.02)


@pytest.mark.parametrize("part", [0, 1], ids=["capital", "price"])
def test_rules_with_a_wrong_intercept_are_never_called_converged(policy, value, part):
    coefficients = policy.rules.coefficients.numpy().copy()
    coefficients[part, :, 0] += 0.004
    policy.rules.coefficients.assign(coefficients)
    wrong = diagnose(policy, value)
    assert not wrong.whole.converged
    assert {"rules_error", "den_haan_price_max"} <= wrong.failed
    assert wrong.whole.reason.startswith("rules_error is ")
    assert 0.003 < wrong.numbers["rules_error"] < 0.008  # firms that expect more capital bring about less
    assert "not a fixed point" in wrong.whole.reason


@pytest.mark.parametrize("leak", ["made", "kept"])
def test_goods_that_get_lost_are_never_called_converged(policy, value, leak):
    """A thousandth of output, or of the firms with their capital: the market clears all the same."""
    getattr(simulator_of(policy), leak).assign(0.999)
    wrong = diagnose(policy, value)
    assert wrong.numbers["excess_demand_max"] < 1e-6
    assert "resource_gap" in wrong.failed
    assert 1e-3 < wrong.numbers["resource_gap"] < 1e-2
    assert any("goods are lost" in check.advice for check in wrong.whole.checks if not check.passed)


def test_a_value_with_a_wrong_slope_is_never_called_converged(policy, value, right):
    """The choices are those of the solution, so that the simulation alone would not tell."""

    def tilted(aggregate, mean_capital, capital):
        return value(aggregate, mean_capital, capital) + 0.02 * capital[:, None]

    wrong = diagnose(policy, tilted)
    assert wrong.failed == {"bellman_error_demeaned", "off_path_bellman_error", "off_path_regret"}
    assert wrong.whole.reason.startswith("bellman_error_demeaned is ")
    assert wrong.numbers["rules_error"] == pytest.approx(right.numbers["rules_error"], rel=1e-6)


@pytest.mark.parametrize("side", [-1, 1], ids=["little", "much"])
@pytest.mark.parametrize(("part", "size"), [("target", 0.05), ("continuation", 0.01), ("price", 0.01), ("value", 0.01)])
def test_what_is_right_on_its_path_and_wrong_off_it_is_never_called_converged(policy, value, right, part, size, side):
    """Three standard deviations away with the rest as it is: the path itself tells nothing."""
    logs = np.log(right.whole.tables["simulation"]["mean_capital"][BURN_IN:])
    policy.place.assign(logs.mean() + side * 3 * logs.std())

    def bumped(aggregate, mean_capital, capital):
        return value(aggregate, mean_capital, capital) + policy.bump("value", mean_capital)[:, None, None]

    policy.bumps[part].assign(size)
    wrong = diagnose(policy, bumped)
    assert any(name.startswith("off_path") for name in wrong.failed)
    for name in ("rules_error", "den_haan_price_max", "mean_capital", "price", "inaction"):
        assert wrong.numbers[name] == pytest.approx(right.numbers[name], rel=1e-3)


def test_a_reference_elsewhere_is_not_passed(right):
    """Its distance decides too; measured on the simulation that is there already."""
    table, used = right.whole.tables["simulation"], slice(BURN_IN, len(PATH) - 1)
    series = {name: table[name][used] for name in ("mean_capital", "price")}
    shifted = {"mean_capital": series["mean_capital"] * np.exp(0.002), "price": series["price"] * np.exp(-0.001)}
    found = reference_gaps(series, shifted)
    assert found["reference_gap_mean_capital"] == pytest.approx(0.002, rel=1e-9)
    assert found["reference_gap_price"] == pytest.approx(0.001, rel=1e-9)


def test_distances_to_a_reference_decide_when_there_is_one(policy, value, right):
    table = right.whole.tables["simulation"]
    far = {"mean_capital": table["mean_capital"], "price": table["price"] * np.exp(0.0006)}
    wrong = diagnose(policy, value, ReferenceEconomy(far))
    assert wrong.failed == {"reference_gap_price"}
    assert wrong.numbers["reference_gap_price"] == pytest.approx(0.0006, rel=1e-3)
    assert wrong.numbers["reference_gap_mean_capital"] == pytest.approx(0, abs=1e-9)


def test_numbers_that_are_not_finite_fail(policy, value):
    def broken(aggregate, mean_capital, capital):
        return value(aggregate, mean_capital, capital) * np.nan

    wrong = diagnose(policy, broken)
    assert wrong.numbers["bellman_error_demeaned"] is None
    assert "bellman_error_demeaned" in wrong.failed
    assert wrong.whole.reason.startswith("bellman_error_demeaned is not finite")
