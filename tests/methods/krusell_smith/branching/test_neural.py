"""The neural method with branches on a tiny scale: states it trains on, rounds, resuming to the bit, the export.

Steps are graphs without XLA; that XLA takes them is seen without compiling them.
"""

import dataclasses
import shutil
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError
from hetkeras.methods.krusell_smith.branching.loaded import LoadedBranchPolicy
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching
from hetkeras.methods.krusell_smith.branching.neural_settings import NeuralBranchingSettings
from hetkeras.methods.krusell_smith.branching.samples import BranchSample
from hetkeras.training.share import Share
from hetkeras.training.trainer import Trainer
from tests.small_branches import MODEL as NARROW
from tests.small_branches import PATH, STATES, first_rules
from tests.small_solves import become, everything, lowered_to_xla, plain

MODEL = dataclasses.replace(NARROW, smallest_mean_capital=0.2, greatest_mean_capital=4.0)  # for it learns little here
SETTINGS = NeuralBranchingSettings(
    first_steps=120,
    round_steps=240,
    max_rounds=2,
    first_rate=4e-3,
    warmup_steps=20,
    batch_size=64,
    short_periods=60,
    near=1e3,
)
CHUNK = 40
KEPT = 280  # in the middle of the second round
BURN_IN = 20


def make_solver(settings=SETTINGS, fixed=False):
    keras.utils.set_random_seed(0)
    networks = BranchNetworks(MODEL, first_rules(), (16, 16), (12,), settings.price_noise)
    return NeuralBranching(networks, settings, PATH, BURN_IN, 0, fixed)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A solver, all of it at first and after a run that nothing interrupts, what was said, and a checkpoint on the way.

    The checkpoint is from the middle of the second round. Tests that change the solver put it back.
    """
    directory = tmp_path_factory.mktemp("whole")
    solver, told = plain(make_solver()), []
    first = everything(solver)

    def keep(progress):
        told.append(progress)
        if progress.step == KEPT + CHUNK:  # the checkpoint of this chunk is yet to come
            shutil.copytree(directory / "checkpoints", directory / "kept")

    Trainer(solver, directory / "checkpoints", [keep], CHUNK, checkpoint_seconds=0.0).run(SETTINGS.num_steps)
    return SimpleNamespace(solver=solver, first=first, last=everything(solver), told=told, kept=directory / "kept")


def test_losses_fall_and_every_round_is_simulated(whole):
    first, last = whole.told[0].metrics, whole.told[5].metrics
    for name in ("loss", "bellman_gap", "slope_gap", "cross_entropy"):
        assert last[name] < 0.95 * first[name], name
    assert last["branch_agreement"] > first["branch_agreement"]
    rounds = [(told.step, told.metrics["economics/round"]) for told in whole.told if "economics/round" in told.metrics]
    assert rounds == [(240, 1.0), (360, 2.0)]  # rules are far at first: a round as later ones, then that of first_steps
    assert len(whole.solver.round.series["price"]) == len(PATH)  # after a short round, all periods
    assert (whole.solver.round.series["cleared"] == 1).all()


def test_a_checkpoint_resumes_to_the_bit(whole):
    """In a solver that is as it was at first."""
    solver = become(whole.solver, whole.first)
    trainer = Trainer(solver, whole.kept, [], CHUNK)
    assert trainer.restore() == KEPT
    trainer.run(SETTINGS.num_steps)
    for mine, other in zip(everything(solver), whole.last, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_xla_takes_the_steps(whole):
    assert "while" in lowered_to_xla(whole.solver)


def test_the_value_takes_several_steps_where_choices_take_one_each_on_states_of_its_own(whole):
    iterations = [int(optimizer.iterations) for optimizer in whole.solver._optimizers]
    assert iterations == [SETTINGS.value_steps * SETTINGS.num_steps, SETTINGS.num_steps]
    solver = make_solver()
    first = solver._sample()
    solver._optimizers[0].iterations.assign_add(1)
    for earlier, later in zip(first, solver._sample(), strict=True):
        assert not np.array_equal(earlier, later)


@pytest.mark.parametrize("explored", [0.0, 1.0])
def test_training_goes_over_the_domain_and_where_the_simulation_went(whole, explored):
    settings = NeuralBranchingSettings(batch_size=4000, explored=explored)
    solver = make_solver(settings)
    mass = np.zeros((MODEL.num_capital, MODEL.num_labor))
    mass[5, 3] = mass[8, 7] = 0.5
    series = {"mean_capital": np.full((len(PATH), 1), 1.7)}
    solver._record_simulation(SimpleNamespace(series=series, usual=np.broadcast_to(mass / 3, (1, 3, *mass.shape))))
    aggregate, mean_capital, capital, labor, noise = (part.numpy() for part in solver._sample())
    assert set(aggregate) == set(range(STATES))
    half = len(noise) // 2
    assert not noise[:half].any()
    assert 0.06 < np.abs(noise[half:]).max() <= settings.price_noise
    if explored:
        ends = (MODEL.mean_capital_bounds, MODEL.capital_nodes[[0, -1]], MODEL.labor_nodes[[0, -1]])
        for values, (low, high) in zip((mean_capital, capital, labor), ends, strict=True):
            assert low * (1 - 1e-5) <= values.min() < low * 1.05
            assert high * 0.95 < values.max() <= high * (1 + 1e-5)
    else:
        assert np.abs(np.log(mean_capital / 1.7)).max() <= 0.01001
        places = np.searchsorted(np.linspace(*np.log(MODEL.capital_nodes[[0, -1]]), 15), np.log(capital)) - 1
        shares = np.bincount(places, minlength=14) / len(places)
        np.testing.assert_allclose(shares[[5, 8]], 0.5, atol=0.03)


def test_the_export_chooses_as_the_networks(whole, tmp_path):
    solver = whole.solver
    saved_model.export(solver.solution(), tmp_path / "model")
    loaded = saved_model.load(tmp_path / "model")
    training = loaded.metadata["training"]
    assert (training["method"], training["rounds"], training["batch_size"]) == ("neural", 2, 64)
    policy, economy = (
        LoadedBranchPolicy(loaded.model, loaded.signatures),
        (tf.constant([4]), tf.constant([1.5], tf.float64)),
    )
    price = solver.networks.forecast(*economy)[1]
    here = tf.constant(np.random.default_rng(0).uniform(size=policy.histogram.shape) < 0.5, tf.float64)
    found = policy.choose(policy.outlook(*economy, here), price)
    expected = solver.networks.choose(solver.networks.outlook(*economy, here), price)
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6)
    np.testing.assert_allclose(policy.values(*economy), solver.networks.values(*economy), rtol=1e-6)
    np.testing.assert_allclose(policy.continuation(*economy), solver.networks.continuation(*economy), rtol=1e-6)
    networks = solver.networks
    kept = len(networks.weights) + len(networks.rules.variables) - len(networks.value.slow.trainable_variables)
    assert len(tf.saved_model.load(str(tmp_path / "model")).weights) == kept


def test_a_step_that_is_not_finite_is_not_taken_and_said_where(whole):
    solver = become(whole.solver, whole.first)
    solver.networks.value.level.assign(np.nan)
    before = [weight.numpy() for weight in solver.networks.weights[:-1]]
    finite, _ = solver.train(tf.constant(3))
    assert not finite
    assert int(solver.step) == 0
    for old, new in zip(before, solver.networks.weights[:-1], strict=True):
        np.testing.assert_array_equal(old, new)
    assert "round 1, aggregate from 0 to" in solver.broken_state()
    assert "lagged labor from" in solver.broken_state()
    become(solver, whole.last)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("batch_size", 1, "from 2 to 1000000"),
        ("short_periods", 0, "from 1 to 100000"),
        ("near", 1e-5, "no less than tolerance 0.002"),
        ("price_noise", 0.3, "strictly between 0 and 0.2"),
        ("first_steps", 0, "from 1 to 10000000"),
        ("value_steps", 0, "from 1 to 1000"),
        ("explored", 1.5, "from 0 to 1"),
    ],
)
def test_settings_out_of_range_are_refused(field, value, expected):
    with pytest.raises(CalibrationError, match=f"{field} is {value}; expected {expected}"):
        NeuralBranchingSettings(**{field: value})


# --- shared batches ------------------------------------------------------------------------------------------
def test_each_half_of_a_sample_is_cut():
    """In the first half prices are the expected ones, and values train; it must stay half of each part."""
    sample = BranchSample(*(tf.range(8) + 10 * place for place in range(5)))
    one, two = (NeuralBranching._own(SimpleNamespace(share=Share(place, 2)), sample) for place in range(2))
    np.testing.assert_array_equal(one.aggregate, [0, 1, 4, 5])
    np.testing.assert_array_equal(two.noise, [42, 43, 46, 47])


def test_halves_that_cannot_be_cut_evenly_are_refused():
    solver = SimpleNamespace(chosen=SimpleNamespace(batch_size=6))
    with pytest.raises(CalibrationError, match="batch_size is 6 and 2 replicas share it; expected a multiple of 4"):
        NeuralBranching.divide(solver, Share(0, 2))
