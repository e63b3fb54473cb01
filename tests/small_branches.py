"""A small economy of firms with branches for tests, solved once by the classical method."""

import numpy as np
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.models.bloom import Bloom
from tests.graph_names import once

MODEL = Bloom(
    num_aggregate=3,
    num_idiosyncratic=3,
    num_capital=14,
    smallest_capital=0.4,
    depreciation=0.16,
    num_labor=11,
    separation=0.26,
    smallest_mean_capital=0.6,
    greatest_mean_capital=1.6,
)
STATES = MODEL.aggregate_chain.num_states
PATH = MODEL.aggregate_chain.paths(4, np.random.default_rng(0).uniform(size=250))
BURN_IN = 20
ROUNDS = 5
SETTINGS = BranchingSettings(num_mean_capital=10, near=0.02, short_periods=100)


def first_rules():
    return LogLinearRules.around([(0.88, 2.4)] * STATES)


@once
def solved():
    """A solver after some rounds; tests that go on leave it as they found it."""
    solver = BranchingKrusellSmith(MODEL, first_rules(), SETTINGS, PATH, BURN_IN)
    for _ in range(ROUNDS):
        solver.train(tf.constant(1))
        solver.refresh()
    solver.train(tf.constant(1))  # at the rules of now
    solver.prepare()
    return solver
