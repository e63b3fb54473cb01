"""Choices at nodes out of a function of rows: every pair of nodes in every economy, and only where there are firms."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.branching_firms import FirmChoice
from hetkeras.methods.krusell_smith.branching import node_rows
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.node_rows import over_rows
from tests.small_branches import MODEL

HISTOGRAM = JointHistogram.of(MODEL)
HEIGHT, WIDTH = HISTOGRAM.shape
STATES = MODEL.idiosyncratic_chain.num_states


def rule(economies, seen=None):
    """k' = 2 k + b + e / 10 and n = n_-1 / 2 - b - e; capital is adjusted by even productivities, labour by all."""

    def choices(capital, labor):
        if seen is not None:
            seen.append(capital.shape[0])
        economy = tf.repeat(tf.range(float(economies)), tf.size(capital))[:, None]
        own = tf.range(float(STATES))
        k, n = (tf.tile(x, [economies])[:, None] for x in (capital, labor))
        digits = tf.broadcast_to(tf.cast(own % 2 == 0, tf.float32), (economies * capital.shape[0], STATES))
        return FirmChoice(2 * k + economy + own / 10, n / 2 - economy - own, digits, tf.ones_like(digits))

    return choices


def expected(economies):
    own, k = np.arange(STATES)[:, None, None], HISTOGRAM.capital[:, None]
    economy = np.arange(economies)[:, None, None, None]
    kept = np.maximum((1 - MODEL.depreciation) * k, HISTOGRAM.capital[0])
    capital = np.where(own % 2 == 0, 2 * k + economy + own / 10, kept) + 0 * HISTOGRAM.labor
    return capital, HISTOGRAM.labor / 2 - economy - own + 0 * k


@pytest.mark.parametrize("rows", [5, 64, 256])
@pytest.mark.parametrize("jit", [False, True])
def test_all_pairs_in_all_economies(monkeypatch, rows, jit):
    monkeypatch.setattr(node_rows, "ROWS", rows)
    run = tf.function(lambda: over_rows(MODEL, HISTOGRAM, rule(2), 2, None), jit_compile=jit, autograph=False)
    found, (capital, labor) = run(), expected(2)
    assert found.labor.dtype == tf.float64
    np.testing.assert_allclose(found.capital_next, capital, rtol=1e-6)
    np.testing.assert_allclose(found.labor, labor, rtol=0, atol=1e-6)
    kept = found.capital_next.numpy()[:, 1]
    np.testing.assert_array_equal(kept, np.broadcast_to(capital[:, 1], kept.shape))  # to the bit


def test_where_nobody_is_firms_keep_what_they_have(monkeypatch):
    monkeypatch.setattr(node_rows, "ROWS", 4)
    here = np.random.default_rng(0).uniform(size=(HEIGHT, WIDTH)) < 0.2
    found = over_rows(MODEL, HISTOGRAM, rule(1), 1, tf.constant(here, tf.float64))
    capital, labor = expected(1)
    kept = np.maximum((1 - MODEL.separation) * HISTOGRAM.labor, HISTOGRAM.labor[0])
    np.testing.assert_allclose(found.labor[0], np.where(here, labor[0], kept), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found.adjusts_labor[0], np.broadcast_to(here, (STATES, HEIGHT, WIDTH)))
    np.testing.assert_allclose(found.capital_next[0][1], capital[0, 1], rtol=1e-6)  # kept anyway


def test_only_blocks_with_firms_are_asked_for(monkeypatch):
    monkeypatch.setattr(node_rows, "ROWS", 4)
    here = np.zeros((HEIGHT, WIDTH))
    here[3, 2:8] = 1
    seen = []
    over_rows(MODEL, HISTOGRAM, rule(1, seen), 1, tf.constant(here))
    assert seen == [4, 4]


def test_an_empty_economy_asks_for_nothing():
    found = over_rows(MODEL, HISTOGRAM, rule(1), 1, tf.zeros((HEIGHT, WIDTH)))
    assert not found.adjusts_labor.numpy().any()
