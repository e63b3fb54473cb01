"""A model of one's own, in one file that writes down economics alone: checked, solved, measured."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.check import check_firms
from hetkeras.methods.krusell_smith.lumpy.diagnosis import diagnose_firms
from hetkeras.methods.krusell_smith.lumpy.grid import GridKrusellSmith
from hetkeras.methods.krusell_smith.lumpy.grid_settings import GridSettings
from hetkeras.methods.krusell_smith.rules.log_linear import rules_at_rest

FILE = Path(__file__).parents[4] / "docs" / "examples" / "lumpy_firms.py"


@pytest.fixture(scope="module")
def model():
    return runpy.run_path(str(FILE))["LumpyFirms"]()


def test_it_is_sound_and_short(model):
    assert list(check_firms(model)) == []
    assert len(FILE.read_text().split("@dataclass")[1].splitlines()) < 60


def test_it_is_solved_and_passes_every_check(model):
    path = model.aggregate_chain.paths(1, np.random.default_rng(0).uniform(size=600))
    settings, histogram = GridSettings(num_capital=20, num_mean_capital=6), Histogram(*model.capital_bounds, 50)
    solver = GridKrusellSmith(model, rules_at_rest(model), settings, path, 100, histogram)
    while not solver.finished:
        solver.train(tf.constant(1))
        solver.refresh()
    diagnosis, _ = diagnose_firms(solver.round.simulator, solver.policy, solver.grid.value, path, 100)
    assert diagnosis.converged, diagnosis.rows()
    assert diagnosis.numbers["resource_gap"] < 1e-7
