"""Rounds and settings of the neural method, without training: where states are drawn, learning rates, refusals."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from tests.methods.krusell_smith.lumpy.tiny_neural import PATH, SETTINGS, make_solver
from tests.small_firms import MODEL
from tests.small_solves import plain


def test_a_run_begins_with_the_rules_of_its_start():
    solver = make_solver()
    before = solver.firms.rules.coefficients.numpy()
    assert solver.begin() == 2.5
    np.testing.assert_allclose(solver.firms.rules.coefficients - before, np.broadcast_to([0.01, 0], before.shape))


@pytest.mark.parametrize("explored", [0.0, 1.0])
def test_states_are_drawn_from_where_they_should_be(explored):
    settings = KrusellSmithSettings(explored=explored, mean_capital_batch=200, capital_batch=50)
    solver = make_solver(settings)
    solver._simulated_capital.assign(tf.fill(solver._simulated_capital.shape, 1.5))
    mean_capital, capital, _ = (tensor.numpy() for tensor in solver._sample())
    if explored:
        assert (mean_capital.min(), mean_capital.max()) == pytest.approx((1.25, 2.0), abs=0.02)
        assert (capital.min(), capital.max()) == pytest.approx((0.1, 8.0), rel=0.02)
    else:
        assert np.abs(np.log(mean_capital / 1.5)).max() <= 0.01001
        rest = MODEL.frictionless_steady_state(1.0)[0]
        assert (capital.min(), capital.max()) == pytest.approx((0.3 * rest, 3 * rest), rel=0.02)


def test_the_method_ends_at_the_tolerance():
    solver = make_solver()
    assert not solver.finished
    for distance, finished in ((1.01e-9, False), (1e-9, True), (math.nan, False), (0.0, True)):
        solver.round.distance.assign(distance)
        solver.round.whole.assign(True)
        solver._reused.assign(1)
        assert solver.finished == finished
    solver._reused.assign(2)  # nor does a round whose targets served twice
    assert not solver.finished
    solver._reused.assign(1)
    solver.round.whole.assign(False)  # a simulation of few periods settles nothing
    assert not solver.finished


def test_nothing_is_simulated_in_the_middle_of_a_round():
    solver = make_solver()
    for step in (0, SETTINGS.round_steps - 1):
        solver.step.assign(step)
        assert solver.refresh() == {}
    assert int(solver.round.count) == 0


def test_the_learning_rate_falls_to_nil_in_every_round():
    solver = make_solver(dataclasses.replace(SETTINGS, first_steps=800, round_steps=400))
    schedule = solver._optimizers[0]._learning_rate

    def rate(step):
        solver.step.assign(step)
        return float(schedule(tf.constant(0)))

    rates = [rate(step) for step in (0, 19, 200, 400)]
    assert rates[0] == pytest.approx(SETTINGS.first_rate / 20, rel=1e-5)
    assert rates[1] == pytest.approx(SETTINGS.first_rate, rel=0.01)
    assert rates[2] == pytest.approx(SETTINGS.first_rate / 2, rel=1e-5)
    assert rates[3] == pytest.approx(0, abs=1e-9)
    solver._start.assign(400)
    solver.round.count.assign(1)
    plans = [solver._next_round() for _ in range(2)]  # all steps of the first round that is not rough, then fewer
    assert plans == [(800, SETTINGS.first_rate, 1), (400, SETTINGS.round_rate, 1)]
    for variable, value in zip(solver._plan, plans[1], strict=True):
        variable.assign(value)
    rates = [rate(step) for step in (400, 600, 800)]
    assert rates == pytest.approx([SETTINGS.round_rate, SETTINGS.round_rate / 2, 0], abs=1e-9)


@pytest.mark.parametrize(("kind", "alike"), [("muon", True), ("adam", False)])
def test_muon_moves_a_kernel_alike_in_all_directions(kind, alike):
    solver = plain(make_solver(dataclasses.replace(SETTINGS, value_optimizer=kind, reuse=1)))
    kernel = solver.firms.value_weights[2]
    before = kernel.numpy()
    assert before.shape == (16, 16)
    solver.train(tf.constant(1))
    moved = np.linalg.svd(kernel.numpy() - before, compute_uv=False)
    assert (moved[8] > 0.5 * moved[0]) == alike


# --- settings ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("first_steps", 0),
        ("round_steps", 0),
        ("max_rounds", 0),
        ("value_steps", 0),
        ("policy_steps", 0),
        ("reuse", 0),
        ("rough_rounds", -1),
        ("short_periods", 0),
        ("near", 1e-4),
        ("value_optimizer", "sgd"),
        ("mean_capital_batch", 0),
        ("capital_batch", 0),
        ("tolerance", 0.0),
        ("first_rate", 0.0),
        ("round_rate", -1e-3),
        ("warmup_steps", 2000),
        ("warmup_steps", -1),
        ("price_noise", 0.0),
        ("price_noise", 0.2),
        ("explored", 1.1),
        ("explored", -0.1),
        ("explored", math.nan),
        ("first_steps", 1.5),
    ],
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(CalibrationError, match=f"{setting} is "):
        KrusellSmithSettings(**{setting: value})


def test_steps_are_those_of_all_rounds():
    assert SETTINGS.num_steps == 120 + 2 * 60
    assert make_solver().num_steps == 240


@pytest.mark.parametrize("seed", [-1, 2_000_001])
def test_seeds_out_of_range_are_refused(seed):
    histogram = Histogram(*MODEL.capital_bounds, 30)
    with pytest.raises(CalibrationError, match="expected from 0 to 2000000"):
        NeuralLumpy(make_solver().firms, SETTINGS, PATH, 20, histogram, seed)
