"""The stationary distribution of households against shares by hand, and moments of wealth."""

import numpy as np
import pytest

from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.households import wealth
from hetkeras.methods.krusell_smith.households.wealth import stationary_mass, wealth_moments

NODES = np.array([0.0, 1.0, 3.0])


def test_households_that_save_in_good_times_alone():
    """Good: one node up; bad: to the limit. Chances that a state stays: 3/4 in the bad, 1/2 in the good one."""
    transition = np.array([[0.75, 0.25], [0.5, 0.5]])
    up = np.array([[0.0, 0.0, 0.0], [1.0, 3.0, 3.0]])
    mass = stationary_mass(NODES, up, transition)
    bad, good = 2 / 3, 1 / 3
    first = bad * 0.75  # bad before
    np.testing.assert_allclose(mass[0], [first, bad - first - good / 4, good / 4], atol=1e-13)
    np.testing.assert_allclose(mass[1], [bad * 0.25, bad * 0.25 * 0.5, bad * 0.25 * 0.5], atol=1e-13)


def test_households_between_nodes_keep_their_mean():
    kept = np.array([[0.4, 0.9, 2.5], [0.6, 1.2, 2.0]])
    transition = np.array([[0.6, 0.4], [0.3, 0.7]])
    mass = stationary_mass(NODES, kept, transition)
    np.testing.assert_allclose(mass.sum(1), [3 / 7, 4 / 7], rtol=1e-12)
    np.testing.assert_allclose((mass * kept).sum(), mass.sum(0) @ NODES, rtol=1e-12)


def test_a_distribution_that_is_none_is_refused(monkeypatch):
    monkeypatch.setattr(wealth, "eigs", lambda *a, **k: (None, np.array([[0.5], [0.6], [-0.1]])))
    with pytest.raises(TrainingDiverged, match=r"the distribution of households has shares from -0\.1 to 0\.6"):
        stationary_mass(NODES, np.array([[0.4, 0.9, 2.5]]), np.ones((1, 1)))


def test_moments_of_two_halves():
    numbers = wealth_moments(np.array([0.0, 2.0]), np.array([[0.5, 0.0], [0.0, 0.5]]))
    assert numbers == pytest.approx(
        {
            "assets_mean": 1.0,
            "assets_sd": 1.0,
            "households_at_limit": 0.5,
            "households_at_top": 0.5,
            "assets_gini": 0.5,
            "assets_of_top_hundredth": 0.02,
        }
    )
    assert "assets_gini" not in wealth_moments(np.array([-1.0, 2.0]), np.array([[0.5, 0.5]]))
