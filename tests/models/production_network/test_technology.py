"""Technology in a network: log GDP is that of the equilibrium, penalties by their matrices, flips as solved anew."""

import dataclasses

import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from hetkeras.contracts.switching_jump_diffusion import flip_each
from tests.small_networks import networks_and_states, random_network

VARIANTS = {
    "as derived": {},
    "as printed": {"normalised": 0},
    "ten terms": {"series_terms": 10},
    "cap that binds": {"penalty_cap": 0.06, "sector_penalty": (1.0,)},
    "ten terms as printed": {"series_terms": 10, "normalised": 0},
}
TECHNOLOGIES = pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)


def unit_cost(productivity, shares, prices, normalised):
    """Cheapest way to make one unit, by search over inputs of those with a share above zero; the wage is one."""
    used = np.append(shares, 1 - shares.sum())
    bought, prices = used > 0, np.append(prices, 1.0)
    used, prices = used[bought], prices[bought]
    constant = productivity - (used @ np.log(used) if normalised else 0.0)

    def cost(free):
        """The last input makes up for the rest."""
        last = -(constant + used[:-1] @ free) / used[-1]
        return prices[:-1] @ np.exp(free) + prices[-1] * np.exp(last)

    return scipy.optimize.minimize(cost, np.zeros(len(used) - 1), tol=1e-12).fun if len(used) > 1 else cost(np.zeros(0))


@pytest.mark.parametrize("normalised", [0, 1])
def test_log_gdp_is_that_of_the_competitive_equilibrium(normalised):
    """With C_i = beta_i / P_i, log utility is -beta' log P, where prices are unit costs."""
    model = random_network(3, normalised=normalised)
    technology, productivity = model.technology, np.array([0.1, -0.2, 0.05])
    links = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 1.0]])
    used, own = technology.shares * links, productivity - technology.penalty(tf.constant(links)).numpy()
    prices = np.ones(3)
    for _ in range(60):
        prices = np.array([unit_cost(own[i], used[i], prices, normalised) for i in range(3)])
    found = technology.log_gdp(tf.constant(links), tf.constant(productivity))
    assert float(found) == pytest.approx(-technology.consumption @ np.log(prices), abs=1e-7)


def test_penalties_are_the_quadratic_forms_of_each_sector_up_to_the_cap():
    model = random_network(4, penalty_cap=0.15)
    technology, links = model.technology, networks_and_states(model, 30)[0]
    ones = np.vstack([np.ones(4), np.eye(4)])  # W
    found = technology.penalty(tf.constant(links)).numpy()
    for row, network in enumerate(links):
        for i in range(4):
            weights = np.diag([technology.sector_penalty[i], *technology.link_penalty[i]])
            away = technology.shares[i] * network[i] - technology.shares[i]
            assert found[row, i] == pytest.approx(min(0.15, away @ ones.T @ weights @ ones @ away), abs=1e-15)
    assert (found == 0.15).any()
    assert (found < 0.15).any()


@TECHNOLOGIES
@pytest.mark.parametrize("count", [2, 5, 37])
@pytest.mark.parametrize(("dtype", "error"), [(tf.float64, 1e-13), (tf.float32, 1e-6)])
def test_flips_of_a_row_are_what_a_direct_solve_gives(changes, count, dtype, error):
    """All at once, in the row of the active sector, relative to log GDP where that is above one."""
    model = random_network(count, **changes)
    links, sector, factors = networks_and_states(model, 12)
    states = model.mean_state + factors @ model.factor_loadings.T
    each = flip_each(tf.reshape(tf.constant(links), (12, -1)), model.available(tf.constant(sector)))
    anew = model.technology.log_gdp(model.links(each), tf.repeat(tf.constant(states)[:, None], count, 1))
    given = (tf.constant(links, dtype), tf.constant(states, dtype), tf.constant(sector))
    here, after = model.technology.log_gdp_after_flips(*given)
    assert after.dtype == dtype
    exact = model.technology.log_gdp(tf.constant(links), tf.constant(states))
    size = max(1.0, np.abs(exact).max())
    np.testing.assert_allclose(here / size, exact / size, rtol=0, atol=error)
    np.testing.assert_allclose(after / size, anew / size, rtol=0, atol=error)
    assert np.abs(anew - exact[:, None]).max() > 3e-4


def test_several_columns_share_one_solve_and_only_the_first_bears_the_penalty():
    model = random_network(5)
    links, sector, _ = (tf.constant(part) for part in networks_and_states(model, 8))
    columns = tf.constant(np.random.default_rng(1).normal(size=(8, 5, 3)))
    here, after = model.technology.aggregates_after_flips(links, columns, sector)
    each = model.links(flip_each(tf.reshape(links, (8, -1)), model.available(sector)))
    spread = tf.repeat(columns[:, None], 5, 1)
    np.testing.assert_allclose(here, model.technology.aggregates(links, columns), rtol=0, atol=1e-14)
    np.testing.assert_allclose(after, model.technology.aggregates(each, spread), rtol=0, atol=1e-14)
    inverse = np.linalg.inv(np.eye(5) - model.technology.shares * links.numpy())
    plain = np.einsum("i,bij,bjr->br", model.technology.consumption, inverse, columns)
    np.testing.assert_allclose(here[:, 1:], plain[:, 1:], rtol=0, atol=1e-14)
    assert np.abs(here[:, 0] - plain[:, 0]).min() > 1e-4


@TECHNOLOGIES
def test_domar_weights_are_what_productivities_do_to_log_gdp(changes):
    model = random_network(3, **changes)
    links, _, _ = networks_and_states(model, 4)
    links = tf.constant(links)
    found = model.technology.domar_weights(links).numpy()
    rest = model.technology.log_gdp(links, tf.zeros((4, 3), tf.float64))
    for sector in range(3):
        unit = tf.one_hot([sector] * 4, 3, dtype=tf.float64)
        np.testing.assert_allclose(found[:, sector], model.technology.log_gdp(links, unit) - rest, atol=1e-13)


def test_ten_terms_are_the_series_of_the_paper():
    model = random_network(4, series_terms=10)
    links, _, factors = networks_and_states(model, 5)
    states = model.mean_state + factors @ model.factor_loadings.T
    used = model.technology.shares * links
    series = sum(np.linalg.matrix_power(used, power) for power in range(11))
    shifted = states - model.technology.penalty(tf.constant(links)).numpy()
    found = model.technology.log_gdp(tf.constant(links), tf.constant(states))
    np.testing.assert_allclose(
        found, np.einsum("i,bij,bj->b", model.technology.consumption, series, shifted), rtol=1e-13
    )
    exact = dataclasses.replace(model, series_terms=0).technology.log_gdp(tf.constant(links), tf.constant(states))
    assert 1e-6 < np.abs(found - exact).max() < 1e-2


@TECHNOLOGIES
def test_compiled_code_gives_the_same(changes):
    model = random_network(5, **changes)
    links, sector, factors = networks_and_states(model, 8)
    arguments = [tf.constant(part) for part in (links, model.mean_state + factors @ model.factor_loadings.T, sector)]
    plain = model.technology.log_gdp_after_flips(*arguments)
    compiled = tf.function(model.technology.log_gdp_after_flips, jit_compile=True, autograph=False)(*arguments)
    for one, other in zip(plain, compiled, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)
