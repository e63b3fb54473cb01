"""What stands for a function agrees with it, but for rounding, or is told apart."""

import numpy as np
import pytest

from hetkeras.onnx_export.agreement import agreement

X = np.linspace(0.5, 2.0, 200).astype(np.float32)
TIE = X[100]


def own(x):
    return {"value": 3 * x, "enter": x >= TIE, "branch": (x > 1).astype(np.int32)}


def compared(x=X, **others):
    return agreement(own, lambda x: {**own(x), **{name: each(x) for name, each in others.items()}}, {"x": x}, len(x))


def test_a_function_agrees_with_itself():
    assert compared() == (200, 0.0, 0.0, 0, 0)


def test_a_gap_is_told_in_largest_sizes():
    found = compared(value=lambda x: 3 * x + np.float32(6e-4))
    assert found.gap == pytest.approx(1e-4, rel=1e-2)
    assert not found.agrees


def test_rounding_is_no_gap():
    assert compared(value=lambda x: 3 * x * np.float32(1 + 5e-7)).agrees


def test_a_decision_may_differ_at_a_tie_only():
    at_tie = compared(enter=lambda x: x > TIE)
    assert (at_tie.decisions, at_tie.away, at_tie.agrees) == (1, 0, True)
    away = compared(enter=lambda x: x >= X[101] + 0.01)
    assert away.decisions == away.away + 1 > 1
    assert not away.agrees
    assert not compared(branch=lambda x: 2 * own(x)["branch"]).agrees
    for other in (lambda x: own(x)["branch"].astype(np.int64), lambda x: own(x)["branch"][1:]):
        assert compared(branch=other).away == len(X)


def test_decisions_alone_are_compared():
    found = agreement(lambda x: {"enter": x >= TIE}, lambda x: {"enter": x > TIE}, {"x": X}, len(X))
    assert (found.decisions, found.away, found.agrees) == (1, 0, True)


@pytest.mark.parametrize("change", [lambda x: 3.0 * x.astype(float), lambda x: 3 * x[1:], lambda x: x * np.nan])
def test_another_type_or_shape_or_no_answer_is_refused(change):
    found = compared(value=change)
    assert np.isnan(found.gap)
    assert not found.agrees


def test_no_answer_on_both_sides_agrees():
    x = np.append(X, np.float32(np.nan))
    assert compared(x).agrees
    assert not compared(x, value=lambda x: np.nan_to_num(own(x)["value"])).agrees
