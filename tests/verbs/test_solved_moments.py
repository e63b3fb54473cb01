"""Moments by solving at each calibration, or out of one solution over a box: what estimates and emulators call."""

import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras import saved_model
from hetkeras.errors import CalibrationError, EstimationError
from hetkeras.methods.euler_residual.signatures import symmetric_solution
from hetkeras.saved_model import LoadedSolution
from hetkeras.verbs.box_moments import mean_moments

MODEL = hk.models.Investment(num_firms=4)


def drawn(solution: LoadedSolution, seed: int):
    """The calibration, and the seed."""
    return {"cost": solution.model.adjustment_cost, "seed": float(seed)}


def test_a_solution_that_is_not_converged_has_no_moments():
    brief = {"network": "moments", "width": 4, "rho_depth": 1, "solver": {"num_steps": 2, "batch_size": 2}}
    solve = hk.SolvedMoments(MODEL, brief)
    with pytest.raises(EstimationError, match="the solution is not converged: "):
        solve({"adjustment_cost": 60.0}, 0, 0)
    with pytest.raises(CalibrationError, match="adjustment_cost is -1"):
        solve({"adjustment_cost": -1.0}, 0, 0)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The closed form, as any solution."""
    path = tmp_path_factory.mktemp("exact") / "saved_model"
    bounds = {"capital": (0.0, 2.0)}
    saved_model.export(symmetric_solution(MODEL, MODEL.closed_form(), [], bounds, {}, tf.float32), path)
    return saved_model.load(path)


def test_moments_are_means_over_draws(exported):
    assert mean_moments(exported, drawn, 3, 10) == {"cost": 90.0, "seed": 11.0}
    assert mean_moments(exported, drawn, 0, 10) == {"cost": 90.0, "seed": 10.0}
    found = hk.moments(exported, periods=20, firms=3, seed=1)
    assert found["mean_capital"] == pytest.approx(MODEL.steady_state()[0], abs=0.05)


def test_a_solution_of_one_calibration_is_no_box(exported):
    with pytest.raises(CalibrationError, match="is no solution over a box"):
        hk.BoxMoments(exported, drawn)({"adjustment_cost": 90.0}, 0, 0)
