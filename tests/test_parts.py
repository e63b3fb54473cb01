"""A batch that is too large for memory is computed in parts, to the same numbers."""

import numpy as np
import tensorflow as tf

from hetkeras import parts

AXES = {"capital": ["B"], "industry_capital": ["B", "N"], "level": []}
ABOUT = {"inputs": AXES, "outputs": {"investment": ["B"], "industry_investment": ["B", "N"]}}
WEIGHTS = [tf.Variable(tf.ones((3, 64))), tf.Variable(tf.ones(7))]
INPUTS = {
    "capital": tf.constant(np.arange(10.0, dtype=np.float32)),
    "industry_capital": tf.constant(np.arange(50.0, dtype=np.float32).reshape(10, 5)),
    "level": tf.constant(2.0),
}


def counting(rows):
    def policy(capital, industry_capital, level):
        rows.append(capital.shape[0])
        mean = tf.reduce_mean(industry_capital, 1)
        return {"investment": level * capital + mean, "industry_investment": level * industry_capital}

    return policy


def test_a_batch_that_fits_is_one_call():
    rows = []
    parts.in_parts(counting(rows), ABOUT, WEIGHTS)(**INPUTS)
    assert rows == [10]


def test_parts_give_what_the_whole_gives(monkeypatch):
    rows, whole = [], counting([])(**INPUTS)
    monkeypatch.setattr(parts, "LARGEST", 4 * 4 * parts.COPIES * 5 * 64)  # four rows of five agents, 64 nodes wide
    found = parts.in_parts(counting(rows), ABOUT, WEIGHTS)(**INPUTS)
    assert rows == [4, 4, 2]
    for name, values in whole.items():
        np.testing.assert_array_equal(found[name], values)


def test_what_has_no_batch_is_left_alone():
    function = counting([])
    assert parts.in_parts(function, {"inputs": {"active": ["G", "F"]}, "outputs": {"gain": ["C"]}}, []) is function
    assert parts.in_parts(function, {**ABOUT, "outputs": {"investment": ["N"]}}, []) is function


def test_rows_that_a_graph_does_not_know_are_one_call():
    rows = []
    policy = parts.in_parts(counting(rows), ABOUT, WEIGHTS)
    shapes = tf.TensorSpec([None]), tf.TensorSpec([None, 5]), tf.TensorSpec([])
    tf.function(lambda a, b, c: policy(capital=a, industry_capital=b, level=c)).get_concrete_function(*shapes)
    assert rows == [None]
