"""Chains by regime: one grid, rows of each regime, the joint chain with its lag, refusals."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.numerics.markov_chain import MarkovChain
from hetkeras.numerics.regime_chain import RegimeChain

CHAIN = RegimeChain.tauchen(3, 0.8, (0.1, 0.3), 2.0)
REGIMES = MarkovChain(np.arange(2.0), np.array([[0.9, 0.1], [0.3, 0.7]]))


def test_the_grid_is_that_of_the_first_regime_whose_rows_are_tauchens():
    plain = MarkovChain.tauchen(3, 0.8, 0.1, 2.0)
    np.testing.assert_array_equal(CHAIN.values, plain.values)
    np.testing.assert_array_equal(CHAIN.transitions[0], plain.transition)
    assert (CHAIN.num_states, CHAIN.num_regimes) == (3, 2)


def test_larger_innovations_spread_further_from_every_state():
    np.testing.assert_allclose(CHAIN.transitions.sum(-1), 1, rtol=1e-14)
    first, second = CHAIN.transitions @ CHAIN.values**2 - (CHAIN.transitions @ CHAIN.values) ** 2
    assert (second > 1.5 * first).all()


def test_exponentials_keep_the_probabilities():
    levels = CHAIN.exp()
    np.testing.assert_array_equal(levels.values, np.exp(CHAIN.values))
    np.testing.assert_array_equal(levels.transitions, CHAIN.transitions)


def test_the_joint_chain_draws_with_todays_regime_and_remembers_it():
    joint = CHAIN.joint(REGIMES)
    assert joint.num_states == 12
    states = [(state, regime, lagged) for state in range(3) for regime in range(2) for lagged in range(2)]
    for row, (state, regime, _) in enumerate(states):
        assert joint.values[row] == CHAIN.values[state]
        for column, (following, then, lagged) in enumerate(states):
            drawn = CHAIN.transitions[regime, state, following] * REGIMES.transition[regime, then]
            assert joint.transition[row, column] == (drawn if lagged == regime else 0)


def test_one_regime_is_a_plain_chain():
    plain = MarkovChain.tauchen(4, 0.5, 0.2, 2.0)
    joint = RegimeChain.tauchen(4, 0.5, (0.2,), 2.0).joint(MarkovChain(np.zeros(1), np.ones((1, 1))))
    np.testing.assert_array_equal(joint.values, plain.values)
    np.testing.assert_array_equal(joint.transition, plain.transition)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RegimeChain(np.zeros(2), np.eye(2)), r"the shape \(2, 2\); expected \[R, S, S\], R > 0"),
        (lambda: RegimeChain(np.zeros(2), np.ones((0, 2, 2))), r"the shape \(0, 2, 2\); expected"),
        (lambda: RegimeChain(np.zeros(2), np.stack([np.eye(2), np.eye(2) / 2])), r"row 0 .* sums to 0\.5; expected 1"),
        (lambda: RegimeChain.tauchen(3, 0.8, (), 2.0), "got no volatilities; expected one for each regime"),
        (lambda: RegimeChain.tauchen(3, 0.8, (0.1, 0.0), 2.0), r"volatility 0\.0; expected values that rise"),
        (lambda: CHAIN.joint(MarkovChain(np.zeros(1), np.ones((1, 1)))), "has 1 states; expected 2, one for each"),
    ],
)
def test_what_is_no_such_chain_is_refused(make, message):
    with pytest.raises(CalibrationError, match=message):
        make()
