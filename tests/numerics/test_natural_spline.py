"""Natural cubic splines: as scipy has them, with maxima that no grid and no root finder beats."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.interpolate import CubicSpline

from hetkeras.numerics.natural_spline import NaturalSpline

KNOTS = np.geomspace(0.1, 8.0, 9)
SPLINE = NaturalSpline(KNOTS)
POINTS = np.unique(np.concatenate([np.linspace(0.1, 8.0, 101), KNOTS]))


def draws(*shape):
    return np.random.default_rng(7).normal(size=shape)


def reference(values, knots=KNOTS):
    return CubicSpline(knots, values, axis=-1, bc_type="natural")


def exact_maximum(values, cost, knots=KNOTS):
    """Argmax and maximum of spline - cost x over the knots and all stationary points that scipy finds."""
    spline = reference(values, knots)
    roots = spline.derivative().solve(cost, extrapolate=False)
    candidates = np.concatenate([knots, roots[np.isfinite(roots)]])
    reached = spline(candidates) - cost * candidates
    return candidates[reached.argmax()], reached.max()


def maximize(values, cost, spline=SPLINE):
    return spline.maximize(tf.constant(values), tf.constant(cost, tf.float64)).numpy()


def test_values_between_the_knots():
    values = draws(3, 9)
    found = SPLINE.evaluate(tf.constant(values), tf.constant(np.tile(POINTS, (3, 1))))
    np.testing.assert_allclose(found, reference(values)(POINTS), rtol=0, atol=1e-13)


def test_each_row_has_its_own_points():
    values, points = draws(2, 3, 9), np.random.default_rng(8).uniform(0.1, 8.0, (2, 3, 4))
    found = SPLINE.evaluate(tf.constant(values), tf.constant(points)).numpy()
    assert found.shape == (2, 3, 4)
    np.testing.assert_allclose(found[1, 2], reference(values[1, 2])(points[1, 2]), rtol=0, atol=1e-13)


def test_curvatures_at_the_knots_vanish_at_the_ends():
    values = draws(2, 3, 9)
    found = SPLINE.curvatures(tf.constant(values)).numpy()
    scale = np.abs(found).max()
    np.testing.assert_allclose(found, reference(values)(KNOTS, 2), rtol=0, atol=1e-13 * scale)
    np.testing.assert_allclose(found[..., [0, -1]], 0, atol=1e-13 * scale)


def test_weights_pick_the_knots_at_the_knots():
    np.testing.assert_allclose(SPLINE.basis(tf.constant(KNOTS)), np.eye(9), rtol=0, atol=1e-14)


def test_weights_keep_constants_and_straight_lines():
    weights = SPLINE.basis(tf.constant(POINTS)).numpy()
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-13)
    np.testing.assert_allclose(weights @ KNOTS, POINTS, rtol=1e-12)


def test_points_beyond_the_knots_count_as_the_ends():
    values = tf.constant(draws(9))
    found = SPLINE.evaluate(values, tf.constant([-1.0, 0.0, 0.1, 8.0, 9.0, 1e300], tf.float64))
    np.testing.assert_array_equal(found, np.repeat(values.numpy()[[0, -1]], 3))


def test_no_kink_in_value_slope_or_curvature_at_the_knots():
    """Cubics on either side of a knot, each continued to the same point, differ by a third-order term alone."""
    step = 1e-3
    values = tf.constant(draws(9))
    for knot in KNOTS[1:-1]:
        points = knot + step * np.arange(-4, 5)
        found = SPLINE.evaluate(values, tf.constant(points)).numpy()
        left, right = (
            np.polynomial.Polynomial.fit(points[part] - knot, found[part], 3) for part in (np.s_[:5], np.s_[4:])
        )
        for order, tolerance in ((0, 1e-12), (1, 1e-9), (2, 1e-5)):
            ends = left.deriv(order)(0.0), right.deriv(order)(0.0)
            assert ends[0] == pytest.approx(ends[1], abs=tolerance * np.abs(reference(values)(KNOTS, 2)).max())


def test_slope_by_autodiff_is_the_slope_of_the_spline():
    values, points = draws(9), tf.constant(POINTS[1:-1])
    with tf.GradientTape() as tape:
        tape.watch(points)
        found = SPLINE.evaluate(tf.constant(values), points)
    inside = ~np.isin(POINTS[1:-1], KNOTS)
    expected = reference(values)(POINTS[1:-1], 1)[inside]
    np.testing.assert_allclose(tape.gradient(found, points).numpy()[inside], expected, rtol=0, atol=1e-11)


def test_no_stationary_point_is_better_than_the_maximum():
    values, costs = draws(300, 9), np.random.default_rng(9).normal(size=300)
    found = maximize(values, costs)
    for value, cost, point in zip(values, costs, found, strict=True):
        best, reached = exact_maximum(value, cost)
        assert point == pytest.approx(best, abs=1e-12)
        assert reference(value)(point) - cost * point == pytest.approx(reached, abs=1e-13)


def test_no_point_on_a_fine_grid_is_better_than_the_maximum():
    values, costs = draws(40, 9), np.linspace(-3, 3, 40)
    grid = np.linspace(0.1, 8.0, 20_001)
    reached = SPLINE.evaluate(tf.constant(values), tf.constant(maximize(values, costs)[:, None])).numpy()[:, 0]
    on_grid = (reference(values)(grid) - costs[:, None] * grid).max(-1)
    own = reached - costs * maximize(values, costs)
    assert (own >= on_grid - 1e-13).all()
    assert (own <= on_grid + 1e-3).all()


def test_a_concave_value_is_left_where_its_slope_is_the_cost():
    knots = np.linspace(1.0, 3.0, 41)
    spline = NaturalSpline(knots)
    found = maximize(np.log(knots)[None], np.array([0.5]), spline)[0]
    assert found == pytest.approx(2.0, abs=1e-6)
    assert reference(np.log(knots), knots)(found, 1) == pytest.approx(0.5, abs=1e-14)


@pytest.mark.parametrize(("cost", "end"), [(100.0, 0), (-100.0, -1)])
def test_costs_beyond_every_slope_lead_to_an_end(cost, end):
    np.testing.assert_array_equal(maximize(draws(5, 9), np.full(5, cost)), KNOTS[end])


@pytest.mark.parametrize(("cost", "expected"), [(1.0, 2.0), (3.0, 1.0)])
def test_two_knots_make_a_straight_line(cost, expected):
    line = NaturalSpline(np.array([1.0, 2.0]))
    middle = line.evaluate(tf.constant([1.0, 3.0], tf.float64), tf.constant([1.25], tf.float64))
    np.testing.assert_allclose(middle, [1.5], rtol=1e-15)
    assert maximize(np.array([[1.0, 3.0]]), [cost], line) == expected


def test_one_cost_serves_many_values():
    values = draws(4, 3, 9)
    single = maximize(values, np.array([[0.2]]))
    np.testing.assert_array_equal(single, maximize(values, np.full((4, 3), 0.2)))


def test_the_best_choice_never_rises_with_its_cost():
    costs = np.linspace(-4, 4, 200)
    found = maximize(np.tile(draws(9), (200, 1)), costs)
    assert (np.diff(found) <= 1e-12).all()


def test_graph_and_compiled_maxima_agree_with_eager():
    values, costs = tf.constant(draws(50, 9)), tf.constant(np.random.default_rng(4).normal(size=50))
    eager = SPLINE.maximize(values, costs)
    for compiled in (False, True):
        np.testing.assert_allclose(tf.function(SPLINE.maximize, jit_compile=compiled)(values, costs), eager, atol=1e-12)


def test_single_precision_stays_single():
    values = draws(9)
    found = SPLINE.evaluate(tf.constant(values, tf.float32), tf.constant(POINTS, tf.float32))
    assert found.dtype == tf.float32
    np.testing.assert_allclose(found, reference(values)(POINTS), rtol=0, atol=2e-5)


@pytest.mark.parametrize("nudge", [0.0, 1e-15, 1e-12])
def test_the_maximum_is_exact_where_the_cost_is_the_slope_at_a_knot(nudge):
    knots, values = np.array([0.0, 0.5, 2.5, 4.5]), np.array([0.0, 0.0, 1.0, -1.0])
    cost = reference(values, knots)(0.5, 1) - nudge
    found = maximize(values[None], [cost], NaturalSpline(knots))[0]
    assert found == pytest.approx(exact_maximum(values, cost, knots)[0], abs=1e-9)


def test_values_need_no_leading_axis():
    SPLINE.maximize(tf.constant(draws(9)), tf.constant(0.1, tf.float64))
