"""Devices and processes that share the batches of a solve: of this machine, and those of TF_CONFIG or Slurm."""

from __future__ import annotations

import os

import tensorflow as tf

from hetkeras.errors import CalibrationError, first_line
from hetkeras.training.replicas import Replicas

_joined: list[tf.distribute.MultiWorkerMirroredStrategy] = []  # one a process, for it must be the first of TensorFlow


def join(workers: int) -> None:
    """Meets the other processes. Nothing of TensorFlow may have run before; a second call does nothing.

    Args:
      workers: processes in all; nothing is done for 1.

    Raises:
      CalibrationError: if no cluster is told of, it has another size, or TensorFlow has begun.
    """
    if workers == 1 or _joined:
        return
    try:
        resolver = _resolver()
        jobs = resolver.cluster_spec().as_dict()
    except (ValueError, AttributeError, KeyError, OSError, RuntimeError) as error:
        raise CalibrationError(
            f"workers is {workers} and the cluster cannot be read ({first_line(error)}); expected TF_CONFIG as "
            "TensorFlow describes it, or a start by srun with scontrol at hand"
        ) from error
    if [*jobs] != ["worker"] or len(jobs["worker"]) != workers:
        told = ", ".join(f"{len(places)} of job '{job}'" for job, places in jobs.items()) or "no processes"
        raise CalibrationError(
            f"workers is {workers} and the cluster has {told}; expected {workers} of job "
            "'worker', the first of which leads"
        )
    try:
        _joined.append(tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver))
    except RuntimeError as error:
        raise CalibrationError(
            f"workers is {workers} and processes cannot meet any more ({first_line(error)}); use the command "
            "`hetkeras solve`, or call hetkeras.solve before anything runs in TensorFlow"
        ) from error


def make_replicas(devices: int, workers: int, parts: int) -> Replicas | None:
    """The replicas that these options ask for; None for one.

    Args:
      devices: of each process.
      workers: processes in all.
      parts: of each batch.

    Raises:
      CalibrationError: if there are fewer devices, parts do not fit them, or see `join`.
    """
    in_all = devices * workers
    if parts % in_all:
        raise CalibrationError(
            f"parts is {parts} for {devices} devices of {workers} workers; expected a multiple of {in_all}"
        )
    join(workers)
    if parts == 1:
        return None
    names = [device.name for device in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")]
    if workers > 1:
        (strategy,) = _joined
        names = strategy.extended.worker_devices
        if len(names) != devices:
            raise CalibrationError(
                f"devices is {devices} and this worker has {len(names)}; expected --devices={len(names)}, or other "
                "devices in CUDA_VISIBLE_DEVICES"
            )
        return Replicas(parts, strategy, strategy.cluster_resolver.task_id)
    if len(names) < devices:
        raise CalibrationError(
            f"devices is {devices} and TensorFlow sees {len(names)} ({', '.join(names)}); expected at most that many. "
            "A CPU is one device, whose cores share the work already"
        )
    return Replicas(parts, tf.distribute.MirroredStrategy(names[:devices]) if devices > 1 else None)


def _resolver() -> tf.distribute.cluster_resolver.ClusterResolver:
    if "TF_CONFIG" in os.environ:
        return tf.distribute.cluster_resolver.TFConfigClusterResolver()
    if "SLURM_PROCID" in os.environ:
        return tf.distribute.cluster_resolver.SlurmClusterResolver()
    raise ValueError("neither TF_CONFIG nor Slurm's variables are set")
