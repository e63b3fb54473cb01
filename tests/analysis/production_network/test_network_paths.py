"""Networks over time: a fall of productivity fades as it must where no link moves; else the planner answers."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.analysis.production_network import network_paths
from hetkeras.analysis.production_network.network_paths import FALL, grown_network, largest_sector, productivity_fall
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.paths import States, TurnPaths
from hetkeras.models.production_network.planner import ProductionNetwork
from tests.small_networks import gains_of_planner, random_network

MODEL = dataclasses.replace(random_network(3, 1, risk_aversion=2.0), switch_rate=5.0)
PATHS = 20


class Rule(LoadedTurnPolicy):
    """Every link is worth a level, and more the more productive sector 2 is."""

    def __init__(self):
        self.model, self.level, self.slope = (
            MODEL,
            tf.Variable(1.0, dtype=tf.float64),
            tf.Variable(0.0, dtype=tf.float64),
        )
        self._signatures = {"exact": self.exact}

    def exact(self, links, productivity, sector):
        del links
        gain = self.level + self.slope * (productivity[:, 2] - MODEL.mean_state[2])
        value = tf.zeros((sector.shape[0], 3), tf.float64)
        return {"value": value, **gains_of_planner(tf.repeat(gain[:, None], 3, 1))}


@pytest.fixture(scope="module")
def made():
    """One loop for all tests; without XLA, whose compilation takes longer than these few events."""
    paths = TurnPaths(Rule(), PATHS, 1)
    paths._loop = tf.function(paths._moved, autograph=False)
    return paths


@pytest.fixture
def paths(made):
    made.policy.level.assign(1.0)
    made.policy.slope.assign(0.0)
    return made


def nothing(count):
    binary = np.repeat(np.eye(3).reshape(1, -1), count, 0)
    state = np.repeat(MODEL.mean_state[None], count, 0)
    return States(tf.constant(state), tf.constant(binary), tf.zeros((count,), tf.int32))


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(network_paths, "TIMES", (0, 1, 3, 12))
    monkeypatch.setattr(network_paths, "EVENTS", 30)
    monkeypatch.setattr(network_paths, "APART", 10)


def test_where_no_link_moves_log_gdp_falls_by_the_domar_weight_and_comes_back_at_the_rate_of_reversion(paths):
    """Nothing is there to be lost and nothing is worth forming."""
    paths.policy.level.assign(-1.0)
    found = productivity_fall(paths, nothing(3 * PATHS), sector=1)
    weights = np.linalg.solve(np.eye(3) - np.diag(np.diag(MODEL.technology.shares)), MODEL.technology.consumption)
    expected = weights[1] * FALL * spread(1) * np.exp(-MODEL.reversion * found["time"])
    np.testing.assert_allclose(found["log_gdp_shocked"] - found["log_gdp_usual"], expected, rtol=1e-9)
    np.testing.assert_array_equal(found["rewiring"], 0)
    np.testing.assert_array_equal(found["active_usual"], 0)


def test_the_answer_is_what_links_do_that_move_otherwise(paths):
    """Links are formed unless sector 2 is half a standard deviation below its mean, as it is after the fall."""
    paths.policy.level.assign(0.5 * spread(2))
    paths.policy.slope.assign(1.0)
    found = productivity_fall(paths, nothing(PATHS), sector=2)
    assert found["active_shocked"][1] < found["active_usual"][1] - 0.05
    assert found["rewiring"][0] == 0
    gap = found["log_gdp_shocked"] - found["log_gdp_rigid"]
    np.testing.assert_allclose(found["rewiring"], gap, atol=1e-12)
    assert np.abs(found["rewiring"][2]) > 3 * found["rewiring_error"][2] > 0
    assert found["active_usual"][-1] > 0.2


def test_the_sector_that_falls_is_the_one_with_the_largest_domar_weight(paths):
    full = np.linalg.solve(np.eye(3) - MODEL.technology.shares.T, MODEL.technology.consumption)
    assert largest_sector(MODEL) == full.argmax()
    found, asked = (productivity_fall(paths, nothing(PATHS), sector=s) for s in (None, int(full.argmax())))
    np.testing.assert_array_equal(found["log_gdp_shocked"], asked["log_gdp_shocked"])


def spread(sector):
    return float(np.linalg.norm(MODEL.factor_loadings[sector]) / np.sqrt(2 * MODEL.reversion))


def test_networks_grow_from_nothing_to_the_long_run_of_two_states(paths):
    growth = grown_network(paths, (0, 3, 30))
    path = growth.path
    np.testing.assert_array_equal(path["year"], [0, 3, 10, 20, 30])
    rates = (MODEL.arrival_rate + MODEL.destruction_rate) / 3  # a sector is active a third of the time
    expected = MODEL.arrival_rate / 3 / rates * (1 - np.exp(-rates * path["year"]))
    np.testing.assert_allclose(path["active_mean"], expected, atol=0.15)
    assert (path["active_low"] <= path["active_mean"]).all()
    assert (path["active_mean"] <= path["active_high"]).all()
    assert path["log_gdp_low"][0] == path["log_gdp_high"][0] == path["log_gdp"][0]


def test_sectors_of_snapshots_have_their_names():
    names = ("mills", "farms")
    found = network_paths._named(ProductionNetwork(num_sectors=2, sector_names=names), 2)
    assert found["name"].tolist() == [*names, *names]
    assert network_paths._named(ProductionNetwork(num_sectors=2), 2) == {}


def test_snapshots_are_moments_of_the_path_that_is_told(paths):
    growth = grown_network(paths, (0, 3))
    links, sectors = growth.links, growth.sectors
    for year in (0, 3):
        at, here = links["year"] == year, sectors["year"] == year
        when = growth.path["year"] == year
        assert links["on"][at].mean() == pytest.approx(growth.path["active"][when][0])
        network = np.eye(3)
        network[links["user"][at], links["supplier"][at]] = links["on"][at]
        weights = np.linalg.solve(np.eye(3) - (MODEL.technology.shares * network).T, MODEL.technology.consumption)
        np.testing.assert_allclose(sectors["domar"][here], weights)
        gdp = MODEL.technology.log_gdp(tf.constant(network), tf.constant(sectors["productivity"][here]))
        assert float(gdp) == pytest.approx(growth.path["log_gdp"][when][0])
    np.testing.assert_allclose(sectors["productivity"][:3], MODEL.mean_state)
