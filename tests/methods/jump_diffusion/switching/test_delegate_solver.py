"""Two sectors that decide themselves: near their equilibrium in seconds, export, decisions of who decides.

Steps are graphs without XLA, whose compilation takes several times as long as everything else here.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.networks.delegate_value import DelegateValue
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.references.production_network.known_delegates import known_delegates
from tests.small_networks import delegates
from tests.small_solves import plain

STEPS = 400


def build(model):
    keras.utils.set_random_seed(0)
    shares = np.where(model.movable, model.technology.shares, 0.0)
    count, sizes = model.num_sectors, {"element_hidden": (24, 24), "latent": 8, "hidden": (24, 24)}
    scales = model.correction_scales.turns.reshape(count, count).tolist()
    network = DelegateValue(shares.tolist(), [1.0] * count, model.element_features.tolist(), scales, **sizes)
    settings = JumpSettings(num_steps=STEPS, learning_rate=5e-3, batch_size=64, pair_weight=0.05)
    return plain(SwitchingJumpDiffusionSolver(model, network, settings))


@pytest.fixture(scope="module", params=[0, 1], ids=["users", "pairs"])
def solved(request):
    """The solver, trained, and what is known exactly."""
    model = delegates(2, joint=request.param, link_cost=(0.3,))
    solver = build(model)
    fine, _ = solver.train(tf.constant(STEPS))
    assert fine
    return solver, model.exact_values()


def at(known, dtype=tf.float32):
    state, binary = (tf.constant(part, dtype) for part in (known.state, known.binary))
    return state, binary, tf.constant(known.regime, tf.int32)


def test_values_and_decisions_are_near_those_of_the_equilibrium(solved):
    solver, known = solved
    _, found = solver.residual(*at(known))
    baseline = solver.model.open_baseline(*at(known, tf.float64)).values
    before = tf.gather(baseline, known.regime, batch_dims=1).numpy() - known.value
    error = found.value.numpy() - known.value
    assert np.sqrt(np.mean(error**2)) < 0.5 * np.sqrt(np.mean(before**2))
    assert np.sqrt(np.mean(error**2)) < 0.02 * solver.model.value_scale
    binary = at(known)[1]
    now = tf.gather(binary, found.which, batch_dims=1).numpy()
    can = solver.model.movable[known.regime % 2] & (np.abs(known.decision - 0.3) > 0.01)
    decided = (1 - 2 * now) * found.gains.decision.numpy()
    np.testing.assert_array_equal((decided > 0.3)[can], (known.decision > 0.3)[can])
    assert 0.1 < (known.decision > 0.3)[can].mean() < 0.9


def test_the_export_tells_delegates_apart_and_who_decides(tmp_path):
    solver = build(delegates(2, joint=1, link_cost=(0.3,)))
    known = known_delegates(solver.model, 40)
    saved_model.export(solver.solution(), tmp_path / "delegates")
    loaded = saved_model.load(tmp_path / "delegates")
    assert loaded.model == solver.model
    state, regime = tf.constant(known.productivity, tf.float32), tf.constant(known.regime, tf.int32)
    binary = tf.constant(known.links.reshape(40, -1), tf.float32)
    _, found = solver.residual(state, binary, regime)
    policy = loaded.signatures["policy"](links=binary, productivity=state, delegate_turn=regime)
    np.testing.assert_allclose(policy["value"], found.value, rtol=1e-5, atol=1e-5)
    now = tf.gather(binary, found.which, batch_dims=1)
    np.testing.assert_allclose(policy["link_gain"], (1 - 2 * now) * found.gains.own, atol=1e-4)
    off = (now.numpy() < 0.5) & solver.model.movable[known.regime % 2]
    np.testing.assert_array_equal(policy["link"].numpy()[off], (found.gains.decision.numpy() > 0.3)[off])
    table = loaded.signatures["gains"](links=binary, productivity=state)
    assert table["value"].shape == (len(state), 2)
    look = LoadedTurnPolicy(loaded.model, loaded.signatures).evaluate(state, binary, regime)
    mine = known.regime % 3 == 0  # a delegate in its own sector's turn
    turned = tf.gather(table["link_gain"], regime % 2, batch_dims=1)
    np.testing.assert_allclose(turned, (1 - 2 * now) * tf.cast(look.decision, tf.float32), atol=1e-4)
    values = tf.gather(table["value"], regime % 2, batch_dims=1)
    np.testing.assert_allclose(values[mine], policy["value"][mine], rtol=1e-5)
