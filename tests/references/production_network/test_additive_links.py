"""Links that are worth something on their own: the planner of three sectors and the star agree; refusals."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.models.production_network.benchmark_economies import bipartite_table
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.references.production_network.additive_links import AdditiveLinks, is_additive
from hetkeras.references.production_network.known_network import known_network
from hetkeras.references.production_network.network_planner import NetworkPlanner
from hetkeras.references.production_network.star_planner import StarPlanner
from tests.small_networks import EFFORTS, networks_and_states, random_network, star_network

LOG = {"risk_aversion": 1.0, "sector_penalty": (0.0,)}


def bipartite(users=1, suppliers=2, seed=0, **changes):
    """Each user buys from each supplier, all from themselves."""
    return ProductionNetwork(**bipartite_table(users + suppliers, users, seed) | changes)


@pytest.mark.parametrize(
    "changes", [{}, {"link_cost": (0.05,)}, {"destruction_rate": 0.2, "switch_rate": 1.0}, EFFORTS]
)
@pytest.mark.parametrize("users", [1, 2])
def test_three_sectors_have_the_value_of_their_planner(users, changes):
    """The notes: 5e-6 of 7.4."""
    model = bipartite(users, 3 - users, mean_productivity=(-0.25, -0.075, 0.1), **changes)
    links, sector, factors = networks_and_states(model, 100)
    states = model.mean_state + factors @ model.factor_loadings.T
    additive, planner = AdditiveLinks(model), NetworkPlanner(model, 201)
    at = links, sector, factors
    np.testing.assert_allclose(additive.value(links, sector, states), planner.value(*at), rtol=0, atol=5e-6)
    gains = additive.link_gain(links, sector, states)
    np.testing.assert_allclose(gains, planner.link_gain(*at), rtol=0, atol=5e-6)
    assert (gains < 0).any() == (users == 1)  # the least productive supplier is then worse than none at times
    assert (gains > 0.01).any()


def test_the_star_at_log_utility_is_a_sum_of_links():
    model = star_network(8, **LOG, mean_productivity=(0.0, *[-0.02] * 8))
    links, sector, factors = networks_and_states(model, 40)
    states = model.mean_state + factors @ model.factor_loadings.T
    star, count = StarPlanner(model, 201), links[:, 0, 1:].sum(1)
    found = AdditiveLinks(model).value(links, sector, states)
    np.testing.assert_allclose(found, star.value(count, sector == 0, factors), rtol=0, atol=5e-6)


def test_one_link_at_a_time_its_value_adds_up_in_thirty_seven_sectors():
    """Removing links one by one from any network changes the value by gains that other links do not affect."""
    model = bipartite(3, 34, num_factors=2, productivity_loadings=(0.02, -0.01))
    solved = AdditiveLinks(model, 21)
    links, sector, factors = networks_and_states(model, 4)
    states = model.mean_state + factors @ model.factor_loadings.T
    sector = np.array([0, 1, 2, 20])
    gains = solved.link_gain(links, sector, states)
    bare = links.copy()
    bare[np.arange(4), sector] = np.eye(37)[sector]
    removed = (gains * links[np.arange(4), sector]).sum(1)
    lost = solved.value(links, sector, states) - solved.value(bare, sector, states)
    np.testing.assert_allclose(lost, removed, rtol=0, atol=1e-11)
    assert not gains[3].any()


def test_productivity_need_not_be_on_the_manifold_of_the_factors():
    """A supplier's productivity matters to its own links alone, and shocks that no factor explains as any other."""
    model = bipartite(1, 2)
    solved, links = AdditiveLinks(model), np.array([[1, 1, 1], [0, 1, 0], [0, 0, 1]])
    states = np.repeat(model.mean_state[None], 3, 0)
    states[1, 1] += 0.3
    states[2, 2] += 0.3
    gains = solved.link_gain(np.repeat(links[None], 3, 0), np.zeros(3, int), states)
    assert gains[1, 1] > gains[0, 1]
    assert gains[1, 2] == gains[0, 2]
    assert gains[2, 2] > gains[0, 2]


@pytest.mark.parametrize(
    "changes",
    [{"risk_aversion": 2.0}, {"sector_penalty": (0.1,)}, {"penalty_cap": 0.01}, {"normalised": 0}, {"shares": (0.1,)}],
)
def test_links_that_depend_on_each_other_are_refused(changes):
    model = bipartite(**changes)
    assert not is_additive(model)
    with pytest.raises(CalibrationError, match="links are not worth something on their own; expected risk_aversion 1"):
        AdditiveLinks(model)


def test_wrong_shapes_and_sectors_are_refused():
    solved = AdditiveLinks(bipartite(), 21)
    with pytest.raises(ShapeError, match=r"shapes \(2, 2\) and \(3,\); expected \[.., 3, 3\] and \[.., 3\]"):
        solved.value(np.eye(2), 0, np.zeros(3))
    with pytest.raises(CalibrationError, match="sector holds 3; expected whole numbers from 0 to 2"):
        solved.link_gain(np.eye(3), 3, np.zeros(3))


CASES = {
    "additive": bipartite(1, 2),
    "star": star_network(5),
    "grid": random_network(2, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_known_values_come_from_the_reference_that_fits(name):
    """And are those of the planner on a grid, which fits all of these, but for five suppliers."""
    model = CASES[name]
    known = known_network(model, 40)
    assert known.name == name
    factors = (known.productivity - model.mean_state) @ np.linalg.pinv(model.factor_loadings).T
    planner = NetworkPlanner(model, 101 if model.num_factors == 1 else 31)
    at = known.links, known.sector, factors
    np.testing.assert_allclose(known.value, planner.value(*at), rtol=0, atol=2e-4)
    np.testing.assert_allclose(known.link_gain, planner.link_gain(*at), rtol=0, atol=2e-4)
    assert (np.diagonal(known.links, axis1=1, axis2=2) == 1).all()
    assert {*known.sector} == {*range(model.num_sectors)}


def test_nothing_is_known_of_many_sectors_or_factors():
    assert known_network(random_network(4)) is None
    assert known_network(random_network(2, 3)) is None
