"""Policy iteration on an equation with a known root; refusal."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.references.numerics.policy_iteration import iterate_policies


def test_the_root_of_a_convex_equation():
    rounds = []

    def correction(values, remainder):
        rounds.append(values)
        return remainder / np.where(values > 0, 0.5, 2.0)

    found = iterate_policies(lambda v: 3 - np.where(v > 0, 0.5, 2.0) * v, correction, np.array([-50.0, 50.0]))
    np.testing.assert_allclose(found, [6.0, 6.0])
    assert len(rounds) <= 4


def test_steps_that_stay_large_are_refused():
    with pytest.raises(CalibrationError, match=r"not settled in \d+ rounds: the last step is 1"):
        iterate_policies(lambda v: v, lambda v, r: 1 - 2 * v, np.array([0.0, 1.0]))
