"""Rounds with a short part: few periods while the rules are far from settled, then all, to the end."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.outer_loop import FREE_ROUNDS, OuterLoop
from hetkeras.methods.krusell_smith.simulator import FirmPaths
from tests.small_branches import MODEL, STATES, first_rules

LENGTH, SHORT, BURN_IN = 400, 150, 20
PATH = np.arange(LENGTH) % STATES


class Recording:
    """Simulates nothing, and remembers how many periods were asked for."""

    model = MODEL

    def __init__(self, capital=1.4):
        self.asked, self.capital = [], capital

    def run(self, path, periods):
        self.asked.append(periods)
        size = (periods, 1)
        series = {name: np.full(size, 2.2) for name in ("price", "forecast_price", "output")}
        series |= {
            "cleared": np.ones(size),
            "mean_capital": np.full(size, self.capital),
            "inaction": np.full(size, 0.5),
        }
        return FirmPaths(series, *np.zeros((2, 1, 3, 14, 11)))


def make_round(distances, fixed=False, short=SHORT, capital=1.4):
    """A round whose rules move by what is given, one after the other."""
    rules, coming = first_rules(), iter(distances)
    rules.update = lambda *_: next(coming)
    return OuterLoop(Recording(capital), rules, PATH, BURN_IN, fixed, short, near=0.02)


def test_all_periods_are_simulated_once_the_rules_are_near_and_ever_after():
    outcome = make_round([0.5, 0.1, 0.01, 0.3, 1e-4])
    settled = []
    for _ in range(5):
        outcome.run()
        settled.append(outcome.settled(1e-3))
    assert outcome.simulator.asked == [SHORT, SHORT, SHORT, LENGTH, LENGTH]
    assert settled == [False, False, False, False, True]


def test_how_rounds_ended_is_told_in_words():
    outcome = make_round([0.5, 0.1])
    outcome.run()
    outcome.run()
    assert outcome.outcome(12, True) == "rules settled after 2 of at most 12 rounds"
    assert outcome.outcome(2, False) == "rules not settled after 2 rounds: the last one moved them by 1.0e-01"
    assert make_round([], fixed=True).outcome(1, False) == "rules kept as they were"


def test_rules_that_settle_on_the_short_part_are_not_called_settled():
    outcome = make_round([1e-6, 1e-6])
    outcome.run()
    assert not outcome.settled(1e-3)
    outcome.run()
    assert outcome.simulator.asked == [SHORT, LENGTH]
    assert outcome.settled(1e-3)


@pytest.mark.parametrize(("fixed", "short"), [(True, SHORT), (False, None), (False, 10 * LENGTH)])
def test_all_periods_are_simulated_where_there_is_no_short_part(fixed, short):
    outcome = make_round([0.5, 0.4], fixed, short)
    outcome.run()
    outcome.run()
    assert outcome.simulator.asked == [LENGTH, LENGTH]


def test_without_a_short_part_rules_are_near_only_as_long_as_they_are():
    outcome = make_round([0.5, 0.01, 0.3], short=None)
    assert not outcome.near
    nearness = []
    for _ in range(3):
        outcome.run()
        nearness.append(outcome.near)
    assert nearness == [False, True, False]


def test_a_short_part_within_the_burn_in_is_refused():
    with pytest.raises(CalibrationError, match=r"the path has 21 periods and burn_in is 20; expected at least 3"):
        make_round([], short=21)


def test_mean_capital_may_leave_the_range_only_while_first_rules_are_far_off():
    outcome = make_round([0.5] * 9, capital=5.0)
    for _ in range(FREE_ROUNDS):
        outcome.run()
    with pytest.raises(TrainingDiverged, match=r"mean capital goes from 5 to 5 in the simulation, outside the range"):
        outcome.run()
    near = make_round([0.01, 0.01], capital=5.0)
    near.run()
    with pytest.raises(TrainingDiverged, match="outside the range"):
        near.run()
    with pytest.raises(TrainingDiverged, match="outside the range"):
        make_round([], fixed=True, capital=5.0).run()
