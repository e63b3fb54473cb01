"""Shocks: the same draws everywhere, standard normal, and quadrature that is exact where it says so."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.numerics.random_draws import SymmetricShocks, gauss_hermite, normals, uniforms

SEED = tf.constant([7, 11])
TWO = SymmetricShocks(("output_shock", "price_shock"))


def three_ways(draw):
    return draw(SEED), tf.function(draw)(SEED), tf.function(draw, jit_compile=True)(SEED)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniforms_are_the_same_bits_everywhere(dtype):
    eager, graph, compiled = three_ways(lambda seed: uniforms(seed, (100, 10), tf.as_dtype(dtype)))
    np.testing.assert_array_equal(graph, eager)
    np.testing.assert_array_equal(compiled, eager)
    np.testing.assert_array_equal(eager, uniforms(SEED, (100, 10), tf.float64))


def test_uniforms_fill_the_open_interval():
    """They sit in the middles of 2^23 cells, so neither 0 nor 1 can be drawn, and every cell is as likely."""
    draws = uniforms(SEED, (200_000,)).numpy().astype(float)
    cells = draws * 2.0**23 - 0.5
    np.testing.assert_array_equal(cells, np.round(cells))
    assert cells.min() >= 0
    assert cells.max() <= 2**23 - 1
    assert scipy.stats.kstest(draws, "uniform").pvalue > 0.01


@pytest.mark.parametrize(("dtype", "rounding"), [("float32", 2e-6), ("float64", 1e-14)])
def test_normals_agree_everywhere(dtype, rounding):
    eager, graph, compiled = three_ways(lambda seed: normals(seed, (1000,), tf.as_dtype(dtype)))
    assert eager.dtype == dtype
    np.testing.assert_array_equal(graph, eager)
    np.testing.assert_allclose(compiled, eager, rtol=rounding, atol=rounding)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9])
def test_shocks_are_as_correlated_across_agents_as_asked(correlation):
    draws = SymmetricShocks(("shock",), correlation).sample(SEED, 40_000, 4, tf.float64).idiosyncratic[..., 0].numpy()
    found = draws.T @ draws / len(draws)
    np.testing.assert_allclose(found, correlation + (1 - correlation) * np.eye(4), atol=4 * math.sqrt(2 / len(draws)))


@pytest.mark.parametrize("num_draws", [1, 2])
@pytest.mark.parametrize("shocks", [TWO, SymmetricShocks(TWO.names, 0.3)], ids=["alone", "correlated"])
def test_the_mean_of_correlated_shocks_is_integrated_out(shocks, num_draws):
    """Also by one draw, which leaves out only what agents that are independent would not share."""
    found, weights = shocks.quadrature(SEED, 5, 50, 3, num_draws, tf.float64)
    assert len(weights) == len(found.aggregate) == shocks.num_nodes(3, num_draws)
    assert float(tf.reduce_sum(weights)) == pytest.approx(1, abs=1e-14)
    means = tf.reduce_mean(found.idiosyncratic, 2)  # [Q, B, M]
    moments = tf.einsum("q,qbm,qbn->bmn", weights, means, means).numpy()
    if shocks.correlation:
        np.testing.assert_allclose(moments, np.tile(shocks.mean_variance(50) * np.eye(2), (5, 1, 1)), atol=1e-14)
    np.testing.assert_allclose(tf.einsum("q,qbm->bm", weights, means), 0, atol=1e-14)


@pytest.mark.parametrize("other", [[8, 11], [7, 12], [11, 7]])
def test_draws_depend_on_both_parts_of_the_seed(other):
    first, second = (normals(seed, (10_000,)).numpy() for seed in (SEED, tf.constant(other)))
    np.testing.assert_array_equal(first, normals(SEED, (10_000,)))
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / 100


def test_normals_are_standard_normal():
    draws = normals(SEED, (200_000,), tf.float64).numpy()
    error = 4 / math.sqrt(draws.size)
    assert abs(draws.mean()) < error
    assert abs(draws.var() - 1) < error * math.sqrt(2)
    assert abs(np.mean(draws**3)) < error * math.sqrt(15)
    assert abs(np.mean(draws**4) - 3) < error * math.sqrt(96)
    assert scipy.stats.kstest(draws, "norm").pvalue > 0.01


def test_sample_has_its_shapes_and_independent_parts():
    shocks = TWO.sample(SEED, 5000, 2, tf.float64)
    assert shocks.idiosyncratic.shape == (5000, 2, 2)
    assert shocks.aggregate.shape == (5000,)
    columns = np.column_stack([shocks.idiosyncratic.numpy().reshape(5000, 4), shocks.aggregate])
    correlation = np.corrcoef(columns, rowvar=False) - np.eye(5)
    assert np.max(np.abs(correlation)) < 4 / math.sqrt(5000)
    assert np.mean(np.isin(shocks.aggregate, shocks.idiosyncratic)) < 0.02, "the same uniforms were used twice"
    assert TWO.num_idiosyncratic == 2


@pytest.mark.parametrize("num_nodes", [1, 2, 3, 7, 15])
def test_gauss_hermite_is_exact_up_to_degree_2n_minus_1(num_nodes):
    """Moments of a standard normal: zero if odd, (k - 1)!! if even; degree 2n is the first to be missed."""
    nodes, weights = gauss_hermite(num_nodes)
    for degree in range(2 * num_nodes):
        exact = 0.0 if degree % 2 else float(math.prod(range(1, degree, 2)))
        scale = np.dot(weights, np.abs(nodes) ** degree)
        assert np.dot(weights, nodes**degree) == pytest.approx(exact, abs=1e-12 * max(scale, 1.0))
    missed = math.prod(range(1, 2 * num_nodes, 2))
    assert np.dot(weights, nodes ** (2 * num_nodes)) == pytest.approx(
        missed - math.factorial(num_nodes), abs=1e-9 * missed
    )


@pytest.mark.parametrize("num_nodes", [0, -1])
def test_gauss_hermite_needs_a_node(num_nodes):
    with pytest.raises(CalibrationError, match=f"num_nodes is {num_nodes}; .* at least 1 node"):
        gauss_hermite(num_nodes)


@pytest.mark.parametrize(("num_nodes", "num_draws"), list(itertools.product([1, 3], [1, 2, 4])))
def test_quadrature_shapes_and_weights(num_nodes, num_draws):
    shocks, weights = TWO.quadrature(SEED, 3, 5, num_nodes, num_draws, tf.float64)
    num_points = num_nodes * num_draws
    assert shocks.idiosyncratic.shape == (num_points, 3, 5, 2)
    assert shocks.aggregate.shape == (num_points, 3)
    assert weights.shape == (num_points,)
    assert float(tf.reduce_sum(weights)) == pytest.approx(1, abs=1e-15)


def test_one_draw_is_standardised_across_agents():
    shocks, _ = TWO.quadrature(SEED, 3, 50, 2, 1, tf.float64)
    np.testing.assert_allclose(np.mean(shocks.idiosyncratic, -2), 0, atol=1e-15)
    np.testing.assert_allclose(np.var(shocks.idiosyncratic, -2), 1, rtol=1e-14)
    np.testing.assert_array_equal(shocks.idiosyncratic[0], shocks.idiosyncratic[1])
    assert not np.allclose(shocks.idiosyncratic[0, 0], shocks.idiosyncratic[0, 1])


def test_more_draws_come_in_antithetic_pairs():
    draws = TWO.quadrature(SEED, 3, 5, 1, 6, tf.float64)[0].idiosyncratic.numpy()
    np.testing.assert_array_equal(draws[:3], -draws[3:])
    assert np.ptp(draws[:3], 0).min() > 0


@pytest.mark.parametrize("num_draws", [2, 6])
def test_expectation_of_a_linear_function_is_exact(num_draws):
    """Agent by agent, with antithetic draws."""
    shocks, weights = TWO.quadrature(SEED, 3, 5, 3, num_draws, tf.float64)
    linear = 2 + 0.7 * shocks.idiosyncratic[..., 0] - 1.3 * shocks.idiosyncratic[..., 1]
    linear += 5 * shocks.aggregate[..., None]
    np.testing.assert_allclose(tf.tensordot(weights, linear, 1), 2, rtol=1e-14)


def test_expectation_of_the_mean_over_agents_is_exact_with_one_draw():
    shocks, weights = TWO.quadrature(SEED, 3, 5, 3, 1, tf.float64)
    means = 2 + tf.reduce_mean(0.7 * shocks.idiosyncratic[..., 0], -1) + 5 * shocks.aggregate
    np.testing.assert_allclose(tf.tensordot(weights, means, 1), 2, rtol=1e-14)


def test_every_node_meets_every_draw():
    """The rule is a product: the expectation of a product of squares is the product of expectations."""
    shocks, weights = TWO.quadrature(SEED, 3, 5, 3, 4, tf.float64)
    product = tf.square(shocks.aggregate)[..., None, None] * tf.square(shocks.idiosyncratic)
    draws = shocks.idiosyncratic[:4]
    np.testing.assert_allclose(tf.tensordot(weights, product, 1), tf.reduce_mean(tf.square(draws), 0), rtol=1e-13)


@pytest.mark.parametrize("num_draws", [0, 3, -2])
def test_quadrature_refuses_odd_numbers_of_draws(num_draws):
    with pytest.raises(CalibrationError, match=f"num_draws is {num_draws}; expected 1, or an even number"):
        TWO.quadrature(SEED, 3, 5, 3, num_draws)


def test_one_agent_needs_two_draws():
    with pytest.raises(CalibrationError, match="needs at least 2 agents; ask for 2 draws or more"):
        TWO.quadrature(SEED, 3, 1, 3, 1)
    assert TWO.quadrature(SEED, 3, 1, 3, 2)[0].idiosyncratic.shape == (6, 3, 1, 2)
