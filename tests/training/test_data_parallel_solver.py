"""Replicas that share batches: the same gradient, the same bits wherever they are, and what a lost worker leaves."""

import itertools
import json
import socket

import numpy as np
import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.models.investment import Investment
from hetkeras.training.data_parallel_solver import DataParallelSolver, variables_of
from hetkeras.training.replicas import Replicas
from hetkeras.training.share import Share
from hetkeras.training.slopes import loss_slopes
from hetkeras.training.trainer import Trainer
from tests import forked
from tests.small_solves import make_solver, plain

WORKER = """
import json, os, signal, sys
import tensorflow as tf
task, folder, killed, devices = json.loads(sys.argv[1])
os.environ["TF_CONFIG"] = json.dumps(task or {})
if devices > 1:
    cores = [tf.config.LogicalDeviceConfiguration()] * devices
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], cores)
from hetkeras.training.cluster import make_replicas
replicas = make_replicas(devices, 2 if task else 1, 2)
import numpy as np
from pathlib import Path
from hetkeras.errors import WorkerLost
from hetkeras.training.trainer import Trainer
from tests.training.test_data_parallel_solver import joined, values
def die(progress):
    if progress.step == 20 and replicas.worker == killed:
        os.kill(os.getpid(), signal.SIGKILL)
solver = joined(replicas)
try:
    Trainer(solver, Path(folder) if replicas.leads else None, [die], 10, 0.0).run(40)
except WorkerLost as error:
    sys.exit(f"error: {error}")
np.save(f"{folder}/weights{replicas.worker}.npy", values(solver.first))
"""


def small_solver(seed=0):
    return plain(make_solver(Investment(num_firms=8), "moments", seed, width=8, num_steps=40, batch_size=8))


def joined(replicas):
    """One small solver for each replica here."""
    return DataParallelSolver([small_solver() for _ in replicas.devices], replicas)


def values(solver):
    return np.concatenate([variable.numpy().astype(float).ravel() for variable in variables_of(solver)])


@pytest.fixture(scope="module")
def start():
    """Returns two replicas as they are before the first step; traced once."""
    solver = joined(Replicas(2))
    before = [variable.numpy() for variable in variables_of(solver.first)]

    def begin():
        for variables in map(variables_of, solver.solvers):
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
        return solver

    return begin


@pytest.fixture(scope="module")
def whole(start, tmp_path_factory):
    """What 40 steps without a break end with."""
    solver = start()
    Trainer(solver, tmp_path_factory.mktemp("whole"), chunk_steps=10).run(40)
    return [values(each) for each in solver.solvers]


def started(folder, killed=None, devices=1, workers=2):
    """Processes that train together."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        ports = [free.getsockname()[1]]
    with socket.socket() as free:
        free.bind(("localhost", 0))
        ports.append(free.getsockname()[1])
    places = [f"localhost:{port}" for port in ports]
    tasks = [{"cluster": {"worker": places}, "task": {"type": "worker", "index": k}} for k in range(2)]
    told = [json.dumps([task, str(folder), killed, devices]) for task in (tasks if workers == 2 else [None])]
    return [forked.Forked(["-c", WORKER, each], ".") for each in told]


def test_parts_of_a_batch_have_the_gradient_of_the_whole():
    solver = small_solver()
    whole = loss_slopes(solver.weights, solver.loss)
    slopes = []
    for place in range(4):
        solver.divide(Share(place, 4))
        slopes.append(loss_slopes(solver.weights, solver.loss).part_of(solver.share))
    for number, gradient in enumerate(whole.gradients):
        total = sum(each.gradients[number].numpy() for each in slopes)
        np.testing.assert_allclose(total, gradient, atol=1e-5 * np.abs(gradient).max())
    np.testing.assert_array_equal(sum(each.rows.numpy() for each in slopes), whole.rows)
    assert np.ptp([each.metrics["loss"] for each in slopes]) > 0  # each part is another one


def test_replicas_stay_the_same_to_the_bit(whole, start):
    np.testing.assert_array_equal(*whole)
    assert not np.array_equal(whole[0], values(start().first))


def test_a_run_that_was_cut_ends_as_one_that_was_not(tmp_path, start, whole):
    solver = start()
    Trainer(solver, tmp_path, chunk_steps=10).run(20)
    for variable in itertools.chain(*map(variables_of, solver.solvers)):
        variable.assign(tf.ones_like(variable))  # everything must come from the checkpoint, in both
    Trainer(solver, tmp_path, chunk_steps=10).run(40)
    np.testing.assert_array_equal([values(each) for each in solver.solvers], whole)


def test_what_is_compiled_before_training_changes_nothing(start):
    solver = start()
    before = values(solver.first)
    solver.train(tf.constant(0))
    np.testing.assert_array_equal(values(solver.first), before)


def test_a_broken_part_stops_all_before_it_is_applied(start):
    solver = start()
    for each in solver.solvers:
        each.panel[7, 0, 0].assign(np.nan)  # in the second part
    before = [weight.numpy() for each in solver.solvers for weight in each.weights]
    finite, metrics = solver.train(tf.constant(5))
    assert not finite
    assert int(solver.step) == 0
    assert np.isnan(metrics["loss"])
    for left, right in zip(before, itertools.chain(*(each.weights for each in solver.solvers)), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_batch_that_parts_do_not_fit_is_refused():
    with pytest.raises(CalibrationError, match="batch_size is 8 and 3 replicas share it"):
        joined(Replicas(3))


def ended_alike(processes, folder, names, whole):
    for process in processes:
        _, said = process.communicate()
        assert process.returncode == 0, said
    for name in names:
        np.testing.assert_array_equal(np.load(folder / name), whole[0], name)


def test_two_devices_end_as_two_parts_on_one_do(tmp_path, whole):
    ended_alike(started(tmp_path, devices=2, workers=1), tmp_path, ["weights0.npy"], whole)


def test_two_workers_end_as_one_process_does_also_after_one_was_killed(tmp_path, whole):
    lost = started(tmp_path, killed=1)
    said = [process.communicate()[1] for process in lost]
    assert [process.returncode for process in lost] == [1, -9]
    (message,) = [line for line in said[0].splitlines() if line.startswith("error:")]
    assert "worker 0 of 2: another worker has ended" in message
    assert (tmp_path / "ckpt-20.index").exists()
    ended_alike(started(tmp_path), tmp_path, ["weights0.npy", "weights1.npy"], whole)
