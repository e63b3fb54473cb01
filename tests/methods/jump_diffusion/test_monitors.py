"""Economics of the current networks, against what solver and model say themselves."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.contracts.known_values import ExactValues
from hetkeras.methods.jump_diffusion.huang_yu_solver import HuangYuSolver
from hetkeras.methods.jump_diffusion.monitors import (
    at_rest,
    economics,
    exact_gap,
    gain_picture,
    residual_quantiles,
)
from hetkeras.methods.jump_diffusion.networks.dense_value import DenseValue
from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.methods.jump_diffusion.switching.networks.dense_regime_value import DenseRegimeValue
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.report.parts import pictures
from tests.small_networks import random_network

SETTINGS = JumpSettings(num_steps=10, batch_size=32, warmup_steps=2)


def test_a_network_of_links():
    model = random_network(3, link_cost=(0.05,))
    solver = SwitchingJumpDiffusionSolver(model, DenseRegimeValue(3, 0.1, (8, 8)), SETTINGS)
    found = economics(solver)
    turns, rest = tf.range(3), tf.repeat(model.long_run_mean()[None], 3, 0)
    for name, links in (("none", np.eye(3)), ("all", np.ones((3, 3)))):
        binary = tf.repeat(tf.constant(links.reshape(1, -1), tf.float32), 3, 0)
        value = solver.residual(rest, binary, turns)[1].value
        assert found[f"value_at_rest_{name}"] == pytest.approx(float(tf.reduce_mean(value)), rel=1e-5)
    binary, regime = solver.panel[:, 3:12], tf.cast(solver.panel[:, 12], tf.int32)
    off = np.argwhere((binary.numpy() < 0.5) & model.movable.ravel())
    assert found["active_share"] == pytest.approx(1 - len(off) / (6 * len(binary)))
    here = solver.residual(solver.panel[:, :3], binary, regime)[1]
    taken = [
        gain > 0.05
        for row, user in enumerate(regime.numpy())
        for supplier, gain in enumerate(here.gains.decision[row].numpy())
        if user != supplier and binary[row, 3 * user + supplier] < 0.5
    ]
    assert found["accepted_share"] == pytest.approx(np.mean(taken))


def test_a_firm_and_its_destinations():
    model = ExportEntry(num_destinations=4)
    solver = JumpDiffusionSolver(model, DenseValue(width=8), SETTINGS)
    found = economics(solver)
    for name, on in (("none", 0.0), ("all", 1.0)):
        state, binary = model.long_run_mean()[None], tf.fill((1, 4), on)
        value = model.baseline(state, binary).value + solver.extra(state, binary)
        assert found[f"value_at_rest_{name}"] == pytest.approx(float(value[0]), rel=1e-5)
    assert found["active_share"] == pytest.approx(float(tf.reduce_mean(solver.panel[:, 4:])))
    assert 0 <= found["accepted_share"] <= 1


def test_where_training_follows_no_paths_only_values_are_known():
    model = ExportEntry(num_destinations=4)
    solver = HuangYuSolver(model, DenseValue(model.num_shocks, 8), PaperSettings(num_steps=10, warmup_steps=2))
    assert economics(solver).keys() == {"value_at_rest_none", "value_at_rest_all"}


def test_residuals_are_told_in_quantiles_and_exact_values_where_they_are_known(monkeypatch):
    drawn = []
    monkeypatch.setattr(pictures, "curves_picture", lambda *told: drawn.append(told))
    model = random_network(3, link_cost=(0.05,))
    for solver in (
        SwitchingJumpDiffusionSolver(model, DenseRegimeValue(3, 0.1, (8, 8)), SETTINGS),
        JumpDiffusionSolver(ExportEntry(num_destinations=4), DenseValue(width=8), SETTINGS),
    ):
        found = residual_quantiles(solver)
        assert 0 < found["residual_q50"] < found["residual_q95"] <= found["residual_q99"]
        gain_picture(solver)
    ranks, gains, _ = drawn[-1]
    assert list(ranks) == [1, 2, 3, 4]
    assert all((np.diff(gain) <= 0).all() for gain in gains.values())
    rest = at_rest(solver)["all"]
    assert gains["all on"][0] == pytest.approx(float(np.max(rest[solver.model.flip_names.gain])))
    state, binary = solver.model.long_run_mean()[None].numpy(), np.ones((1, 4))
    known = ExactValues("doubled", state, binary, 2 * rest["value"].numpy(), binary)
    assert exact_gap(solver, known)["value_error"] == pytest.approx(0.5)
    assert exact_gap(solver, None) == {}


def test_the_solver_of_the_paper_has_no_residuals():
    model = ExportEntry(num_destinations=4)
    solver = HuangYuSolver(model, DenseValue(model.num_shocks, 8), PaperSettings(num_steps=10, warmup_steps=2))
    assert residual_quantiles(solver) == {}
