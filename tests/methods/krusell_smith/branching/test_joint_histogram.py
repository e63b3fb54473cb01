"""Histograms of capital and labour: moves keep mass and both means, against plain loops; refusals."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.models.bloom import Bloom

MODEL = Bloom(num_capital=7, depreciation=0.2, num_labor=5, separation=0.3)
HISTOGRAM = JointHistogram.of(MODEL)
SHAPE = (2, 3, 7, 5)  # [B, E, H, L]


def draws(seed=0, width=1.0):
    """Mass, and where the firms at each node go; some beyond the ends if the width is above 1."""
    rng = np.random.default_rng(seed)
    mass = rng.uniform(size=SHAPE)
    places = []
    for nodes in (HISTOGRAM.capital, HISTOGRAM.labor):
        middle = (nodes[0] + nodes[-1]) / 2
        places.append(middle + width * (rng.uniform(nodes[0], nodes[-1], SHAPE) - middle))
    return mass / mass.sum((-3, -2, -1), keepdims=True), *places


def moved(*arguments):
    return HISTOGRAM.moved(*map(tf.constant, arguments)).numpy()


def by_hand(mass, capital, labor):
    """Each firm in turn, shared among the four nodes around where it goes."""
    result = np.zeros_like(mass)
    for b, e, h, j in np.ndindex(mass.shape):
        sides = []
        for nodes, value in ((HISTOGRAM.capital, capital[b, e, h, j]), (HISTOGRAM.labor, labor[b, e, h, j])):
            inside = min(max(value, nodes[0]), nodes[-1])
            below = max(i for i in range(len(nodes) - 1) if nodes[i] <= inside)
            share = (inside - nodes[below]) / (nodes[below + 1] - nodes[below])
            sides.append(((below, 1 - share), (below + 1, share)))
        for row, up in sides[0]:
            for column, right in sides[1]:
                result[b, e, row, column] += mass[b, e, h, j] * up * right
    return result


def test_its_nodes_are_the_models():
    np.testing.assert_array_equal(HISTOGRAM.capital, MODEL.capital_nodes)
    np.testing.assert_array_equal(HISTOGRAM.labor, MODEL.labor_nodes)
    assert HISTOGRAM.shape == (7, 5)


def test_finer_nodes_contain_the_models_and_are_even_in_logs():
    fine = JointHistogram.of(MODEL, (3, 2))
    assert fine.shape == (19, 9)
    np.testing.assert_allclose(fine.capital[::3], MODEL.capital_nodes, rtol=1e-14)
    np.testing.assert_allclose(fine.labor[::2], MODEL.labor_nodes, rtol=1e-14)
    for nodes, step in ((fine.capital, np.log(1 / 0.8) / 3), (fine.labor, np.log(1 / 0.7) / 2)):
        np.testing.assert_allclose(np.diff(np.log(nodes)), step, rtol=1e-12)


def test_equal_mass_is_a_distribution():
    uniform = HISTOGRAM.uniform(3)
    assert uniform.shape == SHAPE[1:]
    np.testing.assert_allclose(uniform, 1 / 105, rtol=1e-15)
    HISTOGRAM.check(uniform)


@pytest.mark.parametrize("width", [1.0, 1.6])
def test_moves_are_those_of_plain_loops(width):
    given = draws(width=width)
    np.testing.assert_allclose(moved(*given), by_hand(*given), rtol=0, atol=1e-16)


def test_moves_keep_mass_and_both_means():
    mass, capital, labor = draws()
    found = moved(mass, capital, labor)
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum((-2, -1)), mass.sum((-2, -1)), rtol=1e-14)
    means = (found * HISTOGRAM.capital[:, None]).sum((-2, -1)), (found * HISTOGRAM.labor).sum((-2, -1))
    for mean, places in zip(means, (capital, labor), strict=True):
        np.testing.assert_allclose(mean, (mass * places).sum((-2, -1)), rtol=1e-14)


def test_a_firm_at_a_node_counts_there_alone():
    mass = draws()[0]
    at_node = np.broadcast_to(HISTOGRAM.capital[:, None], SHAPE), np.broadcast_to(HISTOGRAM.labor, SHAPE)
    np.testing.assert_array_equal(moved(mass, *at_node), mass)


def test_an_unknown_destination_does_not_vanish():
    mass, capital, labor = draws()
    capital[1, 2, 3, 4] = np.nan
    found = moved(mass, capital, labor)
    assert np.isnan(found[1, 2]).any()
    assert np.isfinite(found[0]).all()


def test_values_between_nodes_are_read_linearly():
    _, capital, labor = draws(width=1.6)
    table = np.random.default_rng(5).normal(size=SHAPE)
    found = HISTOGRAM.between(*map(tf.constant, (table, capital, labor))).numpy()
    ends = [nodes[[0, -1]] for nodes in (HISTOGRAM.capital, HISTOGRAM.labor)]
    for b, e, h, j in np.ndindex(SHAPE):
        k, n = np.clip(capital[b, e, h, j], *ends[0]), np.clip(labor[b, e, h, j], *ends[1])
        rows = [np.interp(n, HISTOGRAM.labor, row) for row in table[b, e]]
        assert found[b, e, h, j] == pytest.approx(np.interp(k, HISTOGRAM.capital, rows), rel=1e-12, abs=1e-14)


def test_weights_interpolate_at_any_firm():
    rng = np.random.default_rng(3)
    capital, labor = rng.uniform(1.0, 5.0, (4, 2)), rng.uniform(0.03, 0.2, (4, 2))
    found = HISTOGRAM.weights(tf.constant(capital), tf.constant(labor))
    for weights, nodes, values in zip(found, (HISTOGRAM.capital, HISTOGRAM.labor), (capital, labor), strict=True):
        expected = np.stack([np.interp(values, nodes, unit) for unit in np.eye(len(nodes))], -1)
        np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 9, 16, 17, 100])
def test_places_are_found_among_any_number_of_nodes(count):
    """At nodes, between them and beyond the ends."""
    nodes = np.cumsum(np.random.default_rng(count).uniform(0.1, 1.0, count))
    values = np.concatenate([nodes, (nodes[1:] + nodes[:-1]) / 2, [nodes[0] / 2, 2 * nodes[-1]]])
    weights = JointHistogram(nodes, np.array([1.0, 2.0])).weights(tf.constant(values), tf.ones_like(values))[0].numpy()
    np.testing.assert_allclose(weights @ nodes, np.clip(values, nodes[0], nodes[-1]), rtol=1e-14)
    np.testing.assert_array_equal(weights[:count], np.eye(count))
    for row in weights:
        assert np.ptp(np.flatnonzero(row)) <= 1


@pytest.mark.parametrize(
    ("capital", "labor", "message"),
    [
        ([1.0], [0.1, 0.2], r"1 nodes of capital from \[1\.\] to \[1\.\]; expected at least 2 that rise"),
        ([], [0.1, 0.2], "0 nodes of capital"),
        ([1.0, 2.0], [0.2, 0.1], r"2 nodes of labor from \[0\.2\] to \[0\.1\]; expected .* from above 0"),
        ([0.0, 2.0], [0.1, 0.2], "2 nodes of capital"),
        ([1.0, np.nan], [0.1, 0.2], "2 nodes of capital"),
    ],
)
def test_nodes_that_do_not_rise_are_refused(capital, labor, message):
    with pytest.raises(CalibrationError, match=message):
        JointHistogram(np.array(capital), np.array(labor))


def test_a_coarser_histogram_than_the_models_is_refused():
    with pytest.raises(CalibrationError, match=r"\(2, 0\) times as fine was asked for; expected 1 or more"):
        JointHistogram.of(MODEL, (2, 0))


@pytest.mark.parametrize(
    ("mass", "message"),
    [
        (np.full((3, 7, 4), 1 / 84), r"shape \(3, 7, 4\); expected \[\.\.\., E, 7, 5\] with mass in it"),
        (np.full((7, 5), 1 / 35), r"shape \(7, 5\)"),
        (np.full((3, 7, 5), np.nan), "NaN, infinite or negative mass"),
        (np.full((3, 7, 5), 1 / 100), r"sums to 1\.05; expected 1"),
    ],
)
def test_what_is_no_distribution_is_refused(mass, message):
    with pytest.raises(CalibrationError, match=message):
        HISTOGRAM.check(mass)
