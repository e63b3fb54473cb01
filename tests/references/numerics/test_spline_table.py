"""Splines through tables: cubics exactly inside, linear outside."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.numerics.spline_table import SplineTable

POINTS = np.sinh(np.linspace(-1.5, 1.5, 12))


def surface(state, x, y):
    return (1 + state) * (x**3 - x * y**2) + state * y**3


def test_cubics_of_two_states_are_reproduced():
    grid = np.meshgrid(np.arange(3), POINTS, POINTS, indexing="ij")
    table, rng = SplineTable(POINTS, surface(*grid)), np.random.default_rng(0)
    state, position = rng.integers(0, 3, (5, 7)), rng.uniform(POINTS[0], POINTS[-1], (5, 7, 2))
    np.testing.assert_allclose(table(state, position), surface(state, position[..., 0], position[..., 1]), atol=1e-11)


def test_states_and_positions_broadcast():
    table = SplineTable(POINTS, np.stack([POINTS, 2 * POINTS]))
    found = table(np.array([[0], [1]]), np.array([[0.5], [1.0], [-1.0]]))
    np.testing.assert_allclose(found, [[0.5, 1.0, -1.0], [1.0, 2.0, -2.0]], atol=1e-12)


def test_outside_the_grid_a_function_goes_on_with_its_slope():
    table, end = SplineTable(POINTS, POINTS[None] ** 3), POINTS[-1]
    beyond = np.array([[end + 0.5], [end + 2.0], [-end - 2.0]])
    expected = [end**3 + 0.5 * 3 * end**2, end**3 + 2 * 3 * end**2, -(end**3) - 2 * 3 * end**2]
    np.testing.assert_allclose(table(np.array(0), beyond), expected, rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_positions_that_are_not_finite_are_refused(bad):
    with pytest.raises(CalibrationError, match="NaN or infinite"):
        SplineTable(POINTS, POINTS[None])(np.array(0), np.array([[bad]]))


def test_no_positions_have_no_values():
    table = SplineTable(POINTS, np.stack([POINTS, 2 * POINTS]))
    assert table(np.zeros((0,), int), np.zeros((0, 1))).shape == (0,)
