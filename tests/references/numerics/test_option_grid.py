"""Options to move between states: known values of export entry, one and two factors, the inverse; refusals."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.export_entry.coupled_entry import CoupledEntry
from hetkeras.references.export_entry.export_market import ExportMarket
from hetkeras.references.export_entry.linked_markets import LinkedMarkets
from hetkeras.references.export_entry.separable_entry import SeparableEntry, closed_form
from hetkeras.references.numerics.option_grid import OptionGrid
from hetkeras.references.production_network.link_states import chain_moves, joined_moves, link_moves

RHO, THETA = 0.05, 0.3


def one_market(nodes, market=ExportMarket()):
    """States: inactive, active; the factor is the cost's."""

    def staying(state, factors):
        profit = market.revenue - market.mean_cost
        return state * (profit / RHO - market.cost_volatility * factors[..., 0] / (RHO + THETA))

    off, on = np.array([0]), np.array([1])
    return OptionGrid(
        staying, joined_moves(link_moves(rates(market), off, on, market.entry_cost)), 2, 1, RHO, THETA, nodes
    )


def rates(market):
    """The rates and costs of effort of a destination, called as those of a link are."""
    names = ("search_cost", "maintenance_cost", "exit_rate")
    efforts = {name: getattr(market, name) for name in names}
    return SimpleNamespace(arrival_rate=market.opportunity_rate, destruction_rate=market.loss_rate, **efforts)


def test_one_option_has_its_closed_form():
    """Known: 1.4578586385 and 2.3310317651 at the mean."""
    solved, exact = one_market(401), closed_form(ExportMarket())
    found = solved.value(np.array([0, 1]), np.zeros((2, 1)))
    np.testing.assert_allclose(found, [1.4578586385, 2.3310317651], atol=1e-5)
    cost = np.linspace(0.2, 1.4, 41)
    factors = (cost[:, None] - 0.8) / math.hypot(0.15, 0.10)
    for state in (0, 1):
        np.testing.assert_allclose(solved.value(np.full(41, state), factors), exact.value(state, cost), atol=2e-5)


@pytest.mark.parametrize(
    "efforts",
    [
        {"search_cost": 2.0},
        {"maintenance_cost": 20.0},
        {"exit_rate": 0.5},
        {"search_cost": 2.0, "maintenance_cost": 20.0, "exit_rate": 0.5},
    ],
    ids=lambda efforts: "+".join(efforts),
)
def test_efforts_are_those_of_one_destination(efforts):
    market = ExportMarket(**efforts)
    solved, exact = one_market(401, market), SeparableEntry(market)
    cost = np.linspace(0.2, 1.4, 41)
    factors = (cost[:, None] - 0.8) / market.cost_volatility
    for state in (0, 1):
        np.testing.assert_allclose(solved.value(np.full(41, state), factors), exact.value(state, cost), atol=5e-5)


def test_two_options_over_two_factors_are_those_of_coupled_entry():
    loadings, costs = np.array([[0.15, 0.05], [0.05, 0.15]]), np.array([0.8, 0.6])
    profit, pair = np.array([0.2, 0.13]), 0.05
    coupled = CoupledEntry(
        LinkedMarkets(
            ExportMarket(),
            revenue=np.array([1.0, 0.95]),
            mean_cost=np.array([0.8, 0.82]),
            entry_cost=costs,
            loadings=loadings,
            complementarity=np.array([[0.0, 0.02], [0.03, 0.0]]),
        ),
        nodes=61,
    )
    bits = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])

    def staying(state, factors):
        on = bits[state]
        moved = ((on @ loadings) * factors).sum(-1)
        return (on @ profit + pair * on.prod(-1)) / RHO - moved / (RHO + THETA)

    parts = []
    for j, cost in enumerate(costs):
        off = np.flatnonzero(bits[:, j] == 0)
        on = off + 2 ** (1 - j)
        parts += link_moves(rates(ExportMarket()), off, on, cost)
    solved = OptionGrid(staying, joined_moves(parts), 4, 2, RHO, THETA, 41)
    factors = np.random.default_rng(0).uniform(-1.5, 1.5, (50, 2))
    for state, active in enumerate(bits):
        found = solved.value(np.full(50, state), factors)
        np.testing.assert_allclose(found, coupled.value(np.tile(active, (50, 1)), factors), atol=1e-3)
    known = solved.value(np.arange(4), np.zeros((4, 2)))
    np.testing.assert_allclose(known, [2.75249, 3.39257, 3.67315, 4.36758], atol=3e-4)


def test_the_error_falls_with_the_square_of_the_spacing():
    exact = closed_form(ExportMarket()).value(0, 0.7)
    factors = np.array([[-0.1 / math.hypot(0.15, 0.10)]])
    errors = [abs(one_market(nodes).value(np.array([0]), factors) - exact)[0] for nodes in (51, 401)]
    assert errors[1] < errors[0] / 30


def test_more_than_two_factors_and_too_many_unknowns_are_refused():
    moves = chain_moves(np.array([0]), np.array([1]), 0.5)
    with pytest.raises(CalibrationError, match="there are 3 factors; expected 1 or 2"):
        OptionGrid(lambda *at: 0.0, moves, 2, 3, RHO, THETA, 21)
    with pytest.raises(CalibrationError, match="500 states on 101 nodes for each of 2 factors"):
        OptionGrid(lambda *at: 0.0, moves, 500, 2, RHO, THETA, 101)
