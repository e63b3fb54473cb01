"""Values of two sectors that form links: near the exact ones in seconds, on exact values no residual; export; refusals.

Steps are graphs without XLA, whose compilation takes several times as long as everything else here.
"""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.settings import JumpSettings
from hetkeras.methods.jump_diffusion.switching.networks.link_value import LinkValue
from hetkeras.methods.jump_diffusion.switching.solver import SwitchingJumpDiffusionSolver
from hetkeras.models.production_network.planner import ProductionNetwork
from tests.small_networks import random_network, star_network
from tests.small_solves import lowered_to_xla, plain

MODEL = random_network(2, 1, risk_aversion=2.0)
STEPS = 400


def build(model=MODEL, seed=0, **settings):
    keras.utils.set_random_seed(seed)
    shares = np.where(model.movable, model.technology.shares, 0.0)
    count, sizes = model.num_sectors, {"element_hidden": (24, 24), "latent": 8, "hidden": (24, 24)}
    turns = model.correction_scales.turns.tolist()
    network = LinkValue(shares.tolist(), [1.0] * count, model.element_features.tolist(), turns, **sizes)
    chosen = {"num_steps": STEPS, "learning_rate": 0.01, "batch_size": 64}
    return plain(SwitchingJumpDiffusionSolver(model, network, JumpSettings(**chosen | settings), seed))


@pytest.fixture(scope="module")
def solver():
    found = build()
    first = None
    for steps in (20, STEPS - 120, 100):
        fine, metrics = found.train(tf.constant(steps))
        first = first or {name: float(value) for name, value in metrics.items()}
        assert fine
    assert float(metrics["loss"]) < 0.2 * first["loss"]  # which is small: the baseline leaves a hundredth
    return found


@pytest.fixture(scope="module")
def known():
    return MODEL.exact_values()


def at(known):
    return (
        tf.constant(known.state, tf.float32),
        tf.constant(known.binary, tf.float32),
        tf.constant(known.regime, tf.int32),
    )


def test_values_and_decisions_are_near_the_exact_ones(solver, known):
    residual, found = solver.residual(*at(known))
    option = known.value - MODEL.frozen_value(tf.constant(known.state), tf.constant(known.binary)).numpy()
    error = found.value.numpy() - known.value
    assert np.sqrt(np.mean(error**2)) < 0.01 * np.abs(option).mean()
    moved = MODEL.movable[known.regime]
    now = tf.gather(tf.constant(known.binary, tf.float32), found.which, batch_dims=1).numpy()
    gains = (1 - 2 * now) * found.gains.own.numpy()
    assert (np.sign(gains) == np.sign(known.worth))[moved].mean() > 0.98
    assert np.abs(residual).mean() < 0.1 * MODEL.discount_rate * MODEL.value_scale


def test_xla_takes_the_steps(solver):
    assert "while" in lowered_to_xla(solver)


def test_states_are_own_paths_and_pairs_one_flip_that_can_happen_apart(solver):
    state, binary, regime, flipped = solver._states()
    assert state.shape == (64, 2)
    (one, two), (first, second) = (tf.split(part[32:], 2) for part in (binary, regime))
    changed = np.abs(one - two)
    np.testing.assert_array_equal(changed.sum(1), 1)
    np.testing.assert_array_equal(changed.argmax(1), flipped)
    assert set(changed.argmax(1)) == set(np.flatnonzero(MODEL.movable.ravel()))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(binary.numpy()[:, [0, 3]], 1)  # links to oneself stay
    assert set(regime.numpy()) == {0, 1}
    hub = build(star_network(3, risk_aversion=2.0))
    _, binary, _, _ = hub._states()
    assert set(np.abs(binary[32:48] - binary[48:]).argmax(1)) == {1, 2, 3}  # no other link of a star can move


def test_own_paths_flip_open_links_alone_and_losses_never_stop(solver):
    model = dataclasses.replace(MODEL, link_cost=(1e3,), destruction_rate=2.0)
    own = build(model, reset_probability=0.0, span=1.0)
    links, move = [own.panel.numpy()[:, 2:6]], tf.function(lambda: own.advance(own.loss()[1]), autograph=False)
    for _ in range(5):
        move()
        own.step.assign_add(1)
        links.append(own.panel.numpy()[:, 2:6])
    assert (np.diff(links, axis=0) <= 0).all()  # nothing is worth its cost, so that links are lost, never found
    assert links[-1][:, [1, 2]].sum() < links[0][:, [1, 2]].sum()
    assert (links[-1][:, [0, 3]] == 1).all()


def test_the_export_gives_what_the_solver_says(solver, known, tmp_path):
    saved_model.export(solver.solution(), tmp_path / "network")
    loaded = saved_model.load(tmp_path / "network")
    assert loaded.model == MODEL
    state, binary, regime = at(known)
    _, found = solver.residual(state, binary, regime)
    policy = loaded.signatures["policy"](links=binary, productivity=state, sector=regime)
    np.testing.assert_allclose(policy["value"], found.value, rtol=1e-5)
    now = tf.gather(binary, found.which, batch_dims=1)
    np.testing.assert_allclose(policy["link_gain"], (1 - 2 * now) * found.gains.own, atol=1e-4)
    np.testing.assert_allclose(policy["rate"], found.rate, rtol=1e-6)
    assert not (policy["link"].numpy() & (now.numpy() > 0.5)).any()
    table = loaded.signatures["gains"](links=binary, productivity=state)
    assert table["link_gain"].shape == (len(state), 2, 2)
    picked = tf.gather(table["link_gain"], regime, batch_dims=1)
    np.testing.assert_allclose(picked, policy["link_gain"], atol=1e-4)
    np.testing.assert_allclose(tf.gather(table["value"], regime, batch_dims=1), policy["value"], rtol=1e-5)


def test_what_it_cannot_do_is_refused(solver):
    with pytest.raises(CalibrationError, match=r"flip_draws is 3 where flips take turns; expected 0"):
        build(flip_draws=3)

    class Own(ProductionNetwork):
        idiosyncratic_loadings = property(lambda self: np.full(self.num_sectors, 0.1))

    with pytest.raises(CalibrationError, match=r"shocks of each state's own; expected common shocks alone"):
        SwitchingJumpDiffusionSolver(Own(num_sectors=2), solver.network)
