"""The outer loop: resume to the bit, guards, checkpoints that are damaged."""

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import RunDirectoryError, TrainingDiverged
from hetkeras.models.investment import Investment
from hetkeras.training.trainer import Trainer
from tests.small_solves import everything, make_solver, plain, restarting


def small_solver(seed=0, width=8):
    return plain(make_solver(Investment(num_firms=8), "moments", seed, width=width, num_steps=40, batch_size=8))


@pytest.fixture(scope="module")
def start():
    """Returns the solver of these tests as it is before the first step; traced once."""
    return restarting(small_solver())


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, start):
    solver = start()
    Trainer(solver, tmp_path / "whole", chunk_steps=10).run(40)
    whole = everything(solver)
    Trainer(start(), tmp_path / "parts", chunk_steps=10).run(20)
    resumed = small_solver()
    for variable in resumed.weights:  # everything must come from the checkpoint
        variable.assign(variable + 1.0)
    trainer = Trainer(resumed, tmp_path / "parts", chunk_steps=10)
    assert trainer.restore() == 20
    trainer.run(40)
    for left, right in zip(whole, everything(resumed), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_finished_run_is_not_trained_again(tmp_path, start):
    Trainer(start(), tmp_path).run(40)
    assert Trainer(start(), tmp_path).run(40) == {}


def test_what_comes_before_the_first_step_is_done_once_a_run(tmp_path, start, monkeypatch):
    solver, steps = start(), []
    monkeypatch.setattr(solver, "begin", lambda: steps.append(int(solver.step)) or 1000.0, raising=False)
    Trainer(solver, tmp_path, chunk_steps=10).run(20)
    trainer = Trainer(solver, tmp_path, chunk_steps=10)
    trainer.run(40)
    assert steps == [0]
    assert 1000 < trainer.seconds < 2000  # its seconds count, also in a run that resumes
    assert trainer.whole_seconds < 1000


def test_actions_hear_of_every_chunk(tmp_path, start):
    heard = []
    metrics = Trainer(start(), tmp_path, [heard.append], chunk_steps=15).run(40)
    assert [progress.step for progress in heard] == [15, 30, 40]
    assert heard[-1].metrics == metrics
    assert heard[0].num_steps == 40
    assert 0 < heard[0].seconds < heard[2].seconds


def test_divergence_names_step_term_and_state_and_keeps_the_checkpoint(tmp_path, start):
    def poison(progress):
        if progress.step == 20:
            solver.panel[3, 0, 0].assign(np.inf)

    solver = start()
    trainer = Trainer(solver, tmp_path, [poison], chunk_steps=10, checkpoint_seconds=0.0)
    with pytest.raises(TrainingDiverged, match="step 21: loss term 'marginal_cost'") as error:
        trainer.run(40)
    assert "state 3 of the batch" in str(error.value)
    assert "ckpt-20" in str(error.value)
    assert "Neither loss nor weights had grown much" in str(error.value)
    assert str(error.value).endswith("choose a calibration whose states stay in their domain")
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("ckpt-20")


def test_divergence_before_the_first_checkpoint_says_so(tmp_path, start):
    solver = start()
    solver.panel.assign(tf.fill(solver.panel.shape, np.nan))
    with pytest.raises(TrainingDiverged, match="last good checkpoint: none yet") as error:
        Trainer(solver, tmp_path).run(40)
    assert str(error.value).endswith("none was made yet: choose a calibration whose states stay in their domain")


def test_weights_that_leapt_tell_of_the_learning_rate(tmp_path, start):
    def leap(progress):
        if progress.step == 20:
            for weight in solver.weights:
                weight.assign(30 * weight)

    solver = start()
    with pytest.raises(
        TrainingDiverged, match=r"The weights had grown from .*: choose less than learning_rate=0\.001$"
    ):
        Trainer(solver, tmp_path, [leap], chunk_steps=10).run(40)


def test_the_advice_fits_the_loss_and_the_method(tmp_path, start, monkeypatch):
    trainer = Trainer(start(), tmp_path)
    trainer.run(0)
    assert trainer._advice(70, [1.0, 0.1, 0.5]).startswith(
        "The loss had grown from 1.0e-01 to 5.0e-01: choose less than"
    )
    monkeypatch.setattr(type(trainer.solver), "settings", lambda self: {"num_capital": 10})
    assert trainer._advice(70, [1.0]) == "Choose a calibration whose states stay in their domain"


@pytest.mark.parametrize("damage", ["truncate", "delete", "garbage"])
def test_a_damaged_checkpoint_is_refused(tmp_path, start, damage):
    Trainer(start(), tmp_path).run(40)
    data = tmp_path / "ckpt-40.data-00000-of-00001"
    if damage == "delete":
        data.unlink()
    else:
        data.write_bytes(data.read_bytes()[:100] if damage == "truncate" else b"x" * data.stat().st_size)
    with pytest.raises(RunDirectoryError, match="cannot be restored"):
        Trainer(start(), tmp_path).run(40)


def test_a_checkpoint_of_another_network_is_refused(tmp_path, start):
    Trainer(start(), tmp_path).run(40)
    with pytest.raises(RunDirectoryError, match="cannot be restored"):
        Trainer(small_solver(width=9), tmp_path).run(40)
