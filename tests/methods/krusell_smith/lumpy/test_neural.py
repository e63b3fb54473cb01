"""The neural method on a tiny scale: rounds, checkpoints to the bit, NaNs, settings, and the reloaded export.

Steps are graphs without XLA; that XLA takes them is seen without compiling them.
"""

import dataclasses
import math
import shutil
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import CalibrationError, TrainingDiverged
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.neural import NeuralLumpy
from hetkeras.methods.krusell_smith.lumpy.neural_settings import KrusellSmithSettings
from hetkeras.methods.krusell_smith.lumpy.tabulated_networks import TabulatedFirms
from hetkeras.training.trainer import Trainer
from tests.small_firms import MODEL, terry_rules
from tests.small_solves import become, everything, lowered_to_xla, plain

PATH = MODEL.aggregate_chain.paths(2, np.random.default_rng(0).uniform(size=120))
SETTINGS = KrusellSmithSettings(
    first_steps=120,
    round_steps=60,
    max_rounds=3,
    near=1e-8,
    reuse=2,
    policy_steps=3,
    tolerance=1e-9,
    first_rate=1.6e-2,
    round_rate=8e-3,
    warmup_steps=20,
    mean_capital_batch=8,
    capital_batch=8,
)
CHUNK = 15
KEPT = 150  # in the middle of the second round, the first that is not rough


class Nudged:
    """A start that moves all intercepts."""

    def give(self, rules):
        rules.coefficients.assign_add(tf.constant([0.01, 0.0], tf.float64) + tf.zeros_like(rules.coefficients))
        return 2.5


def make_solver(settings=SETTINGS, seed=0, fixed=False):
    keras.utils.set_random_seed(seed)
    firms = TabulatedFirms(MODEL, terry_rules("terry_2017_first_rules.csv"), (16, 16), settings.price_noise)
    return NeuralLumpy(firms, settings, PATH, 20, Histogram(*MODEL.capital_bounds, 30), seed, fixed, Nudged())


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


# --- rounds --------------------------------------------------------------------------------------------------
def test_losses_fall(whole):
    for name, share in (("loss", 0.1), ("gain_gap", 0.1), ("slope_gap", 0.1), ("bellman_gap", 0.3)):
        early, late = (np.mean([each.metrics[name] for each in part]) for part in (whole.told[:2], whole.told[-2:]))
        assert late < share * early, name


def test_a_run_begins_with_the_rules_of_its_start():
    solver = make_solver()
    before = solver.firms.rules.coefficients.numpy()
    assert solver.begin() == 2.5
    np.testing.assert_allclose(solver.firms.rules.coefficients - before, np.broadcast_to([0.01, 0], before.shape))


def test_xla_takes_the_steps(whole):
    assert "while" in lowered_to_xla(whole.solver)


def test_every_round_is_simulated_and_told(whole):
    rounds = {
        progress.step: progress.metrics["economics/round"] for progress in whole.told if len(progress.metrics) > 6
    }
    assert rounds == {60: 1, 180: 2, 240: 3}
    assert int(whole.solver.round.count) == 3
    assert int(whole.solver._start) == 240
    used = whole.solver._optimizers
    assert [int(each.iterations) for each in used] == [2 * 60 + 180, 3 * 240]  # targets serve again in the rough round
    assert whole.told[-1].last
    assert not any(progress.last for progress in whole.told[:-1])


def test_the_rules_move_to_what_happened(whole):
    before, after = terry_rules("terry_2017_first_rules.csv").coefficients, whole.solver.firms.rules.coefficients
    assert np.abs(after - before).max() > 1e-4
    series = whole.solver.round.series
    gaps = [np.abs(np.log(series["price"] / series["forecast_price"]))[20:].mean()]
    gaps.append(np.abs(np.log(series["mean_capital"][1:] / series["forecast_mean_capital_next"][:-1]))[20:].mean())
    assert max(gaps) < 0.01


def test_training_goes_where_the_simulation_went(whole):
    visited = whole.solver.round.series["mean_capital"][20:]
    np.testing.assert_allclose(whole.solver._simulated_capital, visited, rtol=1e-6)
    sample = whole.solver._sample()
    assert sample.mean_capital.shape == (8,)
    assert sample.capital.shape == (8, 8)
    assert sample.noise.shape == (8, 5)
    assert np.abs(sample.noise).max() <= SETTINGS.price_noise
    near = sample.mean_capital.numpy()[4:]
    assert (near >= visited.min() * 0.99).all()
    assert (near <= visited.max() * 1.011).all()


def test_firms_are_drawn_from_where_they_lived(whole):
    """All inhabited nodes and a margin beyond them, which is well within the bounds of the model."""
    paths = whole.solver.round.simulator.run(PATH[:, None])
    inhabited = whole.solver.round.simulator.histogram.nodes[paths.mass[0].sum(0) > 1e-4]
    low, high = whole.solver._inhabited_capital.numpy()
    assert MODEL.capital_bounds[0] < low <= inhabited[0] / 1.1
    assert inhabited[-1] * 1.1 <= high < MODEL.capital_bounds[1]


@pytest.mark.parametrize("explored", [0.0, 1.0])
def test_states_are_drawn_from_where_they_should_be(explored):
    settings = KrusellSmithSettings(explored=explored, mean_capital_batch=200, capital_batch=50)
    solver = make_solver(settings)
    solver._simulated_capital.assign(tf.fill(solver._simulated_capital.shape, 1.5))
    mean_capital, capital, _ = (tensor.numpy() for tensor in solver._sample())
    if explored:
        assert (mean_capital.min(), mean_capital.max()) == pytest.approx((1.25, 2.0), abs=0.02)
        assert (capital.min(), capital.max()) == pytest.approx((0.1, 8.0), rel=0.02)
    else:
        assert np.abs(np.log(mean_capital / 1.5)).max() <= 0.01001
        rest = MODEL.frictionless_steady_state(1.0)[0]
        assert (capital.min(), capital.max()) == pytest.approx((0.3 * rest, 3 * rest), rel=0.02)


def test_the_method_ends_at_the_tolerance():
    solver = make_solver()
    assert not solver.finished
    for distance, finished in ((1.01e-9, False), (1e-9, True), (math.nan, False), (0.0, True)):
        solver.round.distance.assign(distance)
        solver.round.whole.assign(True)
        solver._reused.assign(1)
        assert solver.finished == finished
    solver._reused.assign(2)  # nor does a round whose targets served twice
    assert not solver.finished
    solver._reused.assign(1)
    solver.round.whole.assign(False)  # a simulation of few periods settles nothing
    assert not solver.finished


def test_nothing_is_simulated_in_the_middle_of_a_round():
    solver = make_solver()
    for step in (0, SETTINGS.round_steps - 1):
        solver.step.assign(step)
        assert solver.refresh() == {}
    assert int(solver.round.count) == 0


def test_the_learning_rate_falls_to_nil_in_every_round():
    solver = make_solver(dataclasses.replace(SETTINGS, first_steps=800, round_steps=400))
    schedule = solver._optimizers[0]._learning_rate

    def rate(step):
        solver.step.assign(step)
        return float(schedule(tf.constant(0)))

    rates = [rate(step) for step in (0, 19, 200, 400)]
    assert rates[0] == pytest.approx(SETTINGS.first_rate / 20, rel=1e-5)
    assert rates[1] == pytest.approx(SETTINGS.first_rate, rel=0.01)
    assert rates[2] == pytest.approx(SETTINGS.first_rate / 2, rel=1e-5)
    assert rates[3] == pytest.approx(0, abs=1e-9)
    solver._start.assign(400)
    solver.round.count.assign(1)
    plans = [solver._next_round() for _ in range(2)]  # all steps of the first round that is not rough, then fewer
    assert plans == [(800, SETTINGS.first_rate, 1), (400, SETTINGS.round_rate, 1)]
    for variable, value in zip(solver._plan, plans[1], strict=True):
        variable.assign(value)
    rates = [rate(step) for step in (400, 600, 800)]
    assert rates == pytest.approx([SETTINGS.round_rate, SETTINGS.round_rate / 2, 0], abs=1e-9)


@pytest.mark.parametrize(("kind", "alike"), [("muon", True), ("adam", False)])
def test_muon_moves_a_kernel_alike_in_all_directions(kind, alike):
    solver = plain(make_solver(dataclasses.replace(SETTINGS, value_optimizer=kind, reuse=1)))
    kernel = solver.firms.value_weights[2]
    before = kernel.numpy()
    assert before.shape == (16, 16)
    solver.train(tf.constant(1))
    moved = np.linalg.svd(kernel.numpy() - before, compute_uv=False)
    assert (moved[8] > 0.5 * moved[0]) == alike


# --- interruption --------------------------------------------------------------------------------------------
def test_a_run_resumed_in_the_middle_of_a_round_ends_as_the_whole_one(whole):
    """In a solver that is as it was at first."""
    series = whole.solver.round.series
    solver = become(whole.solver, whole.first)
    trainer = Trainer(solver, whole.kept, chunk_steps=CHUNK)
    assert trainer.restore() == KEPT
    assert int(solver._start) == SETTINGS.round_steps
    trainer.run(SETTINGS.num_steps)
    for mine, other in zip(everything(solver), whole.last, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert solver.round.series is not series
    for name, values in series.items():
        np.testing.assert_array_equal(values, solver.round.series[name])


def test_a_nan_is_not_applied_and_is_named_with_its_term_and_state(whole, tmp_path):
    solver = become(whole.solver, whole.last)
    sound = [variable.numpy() for variable in solver.networks.weights]
    broken = sound[0].copy()
    broken[0, 0] = np.nan
    solver.firms.value_weights[0].assign(broken)
    with pytest.raises(TrainingDiverged) as caught:
        Trainer(solver, tmp_path / "none").run(SETTINGS.num_steps + 50)
    message = str(caught.value)
    assert "step 241: loss term 'gain_gap' is nan" in message
    assert "round 4, mean capital from" in message
    assert "capital from" in message.split("mean capital from")[1]
    assert "last good checkpoint: none yet" in message
    assert int(solver.step) == SETTINGS.num_steps
    for old, new in zip(sound[1:], solver.networks.weights[1:], strict=True):
        np.testing.assert_array_equal(old, new)
    become(solver, whole.last)


# --- settings ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("first_steps", 0),
        ("round_steps", 0),
        ("max_rounds", 0),
        ("value_steps", 0),
        ("policy_steps", 0),
        ("reuse", 0),
        ("rough_rounds", -1),
        ("short_periods", 0),
        ("near", 1e-4),
        ("value_optimizer", "sgd"),
        ("mean_capital_batch", 0),
        ("capital_batch", 0),
        ("tolerance", 0.0),
        ("first_rate", 0.0),
        ("round_rate", -1e-3),
        ("warmup_steps", 2000),
        ("warmup_steps", -1),
        ("price_noise", 0.0),
        ("price_noise", 0.2),
        ("explored", 1.1),
        ("explored", -0.1),
        ("explored", math.nan),
        ("first_steps", 1.5),
    ],
)
def test_settings_out_of_range_are_refused(setting, value):
    with pytest.raises(CalibrationError, match=f"{setting} is "):
        KrusellSmithSettings(**{setting: value})


def test_steps_are_those_of_all_rounds():
    assert SETTINGS.num_steps == 120 + 2 * 60
    assert make_solver().num_steps == 240


@pytest.mark.parametrize("seed", [-1, 2_000_001])
def test_seeds_out_of_range_are_refused(whole, seed):
    histogram = Histogram(*MODEL.capital_bounds, 30)
    with pytest.raises(CalibrationError, match="expected from 0 to 2000000"):
        NeuralLumpy(whole.solver.firms, SETTINGS, PATH, 20, histogram, seed)


# --- export --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def loaded(whole, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model"
    saved_model.export(whole.solver.solution(), path)
    return saved_model.load(path)


def states(batch):
    """Indices, K, prices near those expected [batch] and capital [batch, 3]."""
    draws = np.random.default_rng(batch)
    index = tf.constant(draws.integers(0, 5, batch), tf.int32)
    mean_capital = tf.constant(draws.uniform(1.3, 1.9, batch))
    price = terry_rules()(index, mean_capital)[1] * draws.uniform(0.99, 1.01, batch)
    return index, mean_capital, price, tf.constant(draws.uniform(0.3, 5, (batch, 3)))


@pytest.mark.parametrize("batch", [1, 2, 9])
def test_the_reloaded_policy_is_the_trained_one_for_any_batch(whole, loaded, batch):
    firms, policy = whole.solver.firms, LoadedFirmPolicy(loaded.model, loaded.signatures)
    assert loaded.model == MODEL
    index, mean_capital, price, capital = states(batch)
    for one, two in zip(firms.forecast(index, mean_capital), policy.forecast(index, mean_capital), strict=True):
        np.testing.assert_allclose(one, two, rtol=3e-7)
    outlooks = [each.outlook(index, mean_capital) for each in (firms, policy)]
    targets = [each.target(outlook, price) for each, outlook in zip((firms, policy), outlooks, strict=True)]
    np.testing.assert_allclose(*targets, rtol=1e-6)
    assert targets[1].dtype == tf.float64
    carried = [each.continuation(outlook, capital) for each, outlook in zip((firms, policy), outlooks, strict=True)]
    np.testing.assert_allclose(*carried, rtol=1e-6)
    assert carried[1].dtype == tf.float64
    np.testing.assert_allclose(
        policy.value(index, mean_capital, capital), firms.value(index, mean_capital, capital), rtol=1e-6
    )


@pytest.mark.parametrize("batch", [1, 7])
def test_the_signature_of_firms_agrees_with_those_of_economies(loaded, batch):
    policy = LoadedFirmPolicy(loaded.model, loaded.signatures)
    index, mean_capital, price, capital = states(batch)
    own = np.arange(batch) % 5
    levels = MODEL.aggregate_chain.values[index.numpy()], MODEL.idiosyncratic_chain.values[own]
    firm = {"idiosyncratic": levels[1], "capital": capital[:, 0], "aggregate": levels[0]}
    firm |= {"mean_capital": mean_capital, "price": price}
    rounded = {name: tf.cast(values, tf.float32) for name, values in firm.items()}
    found = loaded.signatures["policy"](**rounded)
    capital, mean_capital, price = (tf.cast(rounded[name], tf.float64) for name in ("capital", "mean_capital", "price"))
    outlook = policy.outlook(index, mean_capital)
    target = tf.gather(policy.target(outlook, price), own, axis=1, batch_dims=1)
    points = tf.stack([target, 0.931 * capital], 1)
    aimed, staying = tf.unstack(
        tf.gather(policy.continuation(outlook, points), own, axis=1, batch_dims=1) - price[:, None] * points, axis=1
    )
    share = np.clip((aimed - staying) / (2.4 * 0.0083), 0, 1)
    np.testing.assert_allclose(found["target_capital"], target, rtol=1e-6)
    np.testing.assert_allclose(found["adjustment_probability"], share, rtol=1e-3, atol=1e-4)
    labor = MODEL.labor(tf.constant(levels[1]), capital, tf.constant(levels[0]), price) + 0.0083 * share**2 / 2
    np.testing.assert_allclose(found["labor"], labor, rtol=1e-5)
    made = (labor - 0.0083 * share**2 / 2) * 2.4 / (0.64 * price)  # labor earns its share
    np.testing.assert_allclose(found["output"], made, rtol=1e-5)
    kept = found["adjustment_probability"] * found["target_capital"]
    kept += (1 - found["adjustment_probability"]) * np.float32(0.931 * capital)
    invested = kept - 0.931 * capital.numpy().astype(np.float32)
    np.testing.assert_allclose(found["investment"], invested, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found["consumption"], found["output"] - found["investment"], rtol=1e-5, atol=1e-6)


def test_the_metadata_have_the_chains_of_both_productivities(loaded):
    chains = loaded.metadata["chains"]
    for name in ("aggregate", "idiosyncratic"):
        chain = getattr(MODEL, f"{name}_chain")
        assert chains[name] == {"levels": chain.values.tolist(), "transition": chain.transition.tolist()}
    assert loaded.metadata["units"]["investment"].startswith("goods")


def test_productivities_count_as_the_nearest_node(loaded):
    signature = loaded.signatures["value"]
    rows = {"capital": [1.5] * 3, "aggregate": [1.0, 1.012, 0.988], "mean_capital": [1.5] * 3}
    rows["idiosyncratic"] = [0.9579394, 0.975, 0.94]
    found = signature(**{name: tf.constant(values, tf.float32) for name, values in rows.items()})["value"].numpy()
    np.testing.assert_allclose(found, found[0], rtol=1e-7)


def test_metadata_say_how_it_was_found_and_where_it_holds(loaded):
    training, bounds = loaded.metadata["training"], loaded.metadata["bounds"]
    assert training["method"] == "neural"
    assert training["parametrisation"] == "TabulatedFirms"
    assert (training["steps"], training["rounds"], training["histogram_nodes"]) == (240, 3, 30)
    assert training["first_steps"] == 120
    assert bounds["mean_capital"] == [1.25, 2.0]
    assert bounds["aggregate"] == pytest.approx([0.9467785, 1.0562133], abs=1e-7)
    assert loaded.metadata["units"]["price"] == "marginal utility of consumption"
