"""The planner of a few sectors: what is known at the ends of its rates, permutations, finer grids; refusals.

That it solves the equation of the model is tested with the model.
"""

import dataclasses

import numpy as np
import pytest

from hetkeras.errors import CalibrationError, ShapeError
from hetkeras.references.production_network.frozen_network import frozen_value, log_gdp_line
from hetkeras.references.production_network.network_planner import NetworkPlanner
from tests.small_networks import networks_and_states, random_network

NEVER = (1e6,)  # a cost of links that nobody pays


@pytest.mark.parametrize("num_factors", [1, 2])
def test_links_that_never_move_have_the_frozen_value(num_factors):
    model = random_network(2, num_factors, arrival_rate=0.0, destruction_rate=1e-13)
    links, sector, factors = networks_and_states(model)
    found = NetworkPlanner(model, 21).value(links, sector, factors)
    np.testing.assert_allclose(found, frozen_value(model, *log_gdp_line(model, links), factors), rtol=1e-11)


@pytest.mark.parametrize(
    ("aversion", "num_factors", "nodes", "error"),
    [
        *((1.0, 1, (41, 61), 3e-9), (2.0, 1, (41, 61), 6e-6), (4.3, 1, (41, 61), 3e-4), (2.0, 2, (31, 41), 2e-5)),
        pytest.param(4.3, 2, (41, 61), 3e-4, marks=pytest.mark.long),
    ],
)
def test_finer_grids_change_the_value_of_two_sectors_by_what_the_notes_say(aversion, num_factors, nodes, error):
    """Where all links are taken."""
    model = random_network(2, num_factors, risk_aversion=aversion, mean_productivity=(0.1,))
    value, _, rejected = _largest_changes(model, nodes)
    assert value < error
    assert not rejected


@pytest.mark.parametrize("aversion", [1.0, 2.0, 4.3])
def test_where_decisions_change_a_grid_has_to_be_finer(aversion):
    """A cost between what the links of the two sectors are worth."""
    free = random_network(2, risk_aversion=aversion)
    model = dataclasses.replace(free, link_cost=(0.07 * free.value_scale,))
    value, gain, rejected = _largest_changes(model, (101, 201))
    assert 0.05 < rejected < 0.95
    assert max(value, gain) < 2e-5


def _largest_changes(model, nodes):
    """Of values and gains between two grids, and the share of links that are not worth their cost."""
    links, sector, factors = networks_and_states(model, 100)
    planners = [NetworkPlanner(model, each) for each in nodes]
    rough, fine = (planner.value(links, sector, factors) for planner in planners)
    before, after = (planner.link_gain(links, sector, factors) for planner in planners)
    return np.abs(fine - rough).max(), np.abs(after - before).max(), (after < model.link_cost[0])[after != 0].mean()


@pytest.mark.parametrize("aversion", [1.0, 2.0])
def test_finer_grids_change_the_value_of_three_sectors_little(aversion):
    """One factor; some links are rejected."""
    model = random_network(3, risk_aversion=aversion)
    links, sector, factors = networks_and_states(model, 100)
    rough, fine = (NetworkPlanner(model, nodes) for nodes in (41, 81))
    np.testing.assert_allclose(*(p.value(links, sector, factors) for p in (rough, fine)), rtol=0, atol=2e-5)
    gains = fine.link_gain(links, sector, factors)
    assert 0.0 < (gains < 0).sum() / (gains != 0).sum() < 0.5


@pytest.mark.long
@pytest.mark.parametrize("aversion", [1.0, 2.0, 4.3])
def test_two_factors_in_three_sectors(aversion):
    """192 states. Measured: 2e-5 of the value at a risk aversion of 4.3, where options are worth a fifth of it."""
    model = random_network(3, 2, risk_aversion=aversion)
    links, sector, factors = networks_and_states(model, 200)
    rough, fine = (NetworkPlanner(model, nodes) for nodes in (31, 41))
    np.testing.assert_allclose(*(p.value(links, sector, factors) for p in (rough, fine)), rtol=3e-5)
    np.testing.assert_allclose(*(p.link_gain(links, sector, factors) for p in (rough, fine)), rtol=0, atol=5e-4)


def test_a_planner_who_never_links_watches_a_linear_decay():
    """At log utility with bipartite links: a link lasts only while it is not its user's turn, or luck holds."""
    shares, beta, kappa = np.zeros((3, 3)), np.array([0.5, 0.3, 0.2]), 1.5
    shares[0, 1:] = 0.3, 0.2
    model = random_network(
        3,
        risk_aversion=1.0,
        shares=tuple(shares.ravel().tolist()),
        consumption_shares=tuple(beta.tolist()),
        sector_penalty=(0.0,),
        link_penalty=(kappa,),
        link_cost=NEVER,
    )
    planner = NetworkPlanner(model, 21)
    links, sector, factors = networks_and_states(model, 30)
    flow_of = beta[0] * shares[0, 1:]
    turn = np.array(
        [[-0.5, 0.5], [1.0, -1.0 - 0.5]]
    )  # chain of turns, with a loss at the rate .5 while it is sector 0's
    constant, slope = flow_of * (model.mean_state[1:] + kappa * shares[0, 1:]), flow_of * model.factor_loadings[1:, 0]
    lasting = [np.linalg.solve(rate * np.eye(2) - turn, np.ones(2)) for rate in (0.05, 0.05 + 0.34)]
    alone = frozen_value(model, *log_gdp_line(model, np.eye(3)), factors)
    row, mine = links[:, 0, 1:], (sector == 0).astype(int)
    expected = alone + (row * (constant * lasting[0][mine][:, None] + slope * factors * lasting[1][mine][:, None])).sum(
        1
    )
    np.testing.assert_allclose(planner.value(links, sector, factors), expected, rtol=1e-10)


def test_options_are_worth_something_and_less_where_they_cost():
    model = random_network(3)
    links, sector, factors = networks_and_states(model, 50)
    values = [
        NetworkPlanner(dataclasses.replace(model, link_cost=cost), 31).value(links, sector, factors)
        for cost in ((0.0,), (0.1,), NEVER)
    ]
    assert (values[0] > values[1] + 1e-4).all()
    assert (values[1] > values[2] + 1e-4).all()


def test_the_names_of_sectors_do_not_matter():
    model, order = random_network(3), [2, 0, 1]
    rows = {"shares": model.technology.shares, "link_penalty": model.technology.link_penalty}
    columns = {
        "consumption_shares": model.technology.consumption,
        "sector_penalty": model.technology.sector_penalty,
        "mean_productivity": model.mean_state,
        "productivity_loadings": model.factor_loadings[:, 0],
    }
    fields = {name: table[np.ix_(order, order)] for name, table in rows.items()}
    fields |= {name: table[order] for name, table in columns.items()}
    moved = dataclasses.replace(model, **{name: tuple(table.ravel().tolist()) for name, table in fields.items()})
    links, sector, factors = networks_and_states(model, 30)
    one, other = NetworkPlanner(model, 21), NetworkPlanner(moved, 21)
    at = links[:, order][:, :, order], np.argsort(order)[sector], factors
    np.testing.assert_allclose(one.value(links, sector, factors), other.value(*at), rtol=1e-9)
    gains = one.link_gain(links, sector, factors)
    np.testing.assert_allclose(gains[:, order], other.link_gain(*at), rtol=0, atol=1e-8)


def test_gains_are_differences_of_values():
    model = random_network(3)
    planner = NetworkPlanner(model, 21)
    links, sector, factors = networks_and_states(model, 20)
    gains = planner.link_gain(links, sector, factors)
    for row in range(20):
        for supplier in range(3):
            sides = np.repeat(links[row][None], 2, 0)
            sides[:, sector[row], supplier] = 0, 1
            low, high = planner.value(sides, np.full(2, sector[row]), np.repeat(factors[row][None], 2, 0))
            expected = 0.0 if supplier == sector[row] else high - low
            assert gains[row, supplier] == pytest.approx(expected, abs=1e-12)


def test_gains_are_zero_where_nobody_has_a_turn():
    planner = NetworkPlanner(random_network(2), 11)
    gains = planner.link_gain(np.ones((3, 2, 2)), np.zeros(3), np.zeros((3, 1)))
    assert not gains[:, 0].any()
    assert gains[:, 1].all()


def test_too_many_links_and_wrong_states_are_refused():
    with pytest.raises(CalibrationError, match=r"12 links and 4 sectors have 1.64e\+04 states; expected at most 600"):
        NetworkPlanner(random_network(4))
    with pytest.raises(CalibrationError, match="there are 3 factors; expected 1 or 2"):
        NetworkPlanner(random_network(2, 3))
    planner = NetworkPlanner(random_network(2), 11)
    with pytest.raises(ShapeError, match=r"links has the shape \(3, 3\); expected \[.., 2, 2\]"):
        planner.value(np.eye(3), 0, np.zeros(1))
    with pytest.raises(CalibrationError, match=r"links holds 0\.5; expected whole numbers from 0 to 1"):
        planner.value(np.full((2, 2), 0.5), 0, np.zeros(1))
    with pytest.raises(CalibrationError, match="sector holds 2; expected whole numbers from 0 to 1"):
        planner.value(np.eye(2), 2, np.zeros(1))
