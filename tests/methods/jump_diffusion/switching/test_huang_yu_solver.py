"""The method as printed for links that take turns: what its losses are at the exact value, and what it refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError
from hetkeras.methods.jump_diffusion.paper_solver import PaperSettings
from hetkeras.methods.jump_diffusion.switching.huang_yu_solver import SwitchingHuangYuSolver
from hetkeras.methods.jump_diffusion.switching.loaded import LoadedTurnPolicy
from hetkeras.methods.jump_diffusion.switching.networks.dense_regime_value import DenseRegimeValue
from hetkeras.methods.jump_diffusion.switching.options import SwitchingOptions, make_solver
from hetkeras.references.production_network.network_planner import NetworkPlanner
from tests.small_networks import delegates, random_network
from tests.small_solves import plain

MODEL = random_network(2, 1, risk_aversion=2.0)


def make(model=MODEL, num_shocks=1, **settings):
    keras.utils.set_random_seed(0)
    network = DenseRegimeValue(model.num_regimes, hidden=(16, 16), num_shocks=num_shocks)
    chosen = PaperSettings(**{"num_steps": 20, "warmup_steps": 5, "batch_size": 16, **settings})
    return plain(SwitchingHuangYuSolver(model, network, chosen))


def parts(**settings):
    return {name: float(value) for name, value in make(**settings).loss()[0].metrics.items()}


def test_each_switch_moves_its_own_loss():
    printed, compensated, generator = parts(), parts(compensated=1), parts(normalised=0)
    assert compensated["analytic"] == printed["analytic"]
    assert compensated["probabilistic"] != printed["probabilistic"]
    assert generator["probabilistic"] == printed["probabilistic"]
    assert generator["analytic"] != printed["analytic"]


def test_jumps_of_chain_and_links_are_worth_their_rates_times_a_short_step():
    """Of values that are known: H of both comes from a grid, which knows nothing of networks."""
    step, known = 1e-3, MODEL.exact_values()
    grid = NetworkPlanner(MODEL, 101)
    factors = (known.state - MODEL.mean_state) @ np.linalg.pinv(MODEL.factor_loadings).T
    links = known.binary.reshape(-1, 2, 2).astype(int)

    def values(links):
        both = [grid.value(links, np.full(len(links), z), factors) for z in range(2)]
        return np.stack(both, -1)

    here, which = values(links), MODEL.available_flips[known.regime]
    after = np.zeros(which.shape)
    for s in range(which.shape[1]):
        turned = known.binary.copy()
        rows = np.arange(len(turned))
        turned[rows, which[:, s]] = 1 - turned[rows, which[:, s]]
        turned[:, [0, 3]] = 1
        after[:, s] = values(turned.reshape(-1, 2, 2).astype(int))[rows, known.regime]
    solver, scale = make(difference_step=step), MODEL.value_scale
    told = tuple(tf.constant(part / scale, tf.float32) for part in (here, after))
    solver.network.with_open_flips = lambda *_: told
    state, still = tf.constant(known.state, tf.float32), tf.constant(known.binary, tf.float32)
    found = solver.jumps(state, (still, tf.constant(known.regime, tf.int32)))
    own = here[np.arange(len(here)), known.regime]
    gains = after - own[:, None]
    on = np.take_along_axis(known.binary, which, 1) > 0.5
    movable = MODEL.movable.ravel()[which]
    cost = np.asarray(MODEL.link_cost).ravel()[0]
    arrival, loss = MODEL.arrival_rate, MODEL.destruction_rate
    worth = np.where(on, loss * gains, arrival * np.maximum(gains - cost, 0)) * movable
    chain = MODEL.switch_rate * (here.sum(1) - 2 * own)
    np.testing.assert_allclose(found.compensator, worth.sum(1) + chain, atol=1e-4)
    np.testing.assert_allclose(found.expected / step, found.compensator, rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(found.chances, step * (MODEL.switch_rate + loss), rtol=2e-3)  # the printed 2 (N - 1)


def test_a_few_steps_bring_the_loss_down_and_are_exported(tmp_path):
    solver = make(num_steps=300, learning_rate=3e-3)
    first = float(solver.loss()[0].loss)
    fine, metrics = solver.train(tf.constant(300))
    assert bool(fine)
    assert float(solver.loss()[0].loss) < 0.5 * first
    assert set(metrics) == {"loss", "analytic", "probabilistic"}
    saved_model.export(solver.solution(), tmp_path / "model")
    loaded = saved_model.load(tmp_path / "model")
    state, still = solver.start()
    found = LoadedTurnPolicy(loaded.model, loaded.signatures).value(state, *still)
    np.testing.assert_allclose(found, solver.value(state, still)[0], rtol=1e-5)  # no baseline beneath it


def test_networks_that_do_not_fit_are_refused():
    with pytest.raises(CalibrationError, match=r"0 outputs for sigma\^V and the model 1 shocks"):
        make(num_shocks=0)
    with pytest.raises(CalibrationError, match="network is 'links' with mode=paper; expected 'dense'"):
        make_solver(MODEL, SwitchingOptions(mode="paper", network="links"))
    with pytest.raises(CalibrationError, match="mode is 'paper' where 2 sectors decide themselves; expected 'hjb'"):
        make_solver(delegates(2), SwitchingOptions(mode="paper"))
