"""Log GDP around a network of chances: single links exactly, averages over all networks, risk."""

import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.models.production_network.expected_network import ExpectedNetwork
from tests.small_networks import random_network, star_network

RNG = np.random.default_rng(3)


def usual(model, chance=0.3):
    links = np.where(model.movable, chance, 1.0)
    return ExpectedNetwork.of(model.technology, links, model.mean_state, 1 - model.risk_aversion)


def all_networks(model, chance=0.3):
    """Every network [K, N, N] and its chance [K]."""
    places = np.argwhere(model.movable)
    bits = np.array(list(itertools.product([0.0, 1.0], repeat=len(places))))
    links = np.ones((len(bits), model.num_sectors, model.num_sectors))
    links[:, places[:, 0], places[:, 1]] = bits
    return links, np.prod(np.where(bits > 0, chance, 1 - chance), 1)


def log_gdp(model, links):
    return model.technology.log_gdp(tf.constant(links), tf.constant(np.tile(model.mean_state, (len(links), 1)))).numpy()


@pytest.mark.parametrize("normalised", [0, 1])
def test_what_a_link_adds_is_the_difference_that_it_makes_where_others_are_random(normalised):
    """At a risk aversion of one; all columns, by the technology itself."""
    model = random_network(4, risk_aversion=1.0, normalised=normalised)
    around, columns = usual(model), RNG.normal(size=(4, 3))
    solved = around.solved(tf.constant(columns))
    with_all = model.technology.aggregates(tf.constant(around.links), tf.constant(columns)).numpy()
    fell_short = np.zeros((4, 3))
    for user in range(4):
        gains = around.gains(tf.constant(user), solved).numpy()
        for supplier in np.flatnonzero(model.movable[user]):
            there, missing = around.links.copy(), around.links.copy()
            there[user, supplier], missing[user, supplier] = 1, 0
            sides = [
                model.technology.aggregates(tf.constant(x), tf.constant(columns)).numpy() for x in (there, missing)
            ]
            np.testing.assert_allclose(gains[supplier], sides[0] - sides[1], rtol=0, atol=1e-13)
            fell_short[user] += 0.3 * sides[0] + 0.7 * sides[1] - with_all
    np.testing.assert_allclose(around.spreads(solved), fell_short, rtol=0, atol=1e-13)
    np.testing.assert_allclose(around.aggregates(solved), with_all + fell_short.sum(0), rtol=0, atol=1e-13)
    assert np.abs(fell_short).max() > 1e-4


def test_rows_add_up_what_their_links_add():
    model = random_network(4, risk_aversion=2.0)
    around, links = usual(model), all_networks(random_network(3))[0][:5]
    links = np.pad(links, ((0, 0), (0, 1), (0, 1)), constant_values=1.0)
    solved = around.solved(tf.constant(RNG.normal(size=(5, 4, 3))))
    rows = around.rows(tf.constant(links), solved).numpy()
    for sector in range(4):
        gains = around.gains(tf.fill((5,), sector), solved).numpy()
        away = links[:, sector] - around.links[sector]
        np.testing.assert_allclose(rows[:, sector], (away[..., None] * gains).sum(1), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("model", "share"), [(star_network(5), 0.0), (random_network(3), 0.25)])
def test_the_average_is_that_over_all_networks(model, share):
    """Exactly where links only add up and share a penalty; elsewhere effects of pairs are left."""
    model = dataclasses.replace(model, risk_aversion=1.0)
    around, (links, chances) = usual(model), all_networks(model)
    found = float(around.aggregates(around.solved(tf.constant(model.mean_state[:, None])))[0])
    average = chances @ log_gdp(model, links)
    short = average - log_gdp(model, around.links[None])[0]
    assert found == pytest.approx(average, abs=share * abs(short) + 1e-13)
    assert share == 0 or abs(short) > 1e-3


def test_risk_counts_as_in_utility():
    model = random_network(3, risk_aversion=4.3)
    around, (links, chances) = usual(model), all_networks(model)
    found = float(around.aggregates(around.solved(tf.constant(model.mean_state[:, None])))[0])
    certain = np.log(chances @ np.exp(-3.3 * log_gdp(model, links))) / -3.3
    average = chances @ log_gdp(model, links)
    assert found == pytest.approx(certain, abs=0.1 * (average - certain))
