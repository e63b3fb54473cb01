"""Impulse responses: pairs share their draws, the shock is of the size that was asked for, nothing moves before it."""

import numpy as np
import pytest

from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.impulse_response import RESPONDING, impulse_response, shocked_paths
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.models.khan_thomas import KhanThomas
from tests.small_firms import MODEL, SquareRootFirms, terry_rules

PAIRS, PERIODS, SHOCK, INNOVATION = 40, 14, 5, 0.014
HISTOGRAM = Histogram(*MODEL.capital_bounds, 30)
LOGS = np.log(MODEL.aggregate_chain.values)


def make_mass():
    mass = np.zeros((5, 30))
    mass[:, 17:20] = MODEL.idiosyncratic_chain.stationary()[:, None] / 3
    return mass


@pytest.fixture(scope="module")
def simulator():
    return FirmSimulator(MODEL, SquareRootFirms(terry_rules()), HISTOGRAM)


@pytest.fixture(scope="module")
def response(simulator):
    return impulse_response(simulator, make_mass(), INNOVATION, PAIRS, PERIODS, SHOCK, seed=1)


def test_nothing_responds_before_the_shock_and_capital_not_in_its_period(response):
    np.testing.assert_array_equal(response["period"], np.arange(-5, 9))
    for name in ("productivity", *RESPONDING):
        np.testing.assert_array_equal(response[name][:SHOCK], 0)
        np.testing.assert_array_equal(response[f"{name}_se"][:SHOCK], 0)
        assert len(response[name]) == PERIODS
    assert response["mean_capital"][SHOCK] == 0


def test_good_news_raise_activity_at_once_and_capital_a_period_later(response):
    for name in ("productivity", "output", "investment", "labor"):
        assert response[name][SHOCK] > 0, name
    np.testing.assert_allclose(response["consumption"], -response["price"], atol=1e-5)  # the price is 1/C
    assert response["mean_capital"][SHOCK + 1] > 0
    assert response["productivity"][SHOCK] > response["productivity"][-1]


def test_responses_are_mean_log_distances_of_the_simulated_pairs(simulator, response):
    base, shocked = shocked_paths(MODEL, INNOVATION, PAIRS, PERIODS, SHOCK, 1)
    mass = np.broadcast_to(make_mass(), (2 * PAIRS, 5, 30))
    series = simulator.run(np.concatenate([base, shocked], 1), mass).series
    distance = 100 * np.log(series["output"][:, PAIRS:] / series["output"][:, :PAIRS])
    np.testing.assert_allclose(response["output"], distance.mean(1), rtol=1e-6, atol=1e-9)
    errors = np.sqrt(((distance - distance.mean(1)[:, None]) ** 2).mean(1) / PAIRS)
    np.testing.assert_allclose(response["output_se"], errors, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("innovation", [0.005, 0.014])
def test_the_mean_innovation_is_as_asked(innovation):
    base, shocked = shocked_paths(MODEL, innovation, 40_000, 8, 3, 0)
    moves = LOGS[shocked] - LOGS[base]
    assert not moves[:3].any()
    error = moves[3].std() / 200
    assert abs(moves[3].mean() - innovation) < 4 * error
    assert error < 0.02 * innovation * 1.5
    assert set(np.unique(shocked[3][shocked[3] != base[3]])) <= {4}


def test_pairs_share_their_draws():
    base, shocked = shocked_paths(MODEL, INNOVATION, 500, 30, 10, 3)
    np.testing.assert_array_equal(base[:10], shocked[:10])
    untouched = (base[10] == shocked[10]).nonzero()[0]
    assert 0 < len(untouched) < 500
    np.testing.assert_array_equal(base[:, untouched], shocked[:, untouched])
    assert (shocked >= base).all()
    again = shocked_paths(MODEL, INNOVATION, 500, 30, 10, 3)
    np.testing.assert_array_equal(again, (base, shocked))
    assert (shocked_paths(MODEL, INNOVATION, 500, 30, 10, 4)[0] != base).any()


def test_paths_with_and_without_the_shock_follow_the_chain():
    """Also the steps that come after the shock, which one state starts again."""
    base, shocked = shocked_paths(MODEL, INNOVATION, 20_000, 6, 2, 7)
    for paths, first in ((base, 0), (shocked, 2)):
        counts = np.zeros((5, 5))
        for t in range(first, 5):
            np.add.at(counts, (paths[t], paths[t + 1]), 1)
        seen = counts.sum(1)
        shares = counts[seen > 500] / seen[seen > 500][:, None]
        expected = MODEL.aggregate_chain.transition[seen > 500]
        assert (
            np.abs(shares - expected) < 4.5 * np.sqrt(expected * (1 - expected) / seen[seen > 500][:, None]) + 1e-3
        ).all()
    assert (base[0] == 2).all()


def test_a_shock_in_the_first_period_moves_the_middle_state():
    base, shocked = shocked_paths(MODEL, INNOVATION, 2000, 5, 0, 0)
    assert (base[0] == 2).all()
    assert set(np.unique(shocked[0])) == {2, 4}


def test_chains_of_two_states_are_shocked_too():
    model = KhanThomas(num_aggregate=2, chain_width=1.0)
    base, shocked = shocked_paths(model, 0.005, 2000, 12, 6, 0)
    assert set(np.unique(shocked)) == {0, 1}
    assert (shocked >= base).all()
