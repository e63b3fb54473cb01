"""Boxes of calibrations: read from text, checked at their corners, filled evenly."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.box import Box, at, box, described, with_tensors
from hetkeras.errors import CalibrationError
from hetkeras.models.investment import Investment

MODEL = Investment(num_firms=8)


def test_a_box_is_read_from_text():
    found = box(MODEL, ("discount_factor=0.9:0.97", "adjustment_cost=20:180"))
    assert found == Box(("discount_factor", "adjustment_cost"), (0.9, 20.0), (0.97, 180.0))
    assert found.as_dict() == {"discount_factor": (0.9, 0.97), "adjustment_cost": (20.0, 180.0)}
    assert found.in_logs.tolist() == [False, True]


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["discount_factor"], "expected field=low:high, as in --over=discount_factor=LOW:HIGH"),
        (["discount_factor=0.9"], "expected field=low:high"),
        (["discount_factor=a:b"], "expected field=low:high"),
        (["discount=0.9:0.95"], "Investment has no field 'discount'; did you mean 'discount_factor'"),
        (["num_firms=8:16"], "num_firms cannot vary; expected a field that is one real number"),
        (["type_shares=0:1"], "type_shares cannot vary"),
        (["discount_factor=0.95:0.9"], "expected two numbers, the lower one first"),
        (["discount_factor=0.9:0.9"], "expected two numbers, the lower one first"),
        (["discount_factor=nan:0.9"], "expected two numbers, the lower one first"),
        (["discount_factor=0.9:inf"], "expected two numbers, the lower one first"),
        (["discount_factor=0.9:0.95"] * 2, "discount_factor is given twice"),
        (["discount_factor=0.9:1.1"], "--over leaves the domain of the model, .*discount_factor is 1.1"),
        (
            [f"{name}=0.01:0.02" for name in ("depreciation", "initial_mean", "initial_spread", "demand_slope")]
            + ["demand_intercept=1:2", "discount_factor=0.9:0.95", "adjustment_cost=1:2"],
            "names 7 fields; expected 6 at most",
        ),
    ],
)
def test_what_is_no_box_is_refused_in_one_line(assignments, message):
    with pytest.raises(CalibrationError, match=message) as refused:
        box(MODEL, assignments)
    assert "\n" not in str(refused.value)


def test_points_fill_the_box_and_its_logarithms_evenly():
    found = Box(("discount_factor", "adjustment_cost"), (0.9, 20.0), (0.98, 180.0))
    points = found.spread(512, 3)
    assert ((points >= found.low) & (points <= found.high)).all()
    below = (points < [0.94, np.sqrt(20 * 180)]).mean(0)
    np.testing.assert_allclose(below, 0.5, atol=0.01)
    assert not np.isin(found.spread(512, 4), points).any()
    assert found.corners().tolist() == [[0.9, 20], [0.9, 180], [0.98, 20], [0.98, 180]]


def test_the_points_of_proof_are_corners_faces_and_the_inside_once_each():
    pair = Box(("a", "b"), (0.0, 1.0), (1.0, 10.0)).proof()
    np.testing.assert_array_equal(pair[:4], Box(("a", "b"), (0.0, 1.0), (1.0, 10.0)).corners())
    np.testing.assert_allclose(pair[4:8], [[1, 10**0.5], [0.5, 10], [0, 10**0.5], [0.5, 1]])
    assert len(pair) == 24
    assert len(Box(("a",), (0.0,), (1.0,)).proof()) == 18  # its faces are its corners


def test_what_is_outside_is_said():
    found = Box(("a", "b"), (0.0, 1.0), (1.0, 2.0))
    assert list(found.outside({"a": 0.5, "b": 2.0})) == []
    assert list(found.outside({"a": 1.5, "c": 0.0})) == [
        "c does not vary in it; its fields: a, b",
        "a is 1.5; expected from 0 to 1, where the solution was sought",
        "b is not given; expected a number from 1 to 2",
    ]
    assert len(list(found.outside({"a": float("nan"), "b": 1.0}))) == 1
    assert described(found, (0.25, 1)) == "a=0.25, b=1"


def test_a_model_takes_other_values_and_tensors():
    found = Box(("discount_factor",), (0.9,), (0.95,))
    assert at(MODEL, found, np.array([0.92])) == Investment(num_firms=8, discount_factor=0.92)
    with pytest.raises(CalibrationError, match="discount_factor is 2"):
        at(MODEL, found, [2.0])
    value = tf.constant(0.03)
    copy = with_tensors(MODEL, {"depreciation": value})
    assert copy.depreciation is value
    assert float(copy.capital_survival) == pytest.approx(0.97)
    assert MODEL.depreciation == 0.05
