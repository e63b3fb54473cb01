"""First rules of a classical solve: near the fixed point, found once, and left out where they are none."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.branching import options as branching
from hetkeras.methods.krusell_smith.branching.measure import EXACT
from hetkeras.methods.krusell_smith.branching.options import BranchingOptions
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.measure import REFINED
from hetkeras.methods.krusell_smith.lumpy.options import COARSE, LumpyOptions, coarse_solve
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest
from hetkeras.methods.krusell_smith.rules.network import NetworkRules
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from tests.small_branches import MODEL as BRANCHES
from tests.small_firms import MODEL, terry_rules

PATH = MODEL.aggregate_chain.paths(2, np.random.default_rng(0).uniform(size=1000))
MEANS = tf.constant(np.repeat([[1.4, 1.5, 1.6]], 3, 0))


def make():
    return coarse_solve(MODEL, PATH, Histogram(*MODEL.capital_bounds, 50))


@pytest.fixture(scope="module")
def coarse():
    return make()


def forecasts(rules):
    """Logs of capital and price that are expected in the three usual states."""
    return np.log([each.numpy() for each in rules(tf.constant([[1], [2], [3]]) + tf.zeros((1, 3), tf.int32), MEANS)])


def test_the_rules_are_near_those_of_terry_and_the_same_again(coarse):
    rules = rules_at_rest(MODEL)
    before = np.abs(forecasts(rules) - forecasts(terry_rules())).mean()
    seconds = coarse.give(rules)
    after = np.abs(forecasts(rules) - forecasts(terry_rules())).mean()
    assert after < before / 3
    assert float(coarse._solver.round.distance) <= COARSE.tolerance
    lines = NetworkRules(rules_at_rest(MODEL), MODEL.mean_capital_bounds)
    assert coarse.give(lines) < seconds  # it has settled: nothing is solved again
    np.testing.assert_array_equal(forecasts(lines), forecasts(rules))


def stuck(*_):
    raise TrainingDiverged("no price clears\nthe market")


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (lambda solver: setattr(solver, "refresh", stuck), "no price clears"),
        (lambda solver: setattr(solver, "train", lambda _: (tf.constant(False), {})), "its value is not finite"),
        (lambda solver: setattr(solver, "refresh", dict) or setattr(solver, "num_steps", 0), "its rules still move"),
    ],
)
def test_where_it_breaks_down_the_rules_stay_and_the_program_says_so(coarse, capsys, monkeypatch, breaks, said):
    solver, rules = coarse._solver, rules_at_rest(MODEL)
    before = rules.coefficients.numpy()
    for name in ("train", "refresh", "num_steps"):
        monkeypatch.setattr(solver, name, getattr(solver, name))
    solver.step.assign(0)
    solver.round.whole.assign(False)
    breaks(solver)
    coarse.give(rules)
    np.testing.assert_array_equal(rules.coefficients, before)
    told = capsys.readouterr().err
    assert "note: first rules are at rest, for the classical solve has none:" in told
    assert said in told
    assert "the market" not in told


def test_its_grids_are_coarser_than_those_that_networks_are_held_against():
    assert COARSE.num_capital < REFINED.num_capital
    assert COARSE.num_mean_capital < REFINED.num_mean_capital
    assert branching.COARSE.num_mean_capital < EXACT.num_mean_capital


@pytest.mark.parametrize(
    ("options", "chosen", "coarse_first"),
    [
        (LumpyOptions, {}, True),
        (LumpyOptions, {"rules": "network"}, False),
        (LumpyOptions, {"networks": "paper"}, False),
        (LumpyOptions, {"networks": "paper", "start": "classical"}, True),
        (BranchingOptions, {}, False),
        (BranchingOptions, {"start": "classical"}, True),
        *(
            (options, chosen, coarse_first)
            for options in (LumpyOptions, BranchingOptions)
            for chosen, coarse_first in (
                ({"start": "rest"}, False),
                ({"start": "classical", "fixed_rules": True}, True),
                ({"fixed_rules": True}, False),
                ({"first_rules": "rules.csv"}, False),
                ({"method": "grid"}, False),
            )
        ),
    ],
)
def test_networks_begin_with_them_unless_told_otherwise(options, chosen, coarse_first):
    assert options(**chosen).from_coarse_solve == coarse_first


@pytest.mark.parametrize("settled", [True, False])
def test_networks_of_firms_with_branches_are_given_them_and_begin_where_its_firms_are(settled):
    solver = branching.make_solver(
        BRANCHES, np.zeros(1500, int), BranchingOptions(width=4, policy_width=4, start="classical")
    )
    first, capital = solver.networks.rules.coefficients.numpy(), solver._simulated_capital.numpy()
    mass = np.zeros((1, *solver.networks.histogram.shape))
    mass[0, 3, 2] = 1
    paths = FirmPaths({"mean_capital": np.full((1500, 1), 1.25)}, mass[None], mass[None])
    found = SimpleNamespace(rules=SimpleNamespace(coefficients=first + 1), round=SimpleNamespace(paths=paths))
    solver.start._solver = SimpleNamespace(**vars(found), num_steps=0, finished=settled, step=0)
    solver.start._compile = lambda: None
    solver.begin()
    np.testing.assert_array_equal(solver.networks.rules.coefficients, first + settled)
    np.testing.assert_array_equal(solver._simulated_capital, np.full(1000, 1.25) if settled else capital)
    places = solver._inhabited_capital.numpy()
    assert (np.searchsorted(places, [0.01, 0.99]) == 3 * solver.networks.histogram.shape[1] + 2).all() == settled


@pytest.mark.parametrize("options", [LumpyOptions, BranchingOptions])
@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"first_rules": "rules.csv", "start": "rest"}, "start is rest and first_rules is rules.csv; expected one"),
        ({"method": "grid", "start": "classical"}, "start is classical and method is grid, which is classical"),
    ],
)
def test_two_starts_are_one_too_many(options, chosen, said):
    with pytest.raises(CalibrationError, match=said):
        options(**chosen)


@pytest.mark.parametrize(
    ("chosen", "rough_rounds", "short_periods"),
    [
        ({"start": "classical"}, 0, 100_000),
        ({}, 100, 800),
        ({"preset": "paper"}, 100, 1500),
        ({"start": "classical", "solver": ("rough_rounds=2",)}, 2, 100_000),
    ],
)
def test_rounds_are_not_rough_where_branches_start_near(chosen, rough_rounds, short_periods):
    settings = branching.make_settings(BranchingOptions(**chosen))
    assert (settings.rough_rounds, settings.short_periods) == (rough_rounds, short_periods)
