"""Plans of a shock to uncertainty: the paths of economies that it meets, memory, refusals."""

import numpy as np
import pytest

from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.uncertainty_shock import ShockPlan, batch_bytes, shocked_paths
from hetkeras.models.bloom import Bloom
from tests.small_branches import MODEL


def test_in_the_period_of_the_shock_uncertainty_is_high_everywhere():
    plan = ShockPlan(4000, 12, 5, seed=1)
    paths, (productivity, regime, lagged) = shocked_paths(MODEL, plan), MODEL.aggregate_states
    assert (paths[0] == 4).all()
    assert (regime[paths[5]] == 1).all()
    np.testing.assert_array_equal(lagged[paths[1:]], regime[paths[:-1]])
    usual = np.linalg.matrix_power(MODEL.regimes.transition, 4)[0, 1]
    assert regime[paths[4]].mean() == pytest.approx(usual, abs=0.02)
    assert regime[paths[6]].mean() == pytest.approx(MODEL.regimes.transition[1, 1], abs=0.02)
    chain = np.linalg.matrix_power(MODEL.aggregate_chain.transition, 5)[4]
    shares = np.bincount(productivity, chain)
    np.testing.assert_allclose(np.bincount(productivity[paths[5]]) / 4000, shares, atol=0.03)


@pytest.mark.parametrize("plan", [ShockPlan(0), ShockPlan(5, 10, 10), ShockPlan(5, 10, 0)])
def test_plans_without_a_shock_are_refused(plan):
    with pytest.raises(CalibrationError, match=rf"{plan.num_economies} economies over {plan.periods} periods"):
        shocked_paths(MODEL, plan)


def test_memory_is_told_in_advance():
    assert batch_bytes(Bloom(), 20) == 2 * batch_bytes(Bloom(), 10) > 10 * 16_835 * 8
