"""The grid's generator on functions with known images, its law and modes; refusals."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.numerics.ornstein_uhlenbeck_grid import OrnsteinUhlenbeckGrid

THETA = 0.3


@pytest.mark.parametrize("nodes", [7, 101])
def test_linear_functions_are_exact(nodes):
    grid = OrnsteinUhlenbeckGrid(nodes, 7.0, THETA)
    np.testing.assert_allclose(grid.generator @ (2 - 3 * grid.points), 3 * THETA * grid.points, atol=1e-10)


def test_hermite_functions_are_eigenfunctions_to_second_order():
    def error(nodes):
        grid = OrnsteinUhlenbeckGrid(nodes, 7.0, THETA)
        hermite = grid.points**3 - 3 * grid.points
        inner = np.abs(grid.points) < 4
        return np.abs(grid.generator @ hermite + 3 * THETA * hermite)[inner].max()

    assert error(201) < 0.03
    assert error(401) < 0.3 * error(201)


@pytest.mark.parametrize("nodes", [7, 21, 201])
def test_the_generator_is_that_of_a_markov_chain(nodes):
    generator = OrnsteinUhlenbeckGrid(nodes, 12.0, THETA).generator.toarray()
    np.testing.assert_allclose(generator.sum(1), 0, atol=1e-9)
    assert (generator - np.diag(np.diag(generator))).min() >= 0


def test_the_law_is_stationary_and_standard_normal():
    grid = OrnsteinUhlenbeckGrid(201, 7.0, THETA)
    np.testing.assert_allclose(grid.stationary_law @ grid.generator, 0, atol=1e-12)
    moments = [grid.stationary_law @ grid.points**power for power in (1, 2, 4)]
    np.testing.assert_allclose(moments, [0, 1, 3], atol=0.01)


@pytest.mark.parametrize("nodes", [21, 61])
def test_modes_decompose_the_generator(nodes):
    grid = OrnsteinUhlenbeckGrid(nodes, 6.0, THETA)
    modes = grid.modes()
    np.testing.assert_allclose(modes.to_modes @ modes.from_modes, np.eye(nodes), atol=1e-8)
    rebuilt = modes.from_modes * modes.eigenvalues @ modes.to_modes
    np.testing.assert_allclose(rebuilt, grid.generator.toarray(), atol=1e-6)


def test_drift_is_the_generator_along_an_axis():
    grid, values = OrnsteinUhlenbeckGrid(9, 5.0, THETA), np.random.default_rng(0).standard_normal((3, 9, 9))
    generator = grid.generator.toarray()
    np.testing.assert_allclose(grid.drift(values), values @ generator.T, atol=1e-12)
    np.testing.assert_allclose(grid.drift(values, axis=1), generator @ values, atol=1e-12)


def test_solve_inverts_the_generator():
    grid, rng = OrnsteinUhlenbeckGrid(51, 7.0, THETA), np.random.default_rng(0)
    rate, right_side = rng.uniform(0.05, 1, 51), rng.standard_normal(51)
    found = grid.solve(rate, right_side)
    np.testing.assert_allclose(rate * found - grid.generator @ found, right_side, atol=1e-10)


@pytest.mark.parametrize(("nodes", "width", "message"), [(4, 7.0, "4 nodes"), (50.5, 7.0, "50.5 nodes")])
def test_too_few_nodes_are_refused(nodes, width, message):
    with pytest.raises(CalibrationError, match=message):
        OrnsteinUhlenbeckGrid(nodes, width, THETA)


@pytest.mark.parametrize("width", [0.5, 13.0, np.nan])
def test_widths_that_miss_or_exceed_the_process_are_refused(width):
    with pytest.raises(CalibrationError, match="stationary standard deviations; expected 1 to 12"):
        OrnsteinUhlenbeckGrid(101, width, THETA)
