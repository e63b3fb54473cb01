"""Scalars stand for every row of an exported function; what has another size is named in one line."""

import re

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import SavedModelError, ShapeError
from hetkeras.exported_inputs import ExportedInputs

AXES = {"capital": ["B"], "industry_capital": ["B", "N"], "shock": ["B", "N"], "which": ["B"], "inhabited": ["H"]}
INDICES = ("which",)


def fit(rows="B", **inputs):
    specs = {
        name: tf.TensorSpec([None] * len(axes), tf.int32 if name in INDICES else tf.float32)
        for name, axes in AXES.items()
    }
    return ExportedInputs("policy", specs, AXES, rows).fit(inputs)


def test_scalars_stand_for_every_row():
    found = fit(capital=2, which=1, industry_capital=np.ones((3, 5)), shock=0.5)
    assert {name: tensor.shape.as_list() for name, tensor in found.items()} == {
        "capital": [3],
        "which": [3],
        "industry_capital": [3, 5],
        "shock": [3, 5],
    }
    assert found["which"].dtype == tf.int32
    assert found["capital"].numpy().tolist() == [2.0, 2.0, 2.0]
    assert (found["shock"].numpy() == 0.5).all()


def test_scalars_alone_are_one_row():
    assert fit(capital=2.0)["capital"].numpy().tolist() == [2.0]


def test_what_all_rows_share_is_repeated():
    found = fit(capital=[1.0, 2.0], shock=[[6.0, 7.0, 8.0]])
    assert found["shock"].numpy().tolist() == [[6.0, 7.0, 8.0]] * 2


def test_whole_inputs_are_left_as_they_are():
    capital = tf.constant([1.0, 2.0])
    assert fit(capital=capital, which=tf.constant([0, 1]))["capital"] is capital


@pytest.mark.parametrize("rows", [None, 4])
def test_lengths_that_a_graph_does_not_know_are_repeated_to(rows):
    @tf.function(input_signature=[tf.TensorSpec([rows]), tf.TensorSpec([None, 2]), tf.TensorSpec([1])])
    def call(capital, shock, which):
        return fit(capital=capital, shock=shock, industry_capital=0.0, which=tf.cast(which, tf.int32))

    found = call(tf.ones(4), tf.ones((4, 2)), tf.ones(1))
    assert {name: part.shape.as_list() for name, part in found.items()} == {
        "capital": [4],
        "shock": [4, 2],
        "industry_capital": [4, 2],
        "which": [4],
    }


def test_an_input_whose_axes_a_graph_does_not_know_is_taken_as_whole():
    call = tf.function(lambda capital: fit(capital=capital, which=1), input_signature=[tf.TensorSpec(None)])
    assert call(tf.ones(3))["which"].numpy().tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            {"capital": [1.0, 2.0], "which": [0, 1, 2]},
            "'policy' got capital with 2 and which with 3 entries along B; give as many of both, or a scalar",
        ),
        (
            {"industry_capital": np.ones((2, 1)), "shock": np.ones((2, 5))},
            "'policy' got shock with 5 and industry_capital with 1 entries along N",
        ),
        ({"industry_capital": [1.0, 2.0]}, "takes industry_capital as [B, N] or a scalar; got the shape (2,)"),
        ({"capital": np.ones((2, 1))}, "takes capital as [B] or a scalar; got the shape (2, 1)"),
        (
            {"industry_capital": 1.0, "capital": [1.0, 2.0]},
            "takes industry_capital as [B, N]; got a scalar, and no input tells the length of N. Give all",
        ),
        ({"inhabited": 1.0}, "takes inhabited as [H]; got a scalar, and no input tells the length of H"),
    ],
)
def test_other_sizes_are_named_in_one_line(inputs, message):
    with pytest.raises(ShapeError, match=re.escape(message)) as caught:
        fit(**inputs)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"capital": tf.constant([1.0], tf.float64)}, "takes capital as float32; got float64. Convert it"),
        ({"which": 0.5}, "takes which as int32; got 0.5. Convert it"),
        ({"capital": [[1.0], [1.0, 2.0]]}, "takes capital as float32; got [[1.0], [1.0, 2.0]]. Convert it"),
        ({"capital": "high"}, "takes capital as float32; got 'high'. Convert it"),
        ({"capital": None}, "takes capital as float32; got None. Convert it"),
    ],
)
def test_other_types_are_named_in_one_line(inputs, message):
    with pytest.raises(SavedModelError, match=re.escape(message)) as caught:
        fit(**inputs)
    assert "\n" not in str(caught.value)
