"""Moments of a symmetric economy: those of the affine solution, which are known in closed form."""

import numpy as np
import pytest

from hetkeras.methods.euler_residual.moments import economy_moments
from hetkeras.models.investment import Investment

MODEL = Investment(num_firms=200, aggregate_volatility=0.02, idiosyncratic_volatility=0.05)


@pytest.fixture(scope="module")
def found():
    return economy_moments(MODEL, MODEL.closed_form(), 4_000, 200, 5)


def test_the_aggregate_is_that_of_an_autoregression(found):
    q1 = MODEL.affine_roots()[0][1] / MODEL.adjustment_cost
    factor = 1 - MODEL.depreciation + q1
    innovation = np.hypot(0.02, 0.05 / np.sqrt(200))
    rest, action = MODEL.steady_state()
    sd = innovation / np.sqrt(1 - factor**2)
    assert found["serial_correlation_aggregate_capital"] == pytest.approx(factor, abs=0.02)
    assert found["sd_aggregate_capital"] == pytest.approx(sd, rel=0.1)
    assert found["sd_aggregate_investment"] == pytest.approx(abs(q1) * sd, rel=0.1)
    assert found["mean_capital"] == pytest.approx(rest, abs=0.02)
    assert found["mean_investment"] == pytest.approx(action, rel=0.03)


def test_agents_beside_the_aggregate_forget_at_the_rate_of_depreciation(found):
    keep = 1 - MODEL.depreciation
    assert found["serial_correlation_capital"] == pytest.approx(keep, abs=0.002)
    assert found["sd_across_capital"] == pytest.approx(0.05 / np.sqrt(1 - keep**2), rel=0.02)


def test_draws_depend_on_the_seed_alone(found):
    one, same, other = (economy_moments(MODEL, MODEL.closed_form(), 50, 20, seed) for seed in (1, 1, 2))
    assert one == same != other
    assert one.keys() == found.keys()
