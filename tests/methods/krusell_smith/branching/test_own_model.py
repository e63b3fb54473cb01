"""A model of one's own, in one file that writes down economics alone: checked, solved for some rounds, audited."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.check import check_firms
from hetkeras.methods.krusell_smith.branching.grid import BranchingKrusellSmith
from hetkeras.methods.krusell_smith.branching.grid_settings import BranchingSettings
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules

FILE = Path(__file__).parents[4] / "docs" / "examples" / "branching_firms.py"


@pytest.fixture(scope="module")
def model():
    return runpy.run_path(str(FILE))["BranchingCES"]()


def test_it_is_sound(model):
    assert list(check_firms(model)) == []


def test_its_rest_point_earns_what_inputs_cost(model):
    """By the closed forms of the products of a CES."""
    capital, price = model.frictionless_steady_state(1.0)
    rho, gamma, weights = model.substitution, model.returns, (model.capital_weight, 1 - model.capital_weight)
    chain = model.idiosyncratic_chain
    mean = chain.joint(model.regimes).stationary().reshape(3, -1).sum(1) @ chain.values
    output = 1 / price + model.depreciation * capital
    inputs = (output / mean) ** (rho / gamma)
    labor = ((inputs - weights[0] * capital**rho) / weights[1]) ** (1 / rho)
    share = gamma * output / inputs
    assert share * weights[0] * capital ** (rho - 1) == pytest.approx(1 / 0.96 - 1 + 0.12, rel=1e-10)
    assert share * weights[1] * labor ** (rho - 1) == pytest.approx(2 / price, rel=1e-10)


def test_it_is_solved_and_loses_no_goods(model):
    path = model.aggregate_chain.paths(0, np.random.default_rng(0).uniform(size=300))
    rules = LogLinearRules.around(
        [model.frictionless_steady_state(float(level)) for level in model.aggregate_chain.values]
    )
    solver = BranchingKrusellSmith(model, rules, BranchingSettings(num_mean_capital=6), path, 50)
    distances = []
    for _ in range(5):
        solver.train(tf.constant(1))
        solver.refresh()
        distances.append(float(solver.round.distance))
    assert distances[-1] < distances[0]
    series = solver.round.series
    assert np.abs(series["resource_gap"]).max() < 1e-8
    low, high = model.mean_capital_bounds
    assert (series["mean_capital"][50:] > low).all()
    assert (series["mean_capital"][50:] < high).all()
