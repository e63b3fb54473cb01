"""Rounds of the outer loop on simulations that are made up: what is fitted, refused and recorded."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.outer_loop import OuterLoop
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from tests.small_firms import MODEL, terry_rules


class Simulated:
    """A simulator that returns what it was given."""

    model = MODEL

    def __init__(self, **series):
        length = len(next(iter(series.values())))
        whole = {"cleared": np.ones(length), "forecast_price": np.full(length, 2.2), "inaction": np.full(length, 0.7)}
        whole |= {"output": np.full(length, 0.55), "price": np.full(length, 2.2)}
        self.series = {name: values[:, None] for name, values in (whole | series).items()}

    def run(self, path, periods):
        assert path.shape == (periods, 1)
        return FirmPaths(self.series, *np.zeros((2, 1, 5, 50)))


def make_round(simulator, length=60, burn_in=10, rules=None, fixed=False):
    path = np.arange(length) % 5
    return OuterLoop(simulator, rules or terry_rules(memory=0), path, burn_in, fixed)


CAPITAL = np.exp(0.4 + 0.1 * np.sin(np.arange(60)))


@pytest.mark.parametrize(("length", "burn_in"), [(60, 58), (60, 60), (60, 400), (60, -1), (2, 0)])
def test_a_path_too_short_for_its_burn_in_is_refused(length, burn_in):
    with pytest.raises(CalibrationError, match=f"the path has {length} periods and burn_in is {burn_in}"):
        make_round(Simulated(mean_capital=CAPITAL), length, burn_in)


def test_a_period_without_a_price_is_refused_even_in_the_burn_in():
    cleared = np.ones(60)
    cleared[[7, 30]] = 0
    outcome = make_round(Simulated(mean_capital=CAPITAL, cleared=cleared))
    with pytest.raises(TrainingDiverged, match=r"period 7 .* no price near 2\.2.*\(2 periods in all\)"):
        outcome.run()
    assert int(outcome.count) == 0


@pytest.mark.parametrize(("period", "value", "refused"), [(30, 2.01, True), (30, 1.24, True), (5, 3.0, False)])
def test_mean_capital_outside_the_solved_range_is_refused_after_the_burn_in(period, value, refused):
    capital = CAPITAL.copy()
    capital[period] = value
    outcome = make_round(Simulated(mean_capital=capital))
    if refused:
        with pytest.raises(TrainingDiverged, match=r"outside the range 1\.25 to 2 .*smallest_mean_capital"):
            outcome.run()
    else:
        outcome.run()
    assert int(outcome.count) == (0 if refused else 1)


def test_rules_that_cannot_be_fitted_are_refused_and_stay():
    capital, price = CAPITAL.copy(), np.full(60, 2.2)
    price[15] = np.nan
    rules = LogLinearRules(np.zeros((5, 2)), np.zeros((5, 2)), memory=0)
    outcome = OuterLoop(Simulated(mean_capital=capital, price=price), rules, np.zeros(60, np.int32), 10, fixed=False)
    with pytest.raises((TrainingDiverged, np.linalg.LinAlgError)) as caught:
        outcome.run()
    assert caught.type is TrainingDiverged
    assert "not finite" in str(caught.value)
    np.testing.assert_array_equal(rules.coefficients, np.zeros((2, 5, 2)))


def test_the_regressions_see_tomorrows_capital_and_leave_out_the_burn_in():
    """K' of the last period is unknown, and the first periods are nonsense."""
    capital, path = CAPITAL.copy(), np.zeros(60, np.int32)
    for t in range(10, 59):
        capital[t + 1] = np.exp(0.05 + 0.9 * np.log(capital[t]))
    price = np.exp(1.0 - 0.4 * np.log(capital))
    capital[:10], price[:10], price[-1] = 1.9, 7.0, 5.0
    rules = LogLinearRules(np.array([[0.0, 1.0]] * 5), np.array([[0.0, 0.0]] * 5), memory=0)
    outcome = OuterLoop(Simulated(mean_capital=capital, price=price), rules, path, 10, fixed=False)
    outcome.run()
    np.testing.assert_allclose(rules.coefficients[:, 0], [[0.05, 0.9], [1.0, -0.4]], atol=1e-10)
    logs = np.log(capital[10:-1])
    expected = max(np.abs(0.05 - 0.1 * logs).max(), np.abs(1.0 - 0.4 * logs).max())
    assert float(outcome.distance) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("slope", "refused"), [(0.8, False), (6.0, True), (-6.0, True)])
def test_rules_that_lead_far_out_of_the_solved_range_are_refused(slope, refused):
    """The simulation itself stays near 1.6; a steep line through it leads far away at the ends of the range."""
    near = 1.6 * np.exp(0.001 * np.sin(np.arange(60)))
    rules = LogLinearRules(np.array([[0.1, 0.8]] * 5), np.array([[1.0, -0.4]] * 5), memory=0)

    def update(*_):
        rules.coefficients[0].assign(np.array([[(1 - slope) * np.log(1.6), slope]] * 5))
        return 0.1

    rules.update = update
    outcome = OuterLoop(Simulated(mean_capital=near), rules, np.zeros(60, np.int32), 0, fixed=False)
    if refused:
        with pytest.raises(TrainingDiverged, match=r"the forecast rules diverge: in aggregate state 0 .* more damping"):
            outcome.run()
    else:
        outcome.run()


@pytest.mark.parametrize(("updated", "fixed", "distance"), [(False, False, None), (True, False, 0), (True, True, None)])
def test_the_record_of_rounds_is_ready_for_json(updated, fixed, distance):
    outcome = make_round(Simulated(mean_capital=CAPITAL), fixed=fixed)
    if updated:
        outcome.run()
    found = outcome.record()
    assert (found["rounds"], found["rules_fixed"]) == (int(updated), fixed)
    if distance is None:
        assert found["rules_distance"] is None
    else:
        assert found["rules_distance"] == float(outcome.distance) > 0
