"""The neural method on a tiny scale: rounds, checkpoints to the bit, NaNs, settings, and the reloaded export.

Steps are graphs without XLA; that XLA takes them is seen without compiling them."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from hetkeras import saved_model
from hetkeras.errors import TrainingDiverged
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.training.data_parallel_solver import DataParallelSolver
from hetkeras.training.replicas import Replicas
from hetkeras.training.share import Share
from hetkeras.training.slopes import loss_slopes
from hetkeras.training.trainer import Trainer
from tests.methods.krusell_smith.lumpy.tiny_neural import PATH, SETTINGS, make_solver
from tests.small_firms import MODEL, terry_rules
from tests.small_solves import become, everything, lowered_to_xla, plain

CHUNK = 15
KEPT = 150  # in the middle of the second round, the first that is not rough


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


# --- shared batches ------------------------------------------------------------------------------------------
def test_parts_of_a_sample_have_the_gradients_of_the_whole(whole):
    solver = become(whole.solver, whole.first)
    networks, sample, shares = solver.networks, solver._sample(), (Share(), Share(0, 2), Share(1, 2))
    for weights, targets, fit in (
        (networks.value_weights, networks.value_targets, networks.value_fit),
        (networks.policy_weights, networks.policy_targets, networks.policy_fit),
    ):
        aims, slopes = targets(sample), []
        for share in shares:
            own, goals = share.of((sample, aims))
            for mine, part in zip(targets(own), goals, strict=True):
                np.testing.assert_allclose(mine, part, rtol=1e-4, atol=2e-3)
            found = loss_slopes(weights, lambda own=own, goals=goals, fit=fit: (fit(own, goals), ()))
            slopes.append(found.part_of(share).gradients)
        for gradient, one, two in zip(*slopes, strict=True):
            np.testing.assert_allclose(one + two, gradient, atol=1e-5 * np.abs(gradient).max())
    become(solver, whole.last)


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


@pytest.mark.long
def test_replicas_end_a_round_alike(whole, tmp_path):
    """The first one, which is rough: targets serve twice. It comes last, for it leaves another simulation behind."""
    solver = become(whole.solver, whole.first)
    other = plain(make_solver(seed=1))
    joint = DataParallelSolver([solver, other], Replicas(2))
    assert solver.plan == 2
    Trainer(joint, tmp_path, chunk_steps=30).run(60)
    assert [[int(each.iterations) for each in replica._optimizers] for replica in joint.solvers] == 2 * [[120, 180]]
    for mine, theirs in zip(everything(solver), everything(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert int(solver.round.count) == 1
    assert other.round.paths is None  # only the first one simulates
    assert [replica.plan for replica in joint.solvers] == [1, 1]
    solver.divide(Share())
    become(solver, whole.last)
