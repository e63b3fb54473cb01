"""A hub and its suppliers: known values, the small planner where they meet, rejected links; refusals."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.production_network.network_planner import NetworkPlanner
from hetkeras.references.production_network.star_planner import StarPlanner, is_star
from tests.small_networks import EFFORTS, networks_and_states, random_network, star_network

KNOWN = (-26.2056826, -25.3113074, -25.1300459, -25.1242319)
UNSCALED = -20.0  # 1 / ((1 - gamma) rho), by which the notes' values lie below those of scaled utility


@pytest.fixture(scope="module")
def star():
    return StarPlanner(star_network(), 101)


def test_known_values(star):
    found = star.value(np.array([0, 18, 36, 36]), np.array([0, 0, 0, 1]), np.zeros((4, 1)))
    np.testing.assert_allclose(found + UNSCALED, KNOWN, rtol=0, atol=1e-7)


def test_finer_grids_change_nothing_that_counts(star):
    """As much as the notes say: 5e-8 of the value at risk aversion 2, 3e-6 at 4.3."""
    state = np.array([0, 9, 18, 36]), np.array([0, 1, 0, 1]), np.linspace(-2, 2, 4)[:, None]
    rough = StarPlanner(star_network(), 61).value(*state)
    np.testing.assert_allclose(rough, star.value(*state), rtol=2e-7)
    averse = [StarPlanner(star_network(risk_aversion=4.3), nodes).value(*state) for nodes in (61, 101)]
    np.testing.assert_allclose(*averse, rtol=5e-6)


def test_some_links_are_rejected(star):
    """The last 3 of 36 at the mean; 12 % over factors within six deviations, and fewer where factors mostly are."""
    count = np.arange(36)
    np.testing.assert_array_equal(star.link_gain(count, np.zeros((36, 1))) < 0, count >= 33)
    deviation = np.linspace(-6, 6, 241)
    factors = deviation[:, None] / np.sqrt(0.6)
    gains = star.link_gain(count[:, None], np.broadcast_to(factors, (36, 241, 1)))
    assert (gains < 0).mean() == pytest.approx(0.12, abs=0.005)
    law = np.exp(-(deviation**2) / 2)
    assert ((gains < 0).mean(0) @ law / law.sum()) == pytest.approx(0.098, abs=0.002)
    assert (np.diff(gains, axis=0) < 1e-9).all()  # suppliers are substitutes
    assert (np.diff((gains < 0).astype(int), axis=1) <= 0).all()  # none is rejected only when they are productive


@pytest.mark.parametrize("changes", [{}, {"risk_aversion": 4.3}, {"link_cost": (0.05,)}, {"normalised": 0}, EFFORTS])
def test_two_suppliers_are_the_planner_of_three_sectors(changes):
    model = star_network(2, penalty_cap=0.25, destruction_rate=0.3, **changes)
    star, planner = StarPlanner(model, 61), NetworkPlanner(model, 61)
    links, sector, factors = networks_and_states(model, 60)
    count, turn = links[:, 0, 1:].sum(1), sector == 0
    np.testing.assert_allclose(star.value(count, turn, factors), planner.value(links, sector, factors), atol=1e-8)
    gains = planner.link_gain(links, sector, factors)
    assert not gains[~turn].any()
    assert not gains[:, 0].any()
    others = count - links[:, 0, 1]
    np.testing.assert_allclose(star.link_gain(others, factors)[turn], gains[turn, 1], atol=1e-8)


def test_the_hub_may_be_any_sector():
    model = star_network(3)
    order = [1, 2, 0, 3]
    shares = model.technology.shares[np.ix_(order, order)]
    moved = star_network(
        3,
        shares=tuple(shares.ravel().tolist()),
        consumption_shares=tuple(model.technology.consumption[order].tolist()),
        mean_productivity=tuple(model.mean_state[order].tolist()),
    )
    one, other = StarPlanner(model, 31), StarPlanner(moved, 31)
    assert (one.hub, other.hub) == (0, 2)
    state = np.arange(4), np.arange(4) % 2, np.linspace(-1, 1, 4)[:, None]
    np.testing.assert_allclose(one.value(*state), other.value(*state), rtol=1e-12)


@pytest.mark.parametrize(
    "changes", [{"mean_productivity": (0.0, -0.2, -0.25, -0.25)}, {"link_cost": tuple(0.1 * np.arange(16))}]
)
def test_suppliers_that_differ_are_refused(changes):
    model = star_network(3, **changes)
    assert not is_star(model)
    with pytest.raises(CalibrationError, match="the network is no star; expected links into one sector only"):
        StarPlanner(model)


def test_networks_with_several_users_and_counts_out_of_range_are_refused(star):
    assert not is_star(random_network(2))
    assert not is_star(random_network(3))
    with pytest.raises(CalibrationError, match="count holds 37; expected whole numbers from 0 to 36"):
        star.value(37, 0, np.zeros(1))
    with pytest.raises(CalibrationError, match="count holds 36; expected whole numbers from 0 to 35"):
        star.link_gain(36, np.zeros(1))
    with pytest.raises(CalibrationError, match="hub_active holds 2"):
        star.value(3, 2, np.zeros(1))
