"""Event-driven paths: rates, regimes and diffusions have the law they should; surpluses are the worth of the policy."""

import dataclasses
import functools

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.paths import TurnPaths
from tests.small_networks import gains_of_planner, random_network

MODEL = random_network(2, 1, risk_aversion=2.0)


class Fixed(LoadedTurnPolicy):
    """Says that every link is worth so much, by supplier, and every network nothing; `worth` can be changed."""

    def __init__(self, model):
        self.model = model
        self.worth = tf.Variable(tf.zeros(model.num_sectors, tf.float64), trainable=False)
        self._signatures = {"exact": self.exact}

    def exact(self, links, productivity, sector):
        del links, productivity
        size = sector.shape[0]
        gain = self.worth * tf.ones((size, 1), tf.float64)
        value = tf.zeros((size, self.model.num_regimes), tf.float64)
        return {"value": value, **gains_of_planner(gain)}


@functools.cache
def paths_of(model, paths):
    """Paths of MODEL are compiled; those of the others are run by TensorFlow, which starts sooner."""
    found = TurnPaths(Fixed(model), paths, 3)
    if model is not MODEL:
        found._loop = tf.function(found._moved, autograph=False)
    return found


def ended(model, worth, years, paths=2000, links=1.0):
    found = paths_of(model, paths)
    found.policy.worth.assign(np.broadcast_to(worth, model.num_sectors))
    start = found.start(model.long_run_mean(tf.float64), tf.fill((model.num_binary,), links))
    return start, found.run(start, years)


def test_links_come_and_go_at_their_rates():
    """A sector is active half of the time and its link moves at the rate of .5: a quarter each way in the long run."""
    model = dataclasses.replace(MODEL, arrival_rate=0.5, destruction_rate=0.25, switch_rate=20.0)
    _, end = ended(model, 1.0, 20.0)
    links = end.binary.numpy()
    np.testing.assert_array_equal(links[:, [0, 3]], 1)
    assert links[:, [1, 2]].mean() == pytest.approx(2 / 3, abs=0.02)
    np.testing.assert_allclose(end.time, 20.0, rtol=1e-12)


def test_links_that_are_not_worth_their_cost_are_lost_for_good():
    model = dataclasses.replace(MODEL, link_cost=(2.0,), switch_rate=20.0)
    _, end = ended(model, 1.0, 1.0)
    assert end.binary.numpy()[:, [1, 2]].mean() == pytest.approx(np.exp(-0.25), abs=0.02)  # rate .5, half of the time


def test_links_that_are_searched_for_come_at_the_rate_of_effort():
    """A worth of 1.5 at a cost of .3 is an effort of 5, ten times the rate of arrival: of it no path may miss any."""
    model = dataclasses.replace(MODEL, search_cost=0.3, destruction_rate=1.1, switch_rate=20.0)
    _, end = ended(model, 1.5, 4.0)
    assert end.binary.numpy()[:, [1, 2]].mean() == pytest.approx(5.5 / 6.6, abs=0.02)


def test_links_that_are_kept_up_or_dropped_go_at_the_rate_of_effort_and_exit():
    """The first link is worth 1, an effort of a quarter that halves its rate of loss; the other less than nothing."""
    model = dataclasses.replace(MODEL, maintenance_cost=4.0, exit_rate=0.7, link_cost=(9.0,), switch_rate=20.0)
    _, end = ended(model, np.array([-1.0, 1.0]), 1.0)
    turns = 20.0 * np.array([[-1.0, 1.0], [1.0, -1.0]])
    for link, rate in ((1, 0.5 - 0.25), (2, 0.5 + 0.7)):
        expected = scipy.linalg.expm(turns - np.diag([rate, 0.0])).sum() / 2
        assert end.binary.numpy()[:, link].mean() == pytest.approx(expected, abs=0.035), link


def test_rates_without_end_are_refused():
    model = dataclasses.replace(MODEL, search_cost=1e-3)
    with pytest.raises(CalibrationError, match="flips come at a rate of 1000 a year under this policy; expected at"):
        ended(model, 1.0, 5.0, paths=10, links=0.0)


def test_productivity_has_its_law_and_mirrored_shocks():
    _, end = ended(MODEL, 1.0, 30.0)
    away = end.state.numpy() - MODEL.mean_state
    expected = MODEL.factor_loadings @ MODEL.factor_loadings.T / (2 * MODEL.reversion)
    np.testing.assert_allclose(np.cov(away.T, ddof=0), expected, rtol=0.1)
    np.testing.assert_allclose(away[:1000], -away[1000:], atol=1e-12)


def test_regimes_are_drawn_from_their_law():
    _, end = ended(MODEL, 1.0, 5.0)
    assert end.regime.numpy().mean() == pytest.approx(0.5, abs=0.05)
    start, soon = ended(MODEL, 1.0, 0.1)
    stayed = (start.regime == soon.regime).numpy().mean()
    assert stayed == pytest.approx((1 + np.exp(-2 * 0.5 * 0.1)) / 2, abs=0.02)  # two sectors, each to the other at .5


def test_without_arrivals_surpluses_are_what_losing_links_costs():
    """The baseline of all links, less what it misses, is the exact value of never forming one."""
    model = dataclasses.replace(MODEL, arrival_rate=0.0)
    known = model.exact_values()
    full = (known.binary.min(1) > 0) & (np.abs(known.state - model.mean_state).max(1) < 0.05)
    start, end = ended(model, 1.0, 120.0, paths=4000)
    baseline = tf.gather(model.open_baseline(*start[:3]).values, start.regime, batch_dims=1)
    found = (baseline + end.surplus).numpy()
    error = found.reshape(2, -1).mean(0).std() / np.sqrt(len(found) / 2)
    near = known.value[full]
    assert full.sum() > 3
    assert near.min() - 0.1 < found.mean() < near.max() + 0.1
    assert error < 0.05


def test_a_run_goes_on_where_the_last_one_ended():
    _, first = ended(MODEL, 1.0, 2.0)
    second = paths_of(MODEL, 2000).run(first, 3.0, 1000)
    np.testing.assert_allclose(second.time, 5.0, rtol=1e-12)
    assert not np.array_equal(first.binary, second.binary)


def test_an_odd_number_of_paths_is_refused():
    with pytest.raises(CalibrationError, match="num_paths is 5; expected an even number"):
        TurnPaths(Fixed(MODEL), 5)
