"""Devices and processes: what cannot be had is refused before anything is built."""

import json

import pytest
import tensorflow as tf

from hetkeras.errors import CalibrationError
from hetkeras.training.cluster import join, make_replicas


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in ("TF_CONFIG", "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)


def clustered(monkeypatch, **jobs):
    told = {"cluster": jobs, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(told))


def test_one_device_is_no_cluster():
    assert make_replicas(1, 1, 1) is None
    assert make_replicas(1, 1, 4).devices == [""] * 4


def test_parts_must_fit_devices_and_workers():
    with pytest.raises(CalibrationError, match="parts is 6 for 2 devices of 2 workers; expected a multiple of 4"):
        make_replicas(2, 2, 6)


def test_more_devices_than_there_are():
    with pytest.raises(CalibrationError, match=r"devices is 2 and TensorFlow sees 1 \(.*CPU:0\); expected at most"):
        make_replicas(2, 1, 2)


def test_workers_without_a_cluster():
    with pytest.raises(CalibrationError, match="neither TF_CONFIG nor Slurm's variables are set"):
        join(2)


def test_a_garbled_cluster(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{")
    with pytest.raises(CalibrationError, match="workers is 2 and the cluster cannot be read"):
        join(2)


def test_slurm_without_its_programs(monkeypatch):
    monkeypatch.setenv("PATH", "")
    for name, value in {"PROCID": "0", "STEP_NUM_TASKS": "2", "STEP_NODELIST": "n[1-2]"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    with pytest.raises(CalibrationError, match=r"workers is 2 and the cluster cannot be read .*scontrol at hand"):
        join(2)


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        ({"worker": ["a:1"]}, "1 of job 'worker'"),
        ({"chief": ["a:1"], "worker": ["b:1"]}, "1 of job 'chief', 1 of job 'worker'"),
    ],
)
def test_a_cluster_of_another_size(monkeypatch, jobs, told):
    clustered(monkeypatch, **jobs)
    with pytest.raises(CalibrationError, match=f"workers is 2 and the cluster has {told}; expected 2 of job"):
        join(2)


def test_tensorflow_that_has_begun(monkeypatch):
    tf.constant(0.0)
    clustered(monkeypatch, worker=["localhost:1", "localhost:2"])
    with pytest.raises(CalibrationError, match=r"processes cannot meet any more .*use the command `hetkeras solve`"):
        join(2)
