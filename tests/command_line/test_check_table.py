"""The table of checks on a terminal."""

import pytest

from hetkeras.command_line.check_table import check_table, verdict_of
from hetkeras.diagnosis.check import at_most, equal
from hetkeras.diagnosis.diagnosis import Diagnosis

CHECKS = (
    at_most("den_haan_price_max", 0.0015163, 2.5e-3, "linear rules do not hold"),
    at_most("resource_gap", None, 1e-6, "goods are lost"),
    equal("my_own_check", 3.0, 3.0, "mine"),
)
ROWS = [check.row() for check in CHECKS]


def test_shares_are_in_per_cent_and_each_check_is_in_words():
    lines = check_table(ROWS, 160).splitlines()
    assert lines[0].split("  ")[0] == "check"
    assert lines[2].split()[:6] == ["den_haan_price_max", "0.1516", "%", "<=", "0.25", "%"]
    assert lines[2].endswith("PASS     Den Haan: largest distance of the price to its dynamic forecast")
    assert lines[3].split()[:6] == ["resource_gap", "not", "finite", "<=", "1e-06", "FAIL"]
    assert lines[4].split() == ["my_own_check", "3", "=", "3", "PASS"]


@pytest.mark.parametrize("width", [60, 90, 120])
def test_no_line_is_wider_than_the_terminal(width):
    lines = check_table(ROWS, width).splitlines()
    assert max(map(len, lines)) <= width
    assert ("what it is" in lines[0]) == (width > 60)


def test_a_number_that_fails_by_little_is_not_shown_as_its_limit():
    (line,) = check_table([at_most("den_haan_price_max", 0.0025041, 2.5e-3, "").row()], 60).splitlines()[2:]
    assert line.split()[1:] == ["0.2504", "%", "<=", "0.25", "%", "FAIL"]


def test_the_verdict_has_its_reason():
    text = verdict_of(Diagnosis({}, CHECKS, {}))
    assert text.endswith("converged: False (resource_gap is not finite, expected <= 1e-06: goods are lost)")
