"""The method as printed: which switch does what, and what it refuses. Its biases at full length are a long test.

Steps are graphs without XLA.
"""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.models.export_entry.model import ExportEntry
from tests.small_solves import lowered_to_xla, plain

MODEL = ExportEntry(num_destinations=2, complementarity=(0.02,))


def make(model=MODEL, **settings):
    keras.utils.set_random_seed(0)
    network = DenseValue(2, width=8, shared=2, own=1)
    chosen = PaperSettings(**{"num_steps": 20, "warmup_steps": 5, "batch_size": 16, **settings})
    return plain(HuangYuSolver(model, network, chosen))


def parts(**settings):
    return {name: float(value) for name, value in make(**settings).loss()[0].metrics.items()}


def test_each_switch_moves_its_own_loss():
    printed, compensated, plain = parts(), parts(compensated=1), parts(normalised=0)
    assert compensated["analytic"] == printed["analytic"]
    assert compensated["probabilistic"] != printed["probabilistic"]
    assert plain["probabilistic"] == printed["probabilistic"]
    assert plain["analytic"] != printed["analytic"]


@pytest.mark.parametrize("efforts", [{}, {"search_cost": 2.0}, {"search_cost": 2.0, "maintenance_cost": 1.0}])
def test_jumps_within_a_short_step_are_worth_their_rate_times_the_step(efforts):
    """An effort to enter has a rate without bound, which is no reason for it to be worth nothing."""
    model = dataclasses.replace(MODEL, **efforts)
    solver = make(model, difference_step=1e-3)
    state, binary = model.sample(tf.constant([1, 2]), 64)
    gains = tf.where(binary > 0.5, -1.0, 3.0) * tf.ones_like(
        binary
    )  # a network that has learned nothing enters nowhere
    solver.network.with_flips = lambda *_: (tf.zeros(64), gains / model.value_scale)
    _, jumps, chances, payoff = solver.jumps(state, (binary,))
    np.testing.assert_allclose(jumps / 1e-3, payoff, rtol=5e-3)
    assert np.all(payoff[tf.reduce_sum(binary, -1) == 0] > 0)
    assert np.all((chances > 0) & (chances < 2))


def test_longer_paths_carry_the_value_on():
    """The first step is the same; later ones add what has piled up."""
    assert parts(path_steps=3) != pytest.approx(parts())
    state = make(path_steps=3).loss()[1]
    assert state.shape == (16, 2)


def test_a_few_steps_bring_the_loss_down_and_are_exported(tmp_path):
    solver = make(num_steps=400, learning_rate=3e-3)
    first = float(solver.loss()[0].loss)
    fine, metrics = solver.train(tf.constant(400))
    assert bool(fine)
    assert float(solver.loss()[0].loss) < 0.5 * first
    assert set(metrics) == {"loss", "analytic", "probabilistic"}
    assert "while" in lowered_to_xla(solver)
    saved_model.export(solver.solution(), tmp_path / "model")
    loaded = saved_model.load(tmp_path / "model")
    state, binary = MODEL.sample(tf.constant([1, 2]), 4)
    found = LoadedFlipPolicy(loaded.model, loaded.signatures).evaluate(state, binary).value
    np.testing.assert_allclose(found, solver.value(state, (binary,))[0], rtol=1e-5)  # no baseline beneath it
    assert loaded.metadata["training"]["compensated"] == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("num_steps", 0),
        ("batch_size", 0),
        ("batch_size", 3),
        ("path_steps", 0),
        ("learning_rate", 0.0),
        ("difference_step", -1.0),
        ("compensated", 2),
        ("normalised", -1),
        ("warmup_steps", 4000),
        ("weight", -1.0),
    ],
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(CalibrationError, match=f"{setting} is {value}"):
        PaperSettings(**{setting: value})


def test_a_network_without_a_volatility_for_each_shock_is_refused():
    with pytest.raises(CalibrationError, match=r"0 outputs for sigma\^V and the model 2 shocks"):
        HuangYuSolver(MODEL, DenseValue(0, width=8), PaperSettings())


def test_more_shocks_than_nodes_allow_are_refused():
    model = ExportEntry(num_destinations=2, num_factors=7, cost_loadings=(0.1,) * 7)
    with pytest.raises(CalibrationError, match="at most 6 for a quadrature"):
        HuangYuSolver(model, DenseValue(7, width=8), PaperSettings())
