"""A solver of least squares on linear equations whose answer is known: both ways to train, and its guards."""

from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import TrainingDiverged
from hetkeras.numerics.random_draws import normals
from hetkeras.training.gauss_newton import GaussNewtonRule
from hetkeras.training.least_squares_solver import LeastSquaresSolver, Samples
from hetkeras.training.loss_output import LossOutput
from hetkeras.training.trainer import Trainer
from tests.small_solves import plain

ANSWER = np.array([1.5, -0.5, 2.0, 0.25], np.float32)
STEPS, BATCH = 40, 3  # fewer equations in a step than weights
RULE = GaussNewtonRule(
    num_steps=STEPS, rate=0.5, damping=0.01, last_damping=0.1, momentum=0.5, longest_step=5.0, averaged=0.25
)


class Found(NamedTuple):
    residual: tf.Tensor
    other: tf.Tensor


class Line(LeastSquaresSolver):
    """The slopes of a plane, from its height at random points that move by what was found before."""

    def __init__(self, rule=RULE, noise=0.0, seed=0):
        self.slopes, self.noise = keras.Variable(np.zeros(4), dtype="float32"), noise
        super().__init__([self.slopes], STEPS, 0.1, 1, seed, rule)
        self.shift, self.lowered = tf.Variable(0.0), None

    metric_names, constants = ("size",), ()

    def training_state(self):
        return self.shift

    def samples(self):
        noise = self.noise * normals(self.step_seed(1), (BATCH,))
        return Samples((normals(self.step_seed(0), (BATCH, 4)), noise), self.shift.value())

    def found_at(self, samples):
        points, noise = samples.rows
        height = tf.linalg.matvec(points + samples.shared, self.slopes.value)
        residual = height - tf.linalg.matvec(points + samples.shared, tf.constant(ANSWER)) + noise
        return Found(residual, residual)

    def judged(self, samples, found):
        size = tf.reduce_mean(tf.abs(found.residual))
        return LossOutput(tf.reduce_mean(found.residual * found.other), {"size": size}), size

    def equations(self, part, found):
        return part / BATCH**0.5

    def level(self, found):
        return tf.constant(0.03)

    def lower(self, level):
        self.lowered = float(level)

    def advance(self, carried):
        self.shift.assign(0.1 * carried)

    def solution(self):
        raise NotImplementedError

    def settings(self):
        return {"learning_rate": 0.1}

    def broken_state(self):
        return f"a shift of {float(self.shift)}"


def everything(solver):
    kept = [solver.slopes, solver.shift, solver.step, *solver.optimizer.variables]
    return [part.numpy() for part in (*kept, *(solver._newton.variables if solver.rule else ()))]


def trained(folder, steps=STEPS, solver=None, **arguments):
    solver = solver or plain(Line(**arguments))
    Trainer(solver, folder, chunk_steps=10).run(steps)
    return solver


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("whole"))


def test_gauss_newton_is_where_adam_is_far_from(whole, tmp_path):
    adam = trained(tmp_path, rule=None)
    kept = [{"newton", "optimizer"} & set(solver.tracked()) for solver in (whole, adam)]
    assert kept == [{"newton"}, {"optimizer"}]
    np.testing.assert_allclose(whole.slopes, ANSWER, atol=1e-4)
    assert np.abs(adam.slopes.numpy() - ANSWER).max() > 0.1


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(whole, tmp_path):
    trained(tmp_path, steps=20)
    resumed = plain(Line())
    resumed.slopes.assign(ANSWER)  # everything must come from the checkpoint
    for left, right in zip(everything(whole), everything(trained(tmp_path, solver=resumed)), strict=True):
        np.testing.assert_array_equal(left, right)


def test_no_steps_change_nothing(whole):
    fresh = plain(Line())
    before = everything(fresh)
    assert fresh.train(tf.constant(0))[0]
    for left, right in zip(before, everything(fresh), strict=True):
        np.testing.assert_array_equal(left, right)


def test_xla_compiles_the_parts_of_a_step():
    solver = Line()
    finite, metrics = solver.train(tf.constant(2))
    assert finite
    expected = plain(Line())
    np.testing.assert_allclose(metrics["loss"], expected.train(tf.constant(2))[1]["loss"], rtol=1e-5)
    np.testing.assert_allclose(solver.slopes, expected.slopes, rtol=1e-4)


def test_a_step_that_is_no_number_is_not_taken(whole, tmp_path):
    solver = plain(Line())
    solver.train(tf.constant(3))
    solver.shift.assign(np.nan)
    before = everything(solver)
    with pytest.raises(TrainingDiverged, match="step 4: loss term 'size' is nan at a shift of nan"):
        Trainer(solver, tmp_path).run(STEPS)
    for left, right in zip(before, everything(solver), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("planted", [0.0, 1.0])
def test_the_average_counts_only_where_it_is_better(planted, tmp_path):
    """Noise makes the average of the last weights better than the last ones; a wrong average is told and left.

    Only the average has a level that is known.
    """
    solver = trained(tmp_path, steps=STEPS - 1, noise=0.5)
    solver._newton.mean.assign_add(tf.fill((4,), planted))
    solver.train(tf.constant(1))
    assert (np.abs(solver.slopes.numpy() - solver._newton.mean.numpy()).max() == 0) == (planted == 0)
    assert solver.lowered == (pytest.approx(0.03) if planted == 0 else None)
    assert np.abs(solver.slopes.numpy() - ANSWER).mean() < 0.5
