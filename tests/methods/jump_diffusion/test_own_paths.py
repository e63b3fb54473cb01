"""Own paths of the solver go at their rates; settings out of range are refused."""

import math

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.solver import Moves
from tests.methods.jump_diffusion.small_solver import FOUR, MODEL, build


# --- own paths -----------------------------------------------------------------------------------------------
def moved(model, rate, which=None, **settings):
    """Own paths after one step from nothing, [B, D] and [B, J]."""
    solver = build(model, **{"batch_size": 8000, "reset_probability": 0.0, **settings})
    state, binary = tf.repeat(model.long_run_mean()[None], 4000, 0), tf.zeros((4000, model.num_binary))
    solver.advance(Moves(state, binary, tf.broadcast_to(tf.constant(rate, tf.float32), (4000, len(rate))), which))
    return tf.split(solver.panel, [-1, model.num_binary], 1)


def test_own_paths_flip_at_their_rates_and_diffuse():
    state, binary = (part.numpy() for part in moved(MODEL, [0.5, 0.0]))
    chance = 1 - math.exp(-0.25)
    assert binary[:, 0].mean() == pytest.approx(chance, abs=4.5 * math.sqrt(chance * (1 - chance) / 4000))
    assert not binary[:, 1].any()
    deviation = np.array([0.18, 0.12]) * math.sqrt((1 - math.exp(-0.3)) / 0.6)
    np.testing.assert_allclose(state.std(0), deviation, rtol=0.05)
    np.testing.assert_allclose(state.mean(0), 0.8, atol=4.5 * deviation.max() / math.sqrt(4000))


def test_rates_of_subsets_are_raised_so_that_elements_flip_as_often_as_all():
    binary = moved(FOUR, [0.2, 0.4], tf.constant([3, 1]), span=0.1, flip_draws=1)[1].numpy()
    chances = [0, 1 - math.exp(-0.1 * 2 * 0.4), 0, 1 - math.exp(-0.1 * 2 * 0.2)]
    np.testing.assert_allclose(binary.mean(0), chances, atol=4.5 * math.sqrt(0.08 / 4000))


def test_some_own_paths_begin_anew():
    """Draws are nowhere near the rest state after a span of next to nothing."""
    state = moved(MODEL, [0.0, 0.0], span=1e-9, reset_probability=0.25)[0].numpy()
    share = (np.abs(state - 0.8) > 1e-3).all(1).mean()
    assert share == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize(("own", "expected"), [(0.0, 0), (1.0, 64), (0.25, 16)])
def test_the_share_of_own_paths_is_as_asked(own, expected):
    solver = build(own_paths=own)
    assert solver.panel.shape == (expected, 4)
    metrics = solver.loss()[0].metrics
    assert bool(metrics["own_residual"]) == bool(expected)
    assert bool(metrics["drawn_residual"]) == (expected < 64)


# --- settings ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_steps": 0}, "num_steps is 0; expected from 1 to 10000000"),
        ({"batch_size": 0}, "batch_size is 0; expected from 1 to 1000000"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; expected above 0"),
        ({"span": -1.0}, "span is -1.0; expected above 0"),
        ({"difference_step": 0.0}, "difference_step is 0.0; expected above 0"),
        ({"warmup_steps": 4000}, "warmup_steps is 4000; expected from 0 to below num_steps 4000"),
        ({"warmup_steps": -1}, "warmup_steps is -1"),
        ({"own_paths": 1.5}, "own_paths is 1.5; expected from 0 to 1"),
        ({"reset_probability": -0.1}, "reset_probability is -0.1; expected from 0 to 1"),
        ({"pair_weight": -0.1}, "pair_weight is -0.1; expected at least 0"),
        ({"batch_size": 7}, "batch_size 7 and its own_paths 0.5 must give even numbers"),
        ({"batch_size": 6}, "batch_size 6 and its own_paths 0.5 must give even numbers"),
        ({"flip_draws": -1}, "flip_draws is -1; expected from 0 to 100000"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(CalibrationError, match=message):
        JumpSettings(**settings)


def test_more_flips_than_there_are_and_wrong_seeds_are_refused():
    with pytest.raises(CalibrationError, match="flip_draws is 3 with 2 elements; expected at most as many"):
        build(flip_draws=3)
    with pytest.raises(CalibrationError, match="expected from 0 to 2000000"):
        build(seed=2_000_001)
