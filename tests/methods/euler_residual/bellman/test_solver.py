"""The solver: finds value and policy, is a function of its seed, stops at a NaN; what it exports is measured."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.bellman.diagnosis import value_error
from hetkeras.methods.euler_residual.diagnosis import policy_error
from hetkeras.methods.euler_residual.options import EulerOptions, make_solver
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.methods.euler_residual.verbs import EulerResidualMethod
from hetkeras.models.investment import Investment
from tests.examples import example
from tests.small_solves import everything, plain, restarting

SHAPE = {"method": "bellman", "network": "moments", "width": 8, "rho_depth": 1}
BRIEF = ("num_steps=40", "batch_size=4", "residual_agents=2")


def small_solver(model=Investment(num_firms=8), seed=0, **options):
    keras.utils.set_random_seed(seed)
    return make_solver(model, EulerOptions(seed=seed, **{**SHAPE, "solver": BRIEF, **options}))


@pytest.fixture(scope="module")
def start():
    """Returns a small solver as it is before the first step; its steps are traced once."""
    return restarting(plain(small_solver()))


def test_it_finds_value_and_policy_of_storms():
    """Nothing of the answer is used: neither the closed forms nor an Euler equation."""
    model = example("storms").Storms(num_agents=8)
    settings = ("num_steps=600", "batch_size=8", "learning_rate=5e-3", "residual_agents=4")
    solver = plain(small_solver(model, width=16, rho_depth=2, solver=settings))
    finite, _ = solver.train(tf.constant(600))
    assert finite
    states = simulate(model, model.closed_form(), 4321, 4, 64).numpy()[::8]
    assert policy_error(model, tf.function(solver.policy), states)[0]["policy_error_mean"] < 1e-2
    assert value_error(model, tf.function(solver.value), states)["value_error_mean"] < 1e-2


def test_chunks_do_not_change_the_outcome(start):
    weights = []
    for chunks in ((10,), (3, 7)):
        solver = start()
        for steps in chunks:
            finite, _ = solver.train(tf.constant(steps))
            assert finite
        weights.append([part.copy() for part in everything(solver)])
    for once, piecewise in zip(*weights, strict=True):
        np.testing.assert_array_equal(once, piecewise)


def test_both_networks_are_trained_and_kept_in_checkpoints(start):
    solver = start()
    before = [weight.numpy().copy() for weight in solver.weights]
    solver.train(tf.constant(5))
    assert all(np.any(old != new.numpy()) for old, new in zip(before, solver.weights, strict=True))
    assert len(solver.weights) == sum(len(network.trainable_variables) for network in (solver.policy, solver.value))
    assert len(solver.tracked()["weights"]) == len(solver.weights)


def test_a_nan_is_not_applied_and_its_state_is_named(start):
    solver = start()
    solver.panel[2, 5, 0].assign(np.nan)
    finite, _ = solver.train(tf.constant(10))
    assert not finite
    assert int(solver.step) == 0
    assert "state 2 of the batch" in solver.broken_state()


def test_paths_that_leave_the_domain_start_again_before_a_payoff_is_taken_there(start):
    solver = start()
    highest = solver.model.state_bounds()[1]
    solver.advance(tf.fill((4, 1), 2.0 * highest))
    assert np.abs(solver.panel.numpy() - 0.9).max() < 0.4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"activation": "relu"}, "activation is relu; expected a smooth one with method=bellman"),
        ({"over": ("discount_factor=0.9:0.95",)}, "over is .*; expected none with method=bellman"),
        ({"trajectories": 4}, "trajectories is 4; expected 0 with method=bellman"),
        ({"idiosyncratic_draws": 1}, "idiosyncratic_draws is 1; expected 2 or more: a value depends"),
    ],
)
def test_what_does_not_fit_is_refused(options, words):
    with pytest.raises(CalibrationError, match=words):
        small_solver(**options)


def test_an_export_has_the_value_and_what_is_measured_is_what_is_shipped(start, tmp_path):
    solver = start()
    saved_model.export(solver.solution(), tmp_path / "m")
    loaded = saved_model.load(tmp_path / "m")
    own, industry = tf.constant([0.8, 0.8]), tf.random.uniform((2, 8), 0.6, 1.0, seed=0)
    industry = tf.stack([industry[0], industry[0, ::-1]])
    value = loaded.signatures["value"](capital=own, industry_capital=industry)["value"].numpy()
    np.testing.assert_allclose(value, solver.value(own[:, None, None], industry[..., None])[:, 0], rtol=1e-6)
    np.testing.assert_allclose(value[0], value[1], rtol=1e-6)  # permutations do not matter
    diagnosis = EulerResidualMethod().measure(loaded, EulerOptions())
    assert not diagnosis.converged
    assert diagnosis.numbers["signature_gap"] < 1e-6
    assert {"bellman_residual_rms", "value_gap_beyond_noise", "value_error_mean"} <= diagnosis.numbers.keys()
