"""Roots of plain functions: found to rounding, all of them, and none made up."""

import numpy as np
import pytest

from hetkeras.numerics.outside_graphs import outside_graphs
from hetkeras.numerics.roots import falling_roots, system_root, widening_root


@pytest.mark.parametrize("root", [-30.0, -1e-9, 0.3, 17.0])
def test_a_falling_function_is_solved_however_far_its_root_is(root):
    assert widening_root(lambda x: np.expm1(root - x), 32.0) == pytest.approx(root, rel=1e-13)


def test_no_root_is_made_up_where_a_function_keeps_its_sign_or_rises():
    assert widening_root(lambda x: np.exp(-x), 32.0) is None
    assert widening_root(lambda x: x, 32.0) is None
    assert widening_root(lambda x: 40 - x, 32.0) is None


def test_all_falls_through_zero_are_found_and_nothing_else():
    """Zeros of the sine at which it falls, none at which it rises, no pole, nothing beyond where it is defined."""
    points = np.linspace(0.1, 11.0, 200)
    found = falling_roots(np.sin, points, 1e-6)
    np.testing.assert_allclose(found, [np.pi, 3 * np.pi], rtol=1e-15)
    assert falling_roots(lambda x: -np.sin(x), points, 1e-6) == pytest.approx([2 * np.pi], rel=1e-15)
    assert falling_roots(lambda x: 1 / (3 - x), points, 1e-6) == []
    half = falling_roots(lambda x: np.where(x < 4, np.sin(x), np.nan), points, 1e-6)
    assert half == pytest.approx([np.pi], rel=1e-15)


def test_a_system_is_solved_or_none_is_told():
    target = np.array([0.5, -2.0])
    found = system_root(lambda x: np.array([x[0] ** 3 - target[0], x[0] + x[1] - target[1]]), np.ones(2), 1e-9, 1e-14)
    np.testing.assert_allclose(found, [0.5 ** (1 / 3), -2 - 0.5 ** (1 / 3)], rtol=1e-14)
    assert system_root(lambda x: x**2 + 1, np.ones(1), 1e-9, 1e-14) is None
    assert system_root(lambda x: np.log(-1 - x**2), np.ones(1), 1e-9, 1e-14) is None


def test_a_start_at_a_root_is_returned_as_it_is():
    start = np.array([3.0])
    assert system_root(lambda x: 0 * x, start, 1e-9, 1e-14) is start


def test_errors_come_out_of_the_thread():
    assert outside_graphs(max, 1, 2) == 2
    with pytest.raises(ZeroDivisionError):
        outside_graphs(lambda: 1 / 0)
