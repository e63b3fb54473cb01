"""Consumption by endogenous grid points against closed forms, and the defaults of the contract against closed forms."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.price_taking_households import PriceTakingHouseholds
from hetkeras.methods.krusell_smith.households.asset_nodes import asset_nodes, on_lines
from hetkeras.methods.krusell_smith.households.endogenous_grid import EndogenousGrid, terms
from hetkeras.models.aiyagari import Aiyagari
from hetkeras.models.huggett import Huggett
from hetkeras.numerics.markov_chain import MarkovChain
from tests.examples import example

TOLERANCE, MOST = tf.constant(1e-12, tf.float64), tf.constant(100_000)


class Certain(Huggett):
    @property
    def idiosyncratic_chain(self):
        return MarkovChain(np.ones(2), np.full((2, 2), 0.5))


@pytest.mark.parametrize("budget", ["deposits", "face_values"])
def test_without_risk_patient_households_consume_what_assets_bear(budget):
    model = Certain(budget=budget)
    nodes = asset_nodes(0.0, 20.0, 40, 0.5)
    interest = tf.constant(1 / model.discount_factor - 1, tf.float64)
    grid = EndogenousGrid(model, nodes)
    consumption, change, _ = grid.converged(interest, grid.all_spent(interest), TOLERANCE, MOST)
    given = terms(model, interest)
    assert change <= TOLERANCE
    expected = 1 + float(given.payoff - given.price) * nodes  # beta R = 1: what one has stays as it is
    np.testing.assert_allclose(consumption, [expected, expected], rtol=1e-9)


def test_households_that_would_borrow_without_end_consume_all_but_the_limit():
    model = Certain(discount_factor=0.5, borrowing_limit=-1.0)
    nodes = asset_nodes(-1.0, 5.0, 60, 0.5)
    interest = tf.constant(0.02, tf.float64)
    grid = EndogenousGrid(model, nodes)
    consumption, *_ = grid.converged(interest, grid.all_spent(interest), TOLERANCE, MOST)
    np.testing.assert_allclose(consumption[0, 0], 1 - 0.02, rtol=1e-14)  # income less interest on the debt


@pytest.mark.parametrize("model", [Huggett(), Aiyagari(risk_aversion=1.0), Aiyagari(risk_aversion=4.0)])
def test_closed_forms_agree_with_what_follows_from_utility(model):
    consumption = tf.constant(np.geomspace(0.1, 10, 9))
    marginal = PriceTakingHouseholds.marginal_utility(model, consumption)
    np.testing.assert_allclose(model.marginal_utility(consumption), marginal, rtol=1e-12)
    np.testing.assert_allclose(PriceTakingHouseholds.wanted_consumption(model, marginal), consumption, rtol=1e-12)
    np.testing.assert_allclose(model.wanted_consumption(marginal), consumption, rtol=1e-12)


def test_an_own_utility_needs_no_inverse():
    model = example("caution").Caution()
    marginal = tf.constant([0.1, 0.5], tf.float64)
    np.testing.assert_allclose(model.wanted_consumption(marginal), -np.log([0.1, 0.5]) / 2, rtol=1e-12)


def test_nodes_crowd_at_the_limit_and_end_where_asked():
    nodes = asset_nodes(-2.0, 10.0, 30, 0.25)
    assert (nodes[0], nodes[-1]) == (-2.0, 10.0)
    assert (np.diff(np.diff(nodes)) > 0).all()


def test_lines_go_on_beyond_their_ends():
    places, values = (tf.constant([row], tf.float64) for row in ([0, 1, 3], [0, 2, 0]))
    at = tf.constant([[-1, 0.5, 2, 4]], tf.float64)
    np.testing.assert_allclose(on_lines(places, values, at), [[-2, 1, 1, -1]])
