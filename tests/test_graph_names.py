"""Graphs of a solve that files share have the same names whichever file asks first."""

import itertools

import tensorflow as tf
from tensorflow.python.framework import ops

from hetkeras.compiling import compiled
from tests import graph_names
from tests.graph_names import once


def traced():
    return compiled(lambda x: 2 * x).get_concrete_function(tf.TensorSpec((2,))).name


def test_a_shared_solve_has_names_of_its_own_and_is_run_once(monkeypatch):
    monkeypatch.setattr(graph_names, "numbers", graph_names.numbers.__wrapped__)  # counts from the first number again
    found = []
    for start in (1 << 40, 1 << 41):  # of two files
        names = itertools.count(start).__next__
        monkeypatch.setattr(ops, "uid", names)
        solve = once(traced)
        found.append(solve())
        assert solve() is found[-1]
        assert ops.uid is names
    assert found[0] == found[1] != traced()
