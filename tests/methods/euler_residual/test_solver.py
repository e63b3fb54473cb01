"""The solver: finds the stable root, resumes to the bit, stops at a NaN, reproduces the three-point experiment.

Steps are graphs without XLA; one test compares them with compiled ones.
"""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.euler_residual.diagnosis import diagnose, policy_error
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.solver import EulerResidual, starting_paths
from hetkeras.models.investment import Investment
from hetkeras.provenance import configure_device
from tests.small_solves import become, everything, make_solver, plain, restarting


def small_solver(seed=0, **settings):
    return make_solver(Investment(num_firms=8), "moments", seed, width=8, num_steps=30, **settings)


def trained(model, network="identity", **settings):
    """A solver after all its steps."""
    solver = plain(make_solver(model, network, **{"batch_size": 16, "learning_rate": 3e-3} | settings))
    finite, _ = solver.train(tf.constant(solver.num_steps))
    assert finite
    return solver


def error_on_fresh_paths(solver, model):
    states = simulate(model, model.closed_form(), 4321, 4, 64).numpy()
    return policy_error(model, tf.function(solver.policy), states)[0]["policy_error_mean"]


@pytest.mark.parametrize("network", ["identity", "moments", "deep_sets"])
def test_finds_the_stable_root(network):
    """From two first guesses and panels; the shocks are those of one seed, for which the steps are compiled."""
    model = Investment(num_firms=32)
    settings = {"width": 32, "num_steps": 300, "batch_size": 16, "learning_rate": 3e-3}
    solver, other = (plain(make_solver(model, network, seed, **settings)) for seed in (0, 1))
    for start in (everything(solver), everything(other)):
        finite, _ = become(solver, start).train(tf.constant(300))
        assert finite
        assert int(solver.step) == 300
        assert error_on_fresh_paths(solver, model) < 2e-3


def test_three_states_of_512_firms_give_the_whole_policy():
    """The seed's extreme case: 17.7 thousand coefficients without hidden biases, fitted to three data points."""
    model = Investment(num_firms=512)
    points = starting_paths(model, 0, 1, 128).numpy()[[0, 16, -1], 0]
    shape = {"width": 128, "phi_depth": 1, "rho_depth": 2, "hidden_biases": False}
    solver = plain(make_solver(model, "deep_sets", fixed_states=points, num_steps=2000, learning_rate=0.01, **shape))
    panel = solver.panel.numpy().copy()
    solver.train(tf.constant(2000))
    assert solver.policy.count_params() - sum(int(tf.size(v)) for v in solver.constants) == 17_665
    assert error_on_fresh_paths(solver, model) < 6e-4
    np.testing.assert_array_equal(solver.panel, panel)  # fixed states stay


@pytest.fixture(scope="module")
def start():
    """Returns a small solver as it is before the first step; its steps are traced once."""
    return restarting(plain(small_solver()))


def test_compiled_steps_are_those_of_plain_graphs(start):
    compiled, solver = small_solver(), start()
    (fine, told), (_, expected) = (each.train(tf.constant(5)) for each in (compiled, solver))
    assert fine
    for name, number in expected.items():
        assert float(told[name]) == pytest.approx(float(number), rel=1e-4), name
    for mine, other in zip(everything(compiled), everything(solver), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-5)


def test_own_paths_move(start):
    """Fixed states stay: see the three states above."""
    solver = start()
    before = solver.panel.numpy().copy()
    solver.train(tf.constant(5))
    assert not np.array_equal(before, solver.panel.numpy())


def test_training_is_a_function_of_the_seed_alone(start):
    solvers = start(), plain(small_solver()), plain(small_solver(seed=1))
    losses = [float(solver.train(tf.constant(20))[1]["loss"]) for solver in solvers]
    assert losses[0] == losses[1] != losses[2]


def test_chunks_do_not_change_the_outcome(start):
    weights = []
    for chunks in ((30,), (7, 11, 12)):
        solver = start()
        for steps in chunks:
            solver.train(tf.constant(steps))
        weights.append([weight.numpy().copy() for weight in solver.policy.trainable_variables])
    for once, piecewise in zip(*weights, strict=True):
        np.testing.assert_array_equal(once, piecewise)


def test_a_nan_is_not_applied_and_its_state_is_named(start):
    solver = start()
    solver.train(tf.constant(3))
    before = [weight.numpy().copy() for weight in solver.policy.trainable_variables]
    solver.panel[2, 5, 0].assign(np.nan)
    finite, metrics = solver.train(tf.constant(10))
    assert not finite
    assert int(solver.step) == 3
    assert np.isnan(metrics["marginal_cost"])
    assert "state 2 of the batch" in solver.broken_state()
    for old, new in zip(before, solver.policy.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


def test_paths_that_leave_the_domain_start_again_and_are_counted(start):
    """All of them: hardly any of these 32 would start again by chance, which it is 5 % for each."""
    solver = start()
    solver.panel.assign(tf.fill(solver.panel.shape, 2.0 * solver.model.state_bounds()[1]))
    _, metrics = solver.train(tf.constant(1))
    assert metrics["paths_out_of_bounds"] == 1.0
    assert np.abs(solver.panel.numpy() - 0.9).max() < 0.4


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("num_steps", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("reset_probability", 1.5),
        ("warmup_steps", 600),
        ("idiosyncratic_draws", 3),
    ],
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(CalibrationError, match=setting):
        EulerSettings(**{setting: value})


@pytest.mark.parametrize("calibration", [{"returns_to_scale": 0.8}, {"num_firms": 1}], ids=["own state", "one firm"])
def test_one_draw_is_refused_where_it_cannot_stand_for_the_expectation(calibration):
    with pytest.raises(CalibrationError, match="expected 2 or more"):
        make_solver(Investment(**{"num_firms": 8, **calibration}), num_steps=20)


@pytest.mark.parametrize("seed", [-1, 2_000_001])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(CalibrationError, match="expected from 0 to 2000000"):
        EulerResidual(Investment(num_firms=8), make_solver(Investment(num_firms=8)).policy, EulerSettings(), seed)


def test_decreasing_returns_are_solved_without_a_reference():
    """The policy depends on the firm's own capital; its slope there is known to first order at rest."""
    model = Investment(num_firms=16, returns_to_scale=0.7, idiosyncratic_volatility=0.02)
    solver = trained(model, width=32, num_steps=400, idiosyncratic_draws=2)
    diagnosis = diagnose(model, tf.function(solver.policy))
    assert diagnosis.numbers["present_value_gap_mean"] < 2e-3
    capital, _ = model.steady_state()
    state = tf.fill((1, 16, 1), tf.constant(capital, tf.float32))
    up, down = (solver.policy(state + shift, state).numpy().mean() for shift in (0.02, -0.02))
    assert (up - down) / 0.04 == pytest.approx(own_slope(model), rel=0.1)


def own_slope(model):
    """Stable root of gamma s = beta [b + (1 - delta) gamma s] (1 - delta + s), b the slope of the marginal payoff."""
    capital, _ = model.steady_state()
    theta, beta, keep, gamma = (
        model.returns_to_scale,
        model.discount_factor,
        1 - model.depreciation,
        model.adjustment_cost,
    )
    price = 1 - capital**theta
    payoff_slope = price * theta * (theta - 1) * capital ** (theta - 2)
    quadratic = (beta * keep * gamma, beta * (payoff_slope + keep**2 * gamma) - gamma, beta * payoff_slope * keep)
    return min(np.roots(quadratic).real, key=lambda slope: abs(keep + slope))


def test_double_precision_is_kept_throughout():
    configure_device("float64")
    try:
        solver = plain(make_solver(Investment(num_firms=8), "deep_sets", 0, width=8, num_steps=20))
        finite, _ = solver.train(tf.constant(5))
        assert finite
        assert {variable.dtype for variable in solver.policy.variables} == {"float64"}
        assert solver.panel.dtype == tf.float64
    finally:
        configure_device("float32")


def test_exported_bounds_are_those_of_own_paths():
    model = Investment(num_firms=8, productivity_types=(0.5, 1.5), type_shares=(0.5, 0.5))
    solver = make_solver(model, num_steps=20, idiosyncratic_draws=2)
    bounds = solver.solution().bounds
    states = simulate(model, solver.policy, 0, 4, 128).numpy()
    assert bounds["capital"] == pytest.approx((states[..., 0].min(), states[..., 0].max()))
    assert bounds["productivity"] == (0.5, 1.5)


def test_economies_with_own_states_are_solved_too():
    """Capital prices: an agent's own state matters, and the closed form is known for any N."""
    model = Investment(num_firms=16, capital_price_volatility=0.5, capital_price_persistence=0.5)
    solver = trained(model, width=64, num_steps=300, idiosyncratic_draws=2)
    assert error_on_fresh_paths(solver, model) < 1e-2
