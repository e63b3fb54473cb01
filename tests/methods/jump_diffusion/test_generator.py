"""The generator by differences: exact on polynomials along the loadings, unbiased in the states' own shocks."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.jump_diffusion.generator import diffusion_nodes, generator
from hetkeras.models.export_entry.model import ExportEntry

RNG = np.random.default_rng(7)
PATHS, STATES = 6, 4
CUBE, BEND, SLOPE = (RNG.normal(size=(STATES,) * rank) for rank in (3, 2, 1))
WEIGHTS = RNG.normal(size=2)


def make(factors, own=False, drift=True):
    """Two destinations with moving revenues: D = 4; revenues have no shock of their own."""
    model = ExportEntry(
        num_destinations=2,
        num_factors=factors,
        reversion=0.7,
        revenue=(1.0, 1.3),
        cost_loadings=tuple(RNG.uniform(-0.5, 0.5, 2 * factors)),
        revenue_loadings=tuple(RNG.uniform(-0.5, 0.5, 2 * factors)),
        own_cost_volatility=(0.3, 0.4) if own else (0.0,),
    )
    if not drift:
        object.__setattr__(model, "drift", lambda state, binary: tf.zeros_like(state))
    return model


def points(model):
    state = model.long_run_mean(tf.float64) + RNG.normal(size=(PATHS, STATES))
    return state, tf.constant(RNG.integers(0, 2, (PATHS, 2)), tf.float64)


def polynomial(state, binary, degree=3):
    """Of any leading axes; binary states add a slope of their own."""
    value = tf.einsum("...i,i->...", state, SLOPE) * (1 + tf.einsum("...j,j->...", binary, WEIGHTS))
    if degree > 1:
        value += tf.einsum("...i,...j,ij->...", state, state, BEND)
    if degree > 2:
        value += tf.einsum("...i,...j,...k,ijk->...", state, state, state, CUBE)
    return value


def trace(model, state, degree):
    """Half the trace of the covariance rate times the Hessian."""
    own = model.idiosyncratic_volatility(state, None)
    loadings = model.loadings(state, None).numpy()
    rate = loadings @ loadings.T + (0 if own is None else np.diag(own.numpy() ** 2))
    hessian = np.broadcast_to((degree > 1) * (BEND + BEND.T), (len(state), STATES, STATES))
    if degree > 2:
        symmetric = sum(CUBE.transpose(order) for order in itertools.permutations(range(3)))
        hessian = hessian + np.einsum("bk,ijk->bij", state, symmetric)
    return np.einsum("bij,ij->b", hessian, rate) / 2


def found(model, state, binary, degree, step, sign=None):
    def value(*at):
        return polynomial(*at, degree)

    return generator(model, value, value(state, binary), state, binary, step, sign).numpy()


@pytest.mark.parametrize("factors", [1, 2, 3])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_without_drift_polynomials_are_exact_at_any_step(factors, degree):
    model = make(factors, drift=False)
    state, binary = points(model)
    for step in (1e-2, 3.0):
        expected = trace(model, state, degree)
        np.testing.assert_allclose(found(model, state, binary, degree, step), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("factors", [1, 2, 3])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_with_drift_it_is_the_rise_along_the_drift_and_the_trace_at_its_end(factors, degree):
    """Exact for cubics; the rise itself is the drift times the slope up to O(step)."""
    model, step = make(factors), 0.02
    state, binary = points(model)
    moved = state + step * -0.7 * (state - model.mean_state)
    rise = (polynomial(moved, binary, degree) - polynomial(state, binary, degree)) / step
    expected = rise + trace(model, moved, degree)
    np.testing.assert_allclose(found(model, state, binary, degree, step), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_errors_of_the_drift_fall_with_the_step_and_vanish_for_linear_functions(degree):
    model = make(2)
    state, binary = points(model)
    with tf.GradientTape() as tape:
        tape.watch(state)
        value = polynomial(state, binary, degree)
    drift = tf.reduce_sum(tape.gradient(value, state) * model.drift(state, binary), 1)
    exact = drift + trace(model, state, degree)
    errors = [np.abs(found(model, state, binary, degree, step) - exact).max() for step in (0.02, 0.002)]
    if degree == 1:
        assert max(errors) < 1e-11
    else:
        assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("factors", [1, 2])
def test_own_shocks_are_exact_on_average_over_all_signs(factors):
    model = make(factors, own=True, drift=False)
    state, binary = points(model)
    signs = [np.array(sign) for sign in itertools.product((-1.0, 1.0), repeat=STATES)]
    every = np.stack([found(model, state, binary, 3, 0.5, tf.constant(np.tile(s, (PATHS, 1)))) for s in signs])
    np.testing.assert_allclose(every.mean(0), trace(model, state, 3), rtol=1e-10, atol=1e-10)
    assert every.std(0).min() > 1e-3  # one draw is not exact, which is why a square needs two


def test_signs_are_those_of_each_path():
    model = make(1, own=True)
    state, binary = points(model)
    sign = tf.constant(np.where(RNG.uniform(size=(PATHS, STATES)) < 0.5, -1.0, 1.0))
    whole = found(model, state, binary, 3, 0.1, sign)
    rows = [found(model, state[b : b + 1], binary[b : b + 1], 3, 0.1, sign[b : b + 1])[0] for b in range(PATHS)]
    np.testing.assert_allclose(whole, rows, rtol=1e-11)


@pytest.mark.parametrize(("factors", "own", "expected"), [(1, False, 2), (3, False, 6), (2, True, 6)])
def test_nodes_come_in_pairs_around_the_moved_state_with_the_variance_of_the_step(factors, own, expected):
    model = make(factors, own)
    state, binary = points(model)
    nodes, weights = diffusion_nodes(model, state, binary, 0.04, tf.ones((PATHS, STATES), tf.float64))
    assert nodes.shape == (expected, PATHS, STATES)
    np.testing.assert_allclose(weights, 1 / expected, rtol=1e-15)
    away = nodes - (state + 0.04 * model.drift(state, binary))
    np.testing.assert_allclose(tf.reduce_sum(away, 0), 0, atol=1e-14)
    variance = np.einsum("q,qbi,qbi->bi", weights, away, away)
    covered = (model.loadings(state, binary).numpy() ** 2).sum(1) + np.asarray(model.idiosyncratic_loadings) ** 2
    np.testing.assert_allclose(variance, 0.04 * np.tile(covered, (PATHS, 1)), rtol=1e-12)
