"""One solve over a box: parameters are inputs, each calibration is an ordinary solution, many are proved."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import hetkeras as hk
from hetkeras import box as boxes
from hetkeras import saved_model
from hetkeras.box import box
from hetkeras.errors import CalibrationError
from hetkeras.layers.bounded_output import BoundedOutput
from hetkeras.methods.euler_residual.defaults import make_network
from hetkeras.methods.euler_residual.options import EulerOptions
from hetkeras.methods.euler_residual.over_box.economy import EconomyOverBox
from hetkeras.methods.euler_residual.over_box.policy import PolicyOverBox
from hetkeras.methods.euler_residual.over_box.solver import EulerResidualOverBox
from hetkeras.methods.euler_residual.settings import EulerSettings
from hetkeras.methods.euler_residual.verbs import EulerResidualMethod, reloaded_policy
from hetkeras.models.investment import Investment
from tests.small_solves import plain

MODEL = Investment(num_firms=8, demand_curvature=1.5)
RANGES = ("discount_factor=0.93:0.97", "adjustment_cost=45:180")
THETA = {"discount_factor": 0.94, "adjustment_cost": 100.0}


def make_solver(model=MODEL, ranges=RANGES, **settings):
    keras.utils.set_random_seed(0)
    economy = EconomyOverBox(model, box(model, ranges), calibrations=40)
    inner = make_network((1, 2)[: len(ranges)], BoundedOutput(), "moments", 8, rho_depth=1)
    chosen = {"num_steps": 20, "batch_size": 4, "warmup_steps": 2, "idiosyncratic_draws": 2, "horizon": 16} | settings
    return plain(EulerResidualOverBox(economy, PolicyOverBox(economy, inner), EulerSettings(**chosen)))


@pytest.fixture(scope="module")
def solver():
    made = make_solver()
    finite, _ = made.train(tf.constant(20))
    assert finite
    return made


@pytest.fixture(scope="module")
def loaded(solver, tmp_path_factory):
    path = tmp_path_factory.mktemp("box") / "saved_model"
    saved_model.export(solver.solution(), path)
    return saved_model.load(path)


@pytest.fixture(scope="module")
def states():
    return MODEL.initial_state(tf.constant([0, 0]), 3)


def test_training_starts_at_the_linear_policy_and_keeps_each_path_at_its_calibration():
    solver = make_solver()
    before = solver.panel.numpy()
    theta = solver.model.theta(solver.panel.value())
    first = solver.policy(solver.panel[:, :1], solver.panel.value())
    rest, action, slope = tf.split(solver.model.linear(theta), 3, -1)
    linear = action + slope * (tf.reduce_mean(solver.panel[..., 0], -1, keepdims=True) - rest)
    np.testing.assert_allclose(first, linear, rtol=0.02)
    solver.train(tf.constant(1))
    moved = solver.panel.numpy()
    stays = (moved[..., 1:] == before[..., 1:]).all((1, 2))
    assert stays.sum() >= 2  # the others begin anew, at another calibration
    assert (moved[..., 1:] == moved[:, :1, 1:]).all()


def test_functions_take_the_parameters_by_name(loaded, solver, states):
    assert loaded.model == MODEL
    assert loaded.over == solver.model.over
    assert set(loaded.metadata["signatures"]["policy"]["inputs"]) == {"capital", "industry_capital", *THETA}
    assert loaded.metadata["signatures"]["industry_policy"]["inputs"]["adjustment_cost"] == ["B"]
    assert set(loaded.metadata["signatures"]["transition"]["outputs"]) == {"industry_capital", "in_bounds"}
    given = {name: tf.fill([3], value) for name, value in THETA.items()}
    own = {"capital": states[:, 0, 0], "industry_capital": states[..., 0]}
    found = loaded.signatures["policy"](**own, **given)["investment"]
    whole = solver.model.joined(states, tf.stack(list(given.values()), -1))
    np.testing.assert_allclose(found, solver.policy(whole[:, :1], whole)[:, 0], rtol=1e-6)


def test_outside_the_box_there_is_no_answer(loaded, states):
    own = {"capital": states[:, 0, 0], "industry_capital": states[..., 0]}
    given = {"discount_factor": tf.constant([0.93, 0.95, 0.98]), "adjustment_cost": tf.constant([180.0, 44.0, 90.0])}
    found = loaded.signatures["policy"](**own, **given)
    assert np.isnan(found["investment"]).tolist() == [False, True, True]
    assert found["in_bounds"].numpy().tolist() == [True, False, False]


def test_at_a_calibration_it_is_an_ordinary_solution(loaded, states):
    one = loaded.at(**THETA)
    assert one.model == Investment(num_firms=8, demand_curvature=1.5, **THETA)
    assert one.over is None
    assert one.metadata["calibration"]["adjustment_cost"] == 100.0
    policy = reloaded_policy(one)
    given = {name: tf.fill([3], value) for name, value in THETA.items()}
    own = {"capital": states[:, 0, 0], "industry_capital": states[..., 0]}
    expected = loaded.signatures["policy"](**own, **given)["investment"]
    np.testing.assert_array_equal(policy(states[:, :1], states)[:, 0], expected)
    assert list(hk.simulate(one, periods=5)) == ["mean_capital", "sd_capital", "mean_investment"]


def test_a_calibration_must_be_one_of_the_box(loaded):
    with pytest.raises(CalibrationError, match=r"discount_factor is 0\.99; expected from 0\.93 to 0\.97, where"):
        loaded.at(**THETA | {"discount_factor": 0.99})
    with pytest.raises(CalibrationError, match="adjustment_cost is not given"):
        loaded.at(discount_factor=0.95)
    with pytest.raises(CalibrationError, match=r"is for a box of calibrations; choose one, as in loaded\.at"):
        hk.simulate(loaded)
    with pytest.raises(CalibrationError, match="is no solution over a box"):
        loaded.at(**THETA).at(**THETA)


def test_a_policy_that_is_wrong_in_a_corner_is_not_converged(tmp_path, monkeypatch):
    """Right everywhere but near one corner of the box, where it invests 1 % too much."""
    monkeypatch.setattr(boxes, "INSIDE", 0)
    solver = make_solver(Investment(num_firms=8), RANGES[:1])
    right = solver.policy

    class Wrong:
        variables = right.variables

        def __call__(self, agent, industry):
            near = tf.cast(industry[..., :1, 1] > 0.969, industry.dtype)
            return right(agent, industry) * (1 + 0.01 * near)

    for weight in right.inner.rho.stack[-1].weights:
        weight.assign(tf.zeros_like(weight))  # the linear policy, which is exact here
    solver.policy = Wrong()
    saved_model.export(solver.solution(), tmp_path / "wrong")
    found = EulerResidualMethod().measure(saved_model.load(tmp_path / "wrong"), EulerOptions())
    assert (found.numbers["calibrations"], found.numbers["calibrations_converged"]) == (2, 1)
    assert "at discount_factor=0.97" in found.reason
    assert found.tables["box"]["discount_factor"].tolist() == [0.93, 0.97]
    assert found.tables["box"]["converged"].tolist() == [1, 0]
    assert found.tables["box"]["policy_error_mean"][0] < 2e-4
    assert found.numbers["policy_error_mean"] == pytest.approx(0.01, rel=0.1)


def test_moments_are_asked_for_by_calibration(loaded):
    found = hk.BoxMoments(loaded, lambda solution, seed: {"cost": solution.model.adjustment_cost, "seed": seed})
    assert found.identity.startswith(loaded.metadata["weights_sha256"])
    assert found(THETA, 3, 5) == {"cost": 100.0, "seed": 6.0}
    with pytest.raises(CalibrationError, match="choose one, as in loaded"):
        hk.moments(loaded)


def test_onnx_of_a_box_takes_the_calibration_as_inputs(loaded, tmp_path):
    found = hk.export_onnx(loaded, tmp_path, rows=30)
    assert found.keys() == loaded.metadata["signatures"].keys()
    table = np.genfromtxt(tmp_path / "policy.csv", delimiter=",", names=True)
    assert len(set(table["adjustment_cost"])) > 5
    said = loaded.signatures["policy"](
        discount_factor=table["discount_factor"],
        adjustment_cost=table["adjustment_cost"],
        capital=table["capital"],
        industry_capital=np.stack([table[f"industry_capital_{agent}"] for agent in range(1, 9)], 1),
    )
    np.testing.assert_allclose(table["investment"], said["investment"], 1e-6)
    with pytest.raises(CalibrationError, match="is for a box of calibrations; export it as it is"):
        hk.export_onnx(loaded.at(**THETA), tmp_path, rows=5)
