"""Transitions against what is known of them: slopes by differences, a market in which nobody can save, no shock."""

import math
import types

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.households.settings import StationarySettings
from hetkeras.methods.krusell_smith.households.stationary_solver import StationarySolver
from hetkeras.methods.krusell_smith.households.transition import solve
from hetkeras.methods.krusell_smith.households.transition.course import Course
from hetkeras.methods.krusell_smith.households.transition.household_path import Foresight
from hetkeras.methods.krusell_smith.households.transition.measure import checks, measured_transition
from hetkeras.methods.krusell_smith.households.transition.rate_slopes import rate_slopes
from hetkeras.methods.krusell_smith.households.transition.solve import solve_transition
from hetkeras.models.aiyagari import Aiyagari
from hetkeras.models.huggett import Huggett

SETTINGS = StationarySettings(num_assets=120)
BONDS = Huggett(greatest_assets=50.0, budget="face_values")
CAPITAL = Aiyagari(num_idiosyncratic=3, greatest_assets=80.0)
SHOCK = np.append(1 - 0.01 * 0.8 ** np.arange(40), 1.0)


def loaded(model, interest, settings=SETTINGS):
    """What a transition reads of a reloaded solution."""
    return types.SimpleNamespace(model=model, metadata={"training": {"interest": interest, **vars(settings)}})


@pytest.fixture(scope="module")
def at_rest():
    solver = StationarySolver(BONDS, SETTINGS, 0.0055)
    solver.train(tf.constant(80))
    return solver


def test_slopes_are_differences_of_what_is_held(at_rest):
    """All of them at once, by moving each rate alone."""
    course, rate = Course(BONDS, {}, 8), float(at_rest.interest)
    households, last, mass = Foresight(BONDS, at_rest.nodes), at_rest.consumption.numpy(), at_rest.mass.numpy()
    rates, expected = np.full(9, rate), np.zeros((8, 8))
    for s in range(8):
        for sign in (1, -1):
            moved = rates + sign * 1e-6 * (np.arange(9) == s)
            expected[:, s] += sign * households.path(course.given(moved), last, mass).held / 2e-6
    assert rate_slopes(households, course, rate, last, mass) == pytest.approx(expected, abs=1e-5)
    assert np.abs(expected[:, 1:]).min() > 0.1
    assert not expected[:, 0].any()  # bonds pay one good, whatever the rate was


def test_where_nothing_moves_all_rests(at_rest):
    course = Course(BONDS, {"discount_factor": [BONDS.discount_factor]}, 30)
    found = solve_transition(course, SETTINGS, float(at_rest.interest))
    assert found.rates == pytest.approx(np.full(31, float(at_rest.interest)), abs=1e-9)
    assert found.households.mass[-1] == pytest.approx(found.households.mass[0], abs=1e-8)


def test_rates_are_exact_where_nobody_can_save():
    """With hardly a bond all live from their income, and those who most want to save set the price of bonds.

    q_t = beta_t max_e E[u'(y') | e] / u'(y), whatever else happens (Krusell, Mukoyama and Smith 2011).
    """
    model = Huggett(bonds=1e-5, greatest_assets=1.0, lowest_interest=-0.6, budget="face_values")
    patience = np.append(model.discount_factor + 0.01 * 0.7 ** np.arange(20), model.discount_factor)
    found = solve_transition(
        Course(model, {"discount_factor": patience}, 40), StationarySettings(num_assets=200, pivot=1e-4), -0.05
    )
    chain = model.idiosyncratic_chain
    worth = chain.values**-model.risk_aversion
    price = np.append(patience, np.full(19, patience[-1])) * np.max(chain.transition @ worth / worth)
    assert 1 + found.rates[1:] == pytest.approx(1 / price, rel=2e-5)


def test_a_fall_of_productivity_clears_every_market_and_loses_nothing():
    settings = StationarySettings(num_assets=300)
    found = measured_transition(loaded(CAPITAL, 0.037, settings), {"productivity": SHOCK}, 200, with_reference=True)
    rest = StationarySolver(CAPITAL, settings, 0.037)
    rest.train(tf.constant(80))
    expected = {"start_gap_interest_bp"}  # the rate above is no solution
    assert {check.name for check in found.checks if not check.passed} == expected
    table = found.tables["transition"]
    produced = table["productivity"] * table["assets"] ** CAPITAL.capital_share
    remaining = (1 - CAPITAL.depreciation) * table["assets"]
    assert table["consumption"] + table["assets_next"] == pytest.approx(produced + remaining, rel=1e-9)
    assert table["assets"][0] == pytest.approx(float(rest.mass.numpy().sum(0) @ rest.nodes), rel=1e-7)
    assert table["interest"][0] == pytest.approx((float(rest.interest) + 0.08) * 0.99 - 0.08, rel=1e-6)
    assert table["consumption"].argmin() > 0


def test_a_tighter_limit_that_all_can_bear_is_kept():
    path = {"borrowing_limit": np.linspace(0.0, 0.3, 4)}
    found = solve_transition(Course(BONDS, path, 150), SETTINGS, 0.0055)
    limits = np.append(path["borrowing_limit"], np.full(146, 0.3))
    assert np.all(found.households.assets_next >= limits[:, None, None])
    assert np.abs(found.excess).max() < 1e-8
    assert found.rates[1:4].max() < float(found.before.interest)  # bonds get dear


def test_households_that_cannot_repay_at_once_are_told():
    path = {"borrowing_limit": [4.0]}
    found = measured_transition(loaded(BONDS, 0.0055), path, 60, with_reference=False)
    assert found.reason.startswith("households_insolvent is 0.")


def test_promised_interest_that_runs_away_is_refused():
    course = Course(Huggett(greatest_assets=50.0), {"discount_factor": [0.981, 0.98]}, 100)
    with pytest.raises(TrainingDiverged, match=r"run away .* as in Huggett"):
        solve_transition(course, SETTINGS, 0.0055)


def test_a_path_that_is_not_found_says_what_to_do(monkeypatch):
    monkeypatch.setattr(solve, "MOST", 1)
    course = Course(BONDS, {"discount_factor": [0.985, 0.98]}, 20)
    with pytest.raises(
        TrainingDiverged, match=r"no path of rates clears .* looked for in 1 steps.* Try a smaller shock"
    ):
        solve.solve_transition(course, SETTINGS, 0.0055)


@pytest.mark.parametrize(
    ("model", "path", "sentence"),
    [
        (BONDS, {}, "the path names no field; expected one such as"),
        (BONDS, {"bond": [1.0]}, "path: .*bond.*bonds"),
        (BONDS, {"num_idiosyncratic": [3.0]}, "path: num_idiosyncratic cannot vary"),
        (BONDS, {"bonds": []}, r"bonds has values of the shape \(0,\); expected 1 to 60"),
        (BONDS, {"bonds": np.full(61, 5.6)}, r"bonds has values of the shape \(61,\)"),
        (BONDS, {"bonds": [-1.0]}, "bonds is -1.0"),
        (BONDS, {"persistence": [0.9]}, "path: persistence=0.9 changes how likely households come to other states"),
        (BONDS, {"volatility": [0.4]}, "path: volatility=0.4 changes levels of their states"),
        (BONDS, {"risk_aversion": [3.0]}, "path: risk_aversion=3 changes marginal utility"),
        (BONDS, {"greatest_assets": [60.0]}, "path: greatest_assets=60 changes greatest_assets"),
        (CAPITAL, {"productivity": [1e-3, 1.0]}, "in the period of the shock households hold"),
    ],
)
def test_a_path_that_does_not_fit_is_refused(model, path, sentence):
    with pytest.raises(CalibrationError, match=sentence):
        measured_transition(loaded(model, 0.0055), path, 60, with_reference=False)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("market_gap", 1e-3),
        ("resource_gap", 1e-6),
        ("end_market_gap", 1e-2),
        ("end_gap_interest_bp", 1.0),
        ("start_gap_interest_bp", 1.0),
        ("households_at_top", 1e-3),
        ("reference_gap_interest_bp", 5.0),
        ("reference_gap_consumption", math.nan),
    ],
)
def test_what_is_wrong_is_refused(name, wrong):
    names = ("households_insolvent", "market_gap", "resource_gap", "end_market_gap", "end_gap_interest_bp")
    more = ("start_gap_interest_bp", "households_at_top", "reference_gap_interest_bp", "reference_gap_consumption")
    numbers = dict.fromkeys((*names, *more), 0.0)
    assert all(check.passed for check in checks(numbers))
    failed = checks({**numbers, name: None if math.isnan(wrong) else wrong})
    assert [check.name for check in failed if not check.passed] == [name]
