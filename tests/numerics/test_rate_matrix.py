"""Chains in continuous time against matrix exponentials and balance of flows."""

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from hetkeras.numerics import rate_matrix

RATES = np.array([[0.0, 0.4, 0.1], [0.3, 0.0, 0.9], [2.0, 0.2, 0.0]])
DRAWS = 100_000
ERROR = 5 * 0.5 / DRAWS**0.5  # of a share, five standard errors


def shares(states):
    return np.bincount(states, minlength=3) / len(states)


def test_the_long_run_law_balances_flows_whatever_is_on_the_diagonal():
    law = rate_matrix.stationary_law(RATES)
    flows = RATES - np.diag(RATES.sum(1))
    np.testing.assert_allclose(law @ flows, 0, atol=1e-15)
    np.testing.assert_allclose(law.sum(), 1, rtol=1e-14)
    np.testing.assert_allclose(rate_matrix.stationary_law(flows), law, rtol=1e-13)


def test_draws_have_their_law():
    law = np.array([0.2, 0.5, 0.3])
    found = rate_matrix.draw(law, tf.constant([1, 2]), DRAWS)
    assert found.dtype == tf.int32
    np.testing.assert_allclose(shares(found), law, atol=ERROR)


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize("span", [0.05, 1.5])
def test_moves_have_the_law_of_the_matrix_exponential(start, span):
    law = scipy.linalg.expm(span * (RATES - np.diag(RATES.sum(1))))[start]
    spans = tf.fill((DRAWS,), tf.constant(span, tf.float64))
    found = rate_matrix.move(RATES, tf.fill((DRAWS,), start), spans, tf.constant([3, 4]))
    np.testing.assert_allclose(shares(found), law, atol=ERROR)


def test_a_chain_that_does_not_move_stays():
    state = tf.constant([0, 1, 1])
    found = rate_matrix.move(np.zeros((2, 2)), state, tf.constant([1.0, 5.0, 0.0]), tf.constant([0, 0]))
    np.testing.assert_array_equal(found, state)
