"""Chains that depend on how another one moves: the joint matrix there and back, shares, paths, and what is refused."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.models.krusell_smith import KrusellSmith
from hetkeras.numerics.conditional_chain import ConditionalChain
from hetkeras.numerics.domains import level_on_line

MODEL = KrusellSmith()
PRINTED = np.array(
    [
        [0.525, 0.35, 0.03125, 0.09375],
        [0.038889, 0.836111, 0.002083, 0.122917],
        [0.09375, 0.03125, 0.291667, 0.583333],
        [0.009115, 0.115885, 0.024306, 0.850694],
    ]
)  # Den Haan, Judd and Juillard (2010): (bad, good) times, without and with a job
LEVELS = np.array([0.0, 1.0])


def test_durations_give_the_printed_matrix():
    np.testing.assert_allclose(MODEL.idiosyncratic_chain.joint(MODEL.aggregate_chain), PRINTED, atol=5e-7)


def test_the_printed_matrix_gives_the_chain():
    chain = ConditionalChain.of_joint(LEVELS, PRINTED, MODEL.aggregate_chain)
    np.testing.assert_allclose(chain.transitions, MODEL.idiosyncratic_chain.transitions, atol=1e-5)
    np.testing.assert_allclose(chain.shares(MODEL.aggregate_chain), [[0.1, 0.9], [0.04, 0.96]], atol=1e-5)
    assert chain.misfit(MODEL.aggregate_chain) < 1e-5


def test_shares_with_a_history_are_seen():
    moves = MODEL.idiosyncratic_chain.transitions.copy()
    moves[0, 1, 1] = 0.5
    assert ConditionalChain(LEVELS, moves).misfit(MODEL.aggregate_chain) > 0.1


def test_paths_have_the_shares_of_each_aggregate_state():
    rng = np.random.default_rng(0)
    chain, path = MODEL.idiosyncratic_chain, MODEL.aggregate_chain.paths(0, rng.uniform(size=400))
    states = chain.paths(path, (rng.uniform(size=2000) > 0.1).astype(int), rng.uniform(size=(400, 2000)))
    for state, share in ((0, 0.1), (1, 0.04)):
        assert np.mean(states[path == state] == 0) == pytest.approx(share, abs=2e-3)


def test_rows_that_do_not_fit_the_aggregate_states_are_refused():
    wrong = PRINTED.copy()
    wrong[2] = [0.1, 0.1, 0.2, 0.6]
    expected = r"row 2 of the joint matrix sums to 0\.2 over moves from aggregate state 1 to 0; expected 0\.125, as"
    with pytest.raises(CalibrationError, match=expected):
        ConditionalChain.of_joint(LEVELS, wrong, MODEL.aggregate_chain)
    with pytest.raises(CalibrationError, match=r"the joint matrix has the shape \(3, 3\); expected \(4, 4\)"):
        ConditionalChain.of_joint(LEVELS, PRINTED[:3, :3], MODEL.aggregate_chain)


def test_sizes_and_rows_are_checked():
    with pytest.raises(CalibrationError, match=r"got values \(2,\) and transitions \(2, 2, 2\); expected \[E\] and"):
        ConditionalChain(LEVELS, np.full((2, 2, 2), 0.5))
    moves = MODEL.idiosyncratic_chain.transitions.copy()
    moves[1, 0, 1] = [0.5, 0.4]
    with pytest.raises(
        CalibrationError, match=r"from aggregate state 1 to 0: row 1 of the transition matrix sums to 0.9"
    ):
        ConditionalChain(LEVELS, moves)


def test_levels_of_which_one_is_zero_have_half_a_step_to_either_side():
    possible = level_on_line(np.array([0.0, 1.0, 3.0]))
    inside = possible(tf.constant([-0.6, -0.5, 0.0, 2.0, 4.0, 4.1, np.nan], tf.float64))
    np.testing.assert_array_equal(inside, [False, True, True, True, True, False, False])
