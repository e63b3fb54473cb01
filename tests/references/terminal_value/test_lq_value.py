"""Quadrature of linear-quadratic control against published digits, simulation and finite differences in the radius."""

import numpy as np
import pytest

from hetkeras.references.terminal_value.lq_value import lq_value
from hetkeras.references.terminal_value.radial_value import radial_value

KNOWN = {5: 1.356321, 10: 2.157022, 50: 3.882007, 100: 4.590162, 200: 5.290815, 500: 6.211608, 1000: 6.906255}


@pytest.mark.parametrize("dimension", KNOWN)
def test_digits_at_the_origin(dimension):
    assert lq_value(np.ones(1), np.zeros(1), dimension, 1.0) == pytest.approx(KNOWN[dimension], abs=5e-7)


@pytest.mark.parametrize("strength", [0.1, 1.0, 2.0])
def test_simulation_away_from_the_origin(strength):
    noise = np.random.default_rng(0).standard_normal((200_000, 3))
    squared = np.sum((np.ones(3) + np.sqrt(0.8) * noise) ** 2, -1)
    moment = ((1 + squared) / 2) ** -strength
    error = moment.std() / len(moment) ** 0.5 / moment.mean() / strength
    found = lq_value(np.full(1, 0.4), np.full(1, 3.0), 3, strength)
    assert found == pytest.approx(-np.log(moment.mean()) / strength, abs=4 * error)


@pytest.mark.parametrize("dimension", [5, 100])
def test_differences_in_the_radius_find_the_same_at_all_radii(dimension):
    found = radial_value(dimension, 1.0, lambda u, z: -2 * z**2 / 2, lambda y: np.log((1 + y) / 2))
    squared = dimension * np.array([0.0, 0.01, 0.3, 1.0, 3.0])
    np.testing.assert_allclose(found(squared), lq_value(np.ones(5), squared, dimension, 2.0), atol=2e-5)
