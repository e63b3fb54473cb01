"""Compiled steps: as many as asked, means over them, and an end at the first step that breaks."""

import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.training.compiled_steps import run_steps

WAYS = pytest.mark.parametrize("compiled", [False, True], ids=["graph", "XLA"])


class Training:
    """Step n has loss n^2 and gap 10 n; a step that breaks has a NaN loss and is not taken."""

    def __init__(self, breaks_at=0, compiled=False):
        self.step, self.tries = tf.Variable(0), tf.Variable(0)
        self.breaks_at = tf.Variable(breaks_at)
        self.traces = 0
        self.run = tf.function(self._run, jit_compile=compiled)

    def _run(self, num_steps):
        self.traces += 1
        return run_steps(self._update, num_steps, ("gap", "loss"))

    def _update(self):
        self.tries.assign_add(1)
        number = self.step.read_value() + 1
        finite = number != self.breaks_at.read_value()
        self.step.assign_add(tf.cast(finite, tf.int32))
        loss = tf.where(finite, tf.cast(number, tf.float64) ** 2, math.nan)
        return finite, {"loss": loss, "gap": 10 * number, "unused": tf.constant("words")}


@WAYS
@pytest.mark.parametrize("num_steps", [1, 2, 7])
def test_metrics_are_means_over_the_steps(num_steps, compiled):
    training = Training(compiled=compiled)
    finite, metrics = training.run(tf.constant(num_steps))
    numbers = np.arange(1, num_steps + 1)
    assert finite
    assert int(training.step) == num_steps
    assert list(metrics) == ["gap", "loss"]
    np.testing.assert_allclose(list(metrics.values()), [10 * numbers.mean(), (numbers**2).mean()], rtol=1e-6)


@WAYS
def test_later_chunks_go_on_and_forget_the_earlier_ones(compiled):
    training = Training(compiled=compiled)
    training.run(tf.constant(3))
    finite, metrics = training.run(tf.constant(2))
    assert finite
    assert int(training.step) == 5
    np.testing.assert_allclose(metrics["gap"], 45, rtol=1e-6)


@WAYS
@pytest.mark.parametrize("breaks_at", [1, 4, 6])
def test_a_broken_step_ends_the_loop_and_is_reported_alone(breaks_at, compiled):
    training = Training(breaks_at, compiled)
    finite, metrics = training.run(tf.constant(6))
    assert not finite
    assert int(training.step) == breaks_at - 1
    assert int(training.tries) == breaks_at
    assert np.isnan(metrics["loss"])
    assert metrics["gap"] == 10 * breaks_at


def test_a_step_that_would_break_beyond_the_last_is_not_tried():
    training = Training(breaks_at=4)
    finite, metrics = training.run(tf.constant(3))
    assert finite
    assert np.isfinite(metrics["loss"])
    assert int(training.tries) == 3


def test_what_broke_once_may_be_tried_again():
    training = Training(breaks_at=3)
    training.run(tf.constant(5))
    training.breaks_at.assign(0)
    finite, metrics = training.run(tf.constant(2))
    assert finite
    assert metrics["gap"] == 35


@WAYS
def test_no_steps_change_nothing(compiled):
    training = Training(compiled=compiled)
    finite, metrics = training.run(tf.constant(0))
    assert finite
    assert int(training.tries) == 0
    np.testing.assert_array_equal(list(metrics.values()), [0, 0])


def test_one_trace_serves_any_number_of_steps():
    training = Training()
    for num_steps in (1, 3, 5):
        training.run(tf.constant(num_steps))
    assert training.traces == 1


def test_metrics_of_any_type_come_out_in_single_precision():
    _, metrics = Training().run(tf.constant(2))
    assert {metric.dtype for metric in metrics.values()} == {tf.float32}
