"""Networks that do not move: the integral by adaptive quadrature and on a grid, log GDP as a line; nodes."""

import math

import numpy as np
import pytest
import scipy.integrate
import tensorflow as tf

from hetkeras.references.numerics.ornstein_uhlenbeck_grid import OrnsteinUhlenbeckGrid
from hetkeras.references.production_network.frozen_network import (
    decay_nodes,
    discounted_times,
    factors_of,
    frozen_value,
    log_gdp_line,
    productivity_shift,
)
from tests.small_networks import networks_and_states, random_network

AVERSIONS = pytest.mark.parametrize("aversion", [1.0, 2.0, 4.3])


def utility(log_gdp, aversion):
    return log_gdp if aversion == 1 else (np.exp((1 - aversion) * log_gdp) - 1) / (1 - aversion)


def test_nodes_integrate_powers_of_the_decay():
    nodes, weights = decay_nodes(0.05, 0.34)
    for power in range(20):
        assert weights @ nodes**power == pytest.approx(1 / (0.05 + 0.34 * power), rel=1e-12)


def test_times_integrate_what_fades_slowly_and_what_fades_at_once():
    times, weights = discounted_times(0.05)
    assert weights.sum() == pytest.approx(20, rel=1e-12)
    for ratio, error in ((0.01, 1e-6), (0.5, 1e-6), (7, 1e-6), (50, 1e-6), (400, 3e-4), (4000, 3e-4)):
        rate = 0.05 * ratio
        assert weights @ np.exp(-rate * times) == pytest.approx(1 / (0.05 + rate), rel=error)


@AVERSIONS
def test_the_value_is_the_integral_over_time_of_expected_utility(aversion):
    model = random_network(4, 2, risk_aversion=aversion)
    links, _, factors = networks_and_states(model, 6)
    level, slopes = log_gdp_line(model, links)
    found = frozen_value(model, level, slopes, factors)
    for row in range(6):

        def flow(time, row=row):
            mean = level[row] + math.exp(-0.34 * time) * slopes[row] @ factors[row]
            deviation = math.sqrt(slopes[row] @ slopes[row] * (1 - math.exp(-0.68 * time)) / 0.68)
            nodes, weights = np.polynomial.hermite_e.hermegauss(40)
            return math.exp(-0.05 * time) * weights @ utility(mean + deviation * nodes, aversion) / weights.sum()

        expected = scipy.integrate.quad(flow, 0, 60, epsabs=1e-12)[0] + scipy.integrate.quad(flow, 60, 700)[0]
        assert found[row] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("aversion", "nodes", "error"), [(1.0, 61, 2e-13), (2.0, 1601, 5e-7), (4.3, 1601, 5e-5)])
def test_finite_differences_agree(aversion, nodes, error):
    """Log GDP is one Ornstein-Uhlenbeck process, whatever the factors."""
    model = random_network(3, 2, risk_aversion=aversion)
    links = networks_and_states(model, 8)[0]
    level, slopes = log_gdp_line(model, links)
    grid = OrnsteinUhlenbeckGrid(nodes, 7.0, model.reversion)
    for row in range(8):
        spread = np.linalg.norm(slopes[row]) / math.sqrt(2 * model.reversion)
        flows = utility(level[row] + spread * grid.points, aversion)
        values = grid.solve(np.full(nodes, model.discount_rate), flows)
        unit = np.array([spread * math.sqrt(2 * model.reversion)])
        inside = np.flatnonzero(np.abs(grid.points) < 3)[:: nodes // 20]
        at = grid.points[inside] / math.sqrt(2 * model.reversion)
        found = frozen_value(model, np.full(len(at), level[row]), unit * np.ones((len(at), 1)), at[:, None])
        np.testing.assert_allclose(found, values[inside], rtol=error, atol=error)


def test_log_utility_is_linear_in_the_factors():
    level, slopes, factors = (
        np.array([0.3, -1.2]),
        np.array([[0.1, 0.2], [-0.3, 0.4]]),
        np.array([[1.0, 2.0], [3.0, -1]]),
    )
    found = frozen_value(random_network(2, risk_aversion=1.0), level, slopes, factors)
    np.testing.assert_allclose(found, level / 0.05 + (slopes * factors).sum(1) / 0.39, rtol=2e-13)


@pytest.mark.parametrize("normalised", [0, 1])
def test_log_gdp_is_the_line_that_the_model_computes(normalised):
    model = random_network(4, 2, normalised=normalised, penalty_cap=0.2)
    links, _, factors = networks_and_states(model, 20)
    states = model.mean_state + factors @ model.factor_loadings.T
    level, slopes = log_gdp_line(model, links)
    found = model.technology.log_gdp(tf.constant(links), tf.constant(states))
    np.testing.assert_allclose(level + (slopes * factors).sum(-1), found, rtol=0, atol=1e-13)
    np.testing.assert_allclose(productivity_shift(model.technology, links), model.technology.shift(links), atol=1e-15)
    np.testing.assert_allclose(factors_of(model, states), factors, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        frozen_value(model, level, slopes, factors), model.frozen_value(states, links.reshape(20, -1)), rtol=1e-12
    )
