"""The diagnosis where flips take turns: nothing is wrong with exact values, planted errors are told."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.diagnostics import turns
from hetkeras.diagnostics.turns import diagnose_turns, known_gaps
from hetkeras.references.network_planner import NetworkPlanner
from hetkeras.simulation.loaded_turn_policy import LoadedTurnPolicy
from tests.small_networks import random_network

MODEL = random_network(2, 1, risk_aversion=2.0)


class Exact(LoadedTurnPolicy):
    """Values of the planner on a grid, off by a level, or with gains off by a factor."""

    def __init__(self, level=0.0, factor=1.0):
        self.model, self.planner, self.level, self.factor = MODEL, NetworkPlanner(MODEL, 101), level, factor
        self._signatures = {"exact": self.exact}

    def exact(self, links, productivity, sector):
        shapes = (sector.shape[0], 2), (sector.shape[0], 2)
        value, gain = tf.numpy_function(self.grid, (links, productivity, sector), (tf.float64, tf.float64))
        return {"value": tf.ensure_shape(value, shapes[0]), "link_gain": tf.ensure_shape(gain, shapes[1])}

    def grid(self, links, productivity, sector):
        table = links.reshape(-1, 2, 2).astype(int)
        loadings = MODEL.factor_loadings
        factors = (productivity - MODEL.mean_state) @ loadings / (loadings**2).sum()
        turn = np.zeros(len(table), int)
        values = np.stack([self.planner.value(table, turn + z, factors) for z in range(2)], -1)
        return values + self.level, self.factor * self.planner.link_gain(table, sector, factors)


@pytest.fixture(autouse=True)
def without_compilation(monkeypatch):
    """Loops call NumPy here, which XLA does not know."""
    monkeypatch.setattr(turns, "PATHS", 8)
    monkeypatch.setattr(turns, "WORTH_PATHS", 40)
    monkeypatch.setattr(turns, "SETTLED", 5.0)
    plain = turns.TurnPaths.__init__

    def init(self, *arguments):
        plain(self, *arguments)
        self._loop = self._moved

    monkeypatch.setattr(turns.TurnPaths, "__init__", init)


def test_exact_values_pass_every_check():
    found = diagnose_turns(MODEL, Exact())
    assert found.converged, found.reason
    numbers = found.numbers
    assert numbers["residual_own_rms"] < 2e-3
    assert numbers["gain_residual_own_rms"] < 0.02
    assert numbers["option_error_rms"] < 1e-6
    assert numbers["decisions_right"] == 1
    assert numbers["accepted_share"] == 1
    table = found.tables["links"]
    assert (table["user"] != table["supplier"]).sum() == 2
    assert np.nanmin(table["worth"]) >= 0


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        ({"level": 0.5}, "residual_own_rms"),
        ({"factor": 1.5}, "residual_own_rms"),
        ({"factor": -1.0}, "residual_own_rms"),
    ],
)
def test_planted_errors_are_told(planted, reason):
    found = diagnose_turns(MODEL, Exact(**planted))
    assert not found.converged
    assert found.reason.startswith(reason)


def test_a_level_is_measured_in_consumption_of_the_option():
    gaps = known_gaps(MODEL, Exact(level=0.05))
    known, never = MODEL.known(), dataclasses.replace(MODEL, arrival_rate=0.0).known()
    equivalent = MODEL.preferences.consumption_equivalent
    mine, exact, without = (
        equivalent(tf.constant(values)).numpy() for values in (known.value + 0.05, known.value, never.value)
    )
    option = np.abs(exact - without).mean()
    assert gaps["option_value_mean"] == pytest.approx(option)
    assert gaps["option_error_rms"] == pytest.approx(np.sqrt(np.mean((mine - exact) ** 2)) / option, rel=1e-3)
    assert gaps["decisions_right"] == 1
