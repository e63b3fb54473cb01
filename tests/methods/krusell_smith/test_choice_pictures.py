"""Choices that TensorBoard shows, as they are handed to the drawing."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.methods.krusell_smith.branching.choice_picture import investment_picture
from hetkeras.methods.krusell_smith.households.stationary_solver import StationarySolver
from hetkeras.methods.krusell_smith.households.verbs import watched
from hetkeras.methods.krusell_smith.lumpy.choice_picture import target_picture
from hetkeras.models.huggett import Huggett
from hetkeras.report.parts import pictures
from tests import small_branches
from tests.small_firms import MODEL, SquareRootFirms, terry_rules


@pytest.fixture
def drawn(monkeypatch):
    told = []
    monkeypatch.setattr(pictures, "curves_picture", lambda *given: told.append(given))
    return told


def solver_of(model, policy):
    return SimpleNamespace(model=model, round=SimpleNamespace(simulator=SimpleNamespace(policy=policy)))


def test_targets_fall_with_the_price_and_rise_with_productivity(drawn):
    target_picture(solver_of(MODEL, SquareRootFirms(terry_rules())))
    price, curves, _ = drawn[0]
    assert price[20] == pytest.approx(price.mean())
    rows = np.stack(list(curves.values()))
    assert len(rows) == MODEL.idiosyncratic_chain.num_states
    assert (np.diff(rows, axis=0) >= 0).all()
    assert (np.diff(rows, axis=1) <= 0).all()


def test_firms_with_much_capital_choose_less_of_it(drawn):
    investment_picture(solver_of(small_branches.MODEL, small_branches.solved().round.simulator.policy))
    capital, curves, _ = drawn[0]
    assert len(curves) == 3
    for gained in curves.values():
        seen = np.isfinite(gained)
        assert gained.shape == capital.shape
        assert seen.any()
        assert gained[seen][0] > gained[seen][-1]


def test_the_rate_that_is_tried_and_its_households_are_watched():
    solver = StationarySolver(Huggett(greatest_assets=50.0))
    solver.train(tf.constant(1))
    found = watched(solver)
    assert found["interest"] == float(solver.interest)
    assert found["assets_sd"] > 0
    assert 0 < found["euler_error_q50"] < found["euler_error_q95"] < found["euler_error_q99"] < 1e-3
    consumption = solver.consumption.numpy()
    kinked = np.where(np.arange(consumption.shape[1]) > consumption.shape[1] // 2, 1.01, 1.0)
    solver.consumption.assign(consumption * kinked)
    assert watched(solver)["euler_error_q99"] > 10 * found["euler_error_q99"]


def test_pictures_are_pixels():
    curves = {f"state {number}": np.arange(4.0) * number for number in range(9)}
    drawn = pictures.curves_picture(np.arange(4.0), curves, ("x", "y"))
    assert drawn.dtype == np.uint8
    assert drawn.shape[-1] == 3
    assert (drawn != 255).any()
