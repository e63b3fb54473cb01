"""Many diagnoses as one: the gravest check of each name, and where it was found."""

import numpy as np

from hetkeras.diagnosis.check import at_least, at_most, equal
from hetkeras.diagnosis.diagnosis import Diagnosis
from hetkeras.diagnosis.everywhere import everywhere


def found(gap, share, bounded=1.0):
    checks = (
        equal("bounded", bounded, 1.0, "explodes"),
        at_most("gap", gap, 0.1, "train longer"),
        at_least("share", share, 0.5, "too few"),
    )
    return Diagnosis({"gap": gap}, checks, {})


def test_each_check_is_taken_where_it_is_worst():
    whole = everywhere([({"a": 1.0}, found(0.02, 0.6)), ({"a": 2.0}, found(0.05, 0.9)), ({"a": 3.0}, found(0.01, 0.7))])
    assert whole.converged
    assert [check.measured for check in whole.checks] == [1.0, 0.05, 0.6]
    assert [check.advice.partition(":")[0] for check in whole.checks][1:] == ["at a=2", "at a=1"]
    assert whole.numbers == {"calibrations": 3, "calibrations_converged": 3, "bounded": 1.0, "gap": 0.05, "share": 0.6}
    assert whole.tables["box"]["gap"].tolist() == [0.02, 0.05, 0.01]


def test_one_calibration_that_fails_decides_and_one_without_a_number_most_of_all():
    whole = everywhere(
        [({"a": 1.0}, found(0.02, 0.6, 0.9)), ({"a": 2.0}, found(None, 0.4)), ({"a": 3.0}, found(0.2, 0.3))]
    )
    assert not whole.converged
    assert whole.reason == "bounded is 0.9, expected = 1: at a=1: explodes"
    assert [(check.measured, check.passed) for check in whole.checks] == [(0.9, False), (None, False), (0.3, False)]
    assert whole.numbers["calibrations_converged"] == 0
    assert np.isnan(whole.tables["box"]["gap"][1])
    assert whole.tables["box"]["converged"].tolist() == [0, 0, 0]
