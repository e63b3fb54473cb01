"""Solves whose batches several devices or processes share."""

from __future__ import annotations

import sys
from typing import NoReturn

import keras
import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.errors import CalibrationError
from hetkeras.method import Method, Options
from hetkeras.training.data_parallel_solver import DataParallelSolver
from hetkeras.training.phases import phase
from hetkeras.training.replicas import Replicas
from hetkeras.training.solver import Solver
from hetkeras.training.trainer import Trainer


def replicated(
    method: Method, model: Calibration, options: Options, first: Solver, replicas: Replicas
) -> DataParallelSolver:
    """Builds the other replicas of a solver in this process, and lets it train with all.

    Raises:
      CalibrationError: if its method cannot share batches, or not so many ways.
    """
    if first.undivided:
        raise CalibrationError(
            f"{type(first).__name__} cannot share its batches: {first.undivided}; expected --devices=1, "
            "--workers=1 and no --parts"
        )
    solvers = [first]
    for device in replicas.devices[1:]:
        with tf.device(device):
            keras.utils.set_random_seed(options.seed)
            solvers.append(method.solver(model, options))
    return DataParallelSolver(solvers, replicas)


def assist(trained: DataParallelSolver, chunk_steps: int) -> NoReturn:
    """Trains with the process that leads, and ends this one, for only that one writes.

    Raises:
      SystemExit: with 0.
    """
    with phase("train, compilation in it", ticking=False):
        Trainer(trained, None, (), chunk_steps, phase=phase).run(trained.num_steps)
    told = f"worker {trained.replicas.worker} has done its part; worker 0 exports and measures"
    print(told, file=sys.stderr, flush=True)
    sys.exit(0)
