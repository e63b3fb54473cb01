"""The equilibrium of few sectors' delegates: what is known at the ends of rates, finer grids, who decides; refusals.

That it solves the equations of the model is tested with the model.
"""

import dataclasses

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.production_network.delegate_equilibrium import DelegateEquilibrium
from tests.small_networks import delegates, networks_and_states


def test_links_that_never_move_leave_unit_costs_as_they_are():
    model = delegates(2, arrival_rate=0.0, destruction_rate=1e-13)
    links, sector, factors = networks_and_states(model)
    solved = DelegateEquilibrium(model, 21)
    found = solved.value(links, sector, factors)
    leontief = np.linalg.inv(np.eye(2) - model.technology.shares * links)
    rest = model.mean_state + model.technology.shift(links).numpy()
    expected = leontief @ (rest[..., None] / 0.05 + (factors @ model.factor_loadings.T)[..., None] / 0.39)
    np.testing.assert_allclose(found, expected[..., 0], rtol=1e-10)


def test_values_of_two_sectors_converge_with_the_grid_though_decisions_change():
    model = delegates(2, link_cost=(0.3,))
    links, sector, factors = networks_and_states(model, 100)
    rough, middle, fine = (DelegateEquilibrium(model, nodes).value(links, sector, factors) for nodes in (31, 61, 121))
    gains = DelegateEquilibrium(model, 61).link_gains(links, sector, factors)
    own = gains[np.arange(100), sector][model.movable[sector]]
    assert 0.1 < (own < 0.3).mean() < 0.9
    first, second = np.abs(middle - rough).max(), np.abs(fine - middle).max()
    assert second < first / 2.5
    assert second < 1e-4


def test_where_users_like_every_link_all_are_taken_and_a_subsidy_is_worth_its_payments():
    """Nobody decides, so that the payments do not depend on productivity, and are worth what the chain says."""
    model = delegates(2)
    links, sector, factors = networks_and_states(model, 50)
    paid = dataclasses.replace(model, link_cost=(-50.0,))
    free, forced = DelegateEquilibrium(model, 31), DelegateEquilibrium(paid, 31)
    gains = free.link_gains(links, sector, factors)
    assert (gains[np.arange(50), sector][model.movable[sector]] > 0).all()
    worth = forced.value(links, sector, factors) - free.value(links, sector, factors)
    chain = np.zeros((4, 4))  # of whether the link is there and whether it is its user's turn: 2 * there + turn
    for there, turn in np.ndindex(2, 2):
        chain[2 * there + turn, 2 * there + 1 - turn] = model.switch_rate
        if turn:
            chain[2 * there + 1, 3 - 2 * there] = (model.arrival_rate, model.destruction_rate)[there]
    paid_out = np.array([0, 50 * model.arrival_rate, 0, 0])
    expected = np.linalg.solve(0.05 * np.eye(4) - chain + np.diag(chain.sum(1)), paid_out)
    for user in range(2):
        place = 2 * links[:, user, 1 - user].astype(int) + (sector == user)
        np.testing.assert_allclose(worth[:, user], expected[place], rtol=1e-7)


@pytest.mark.parametrize("power", [0.3, 1.0])
def test_pairs_decide_otherwise_than_users_and_lose_nothing_together(power):
    model = delegates(2, joint=1, bargaining_power=power, link_cost=(0.2,))
    users = delegates(2, link_cost=(0.2,))
    links, sector, factors = networks_and_states(model, 50)
    values = [DelegateEquilibrium(each, 31).value(links, sector, factors) for each in (model, users)]
    assert np.abs(values[0] - values[1]).max() > 0.01
    assert values[0].sum(-1).mean() >= values[1].sum(-1).mean() - 1e-3  # together no less than users on their own


def test_too_many_states_factors_and_no_equilibrium_are_refused(monkeypatch):
    with pytest.raises(CalibrationError, match="there are 2 factors; expected one"):
        DelegateEquilibrium(delegates(2, 2))
    with pytest.raises(CalibrationError, match=r"12 links and 4 sectors have 1\.64e"):
        DelegateEquilibrium(delegates(4))
    monkeypatch.setattr("hetkeras.references.production_network.delegate_equilibrium.ROUNDS", 1)
    with pytest.raises(CalibrationError, match="no equilibrium of the delegates was found in 1 rounds"):
        DelegateEquilibrium(delegates(2, link_cost=(0.3,)), 21)
