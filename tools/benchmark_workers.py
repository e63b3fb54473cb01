"""Processor time a step when one or two workers share the batches: a table and a CSV.

Every worker is a process with one thread. Steps are timed after compilation, by the processor seconds of the worker
that needs most: what a step takes where every worker has a core of its own, without the time that messages travel.

Example:
  python -m tools.benchmark_workers --works=khan_thomas --csv=runs/benchmark_workers.csv
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import tensorflow as tf

import hetkeras as hk
from hetkeras.calibration import Calibration
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.method import method_of
from hetkeras.training.cluster import make_replicas
from hetkeras.verbs.replicated import replicated

FLAGS = flags.FLAGS
flags.DEFINE_list("works", ["investment:128", "investment:1000", "khan_thomas", "bloom"], "MODEL or MODEL:FIRMS.")
flags.DEFINE_integer("steps", 100, "Steps that are timed.")
flags.DEFINE_integer("workers", 0, "Of a process that this program starts; 0 starts them.")
flags.DEFINE_string("csv", "runs/benchmark_workers.csv", "Where the table goes.")
HEADER = ("work", "workers", "compile_s", "ms_a_step", "gain")
COUNTS = (1, 2)


def main(argv: list[str]) -> None:
    del argv
    if FLAGS.workers:
        print(json.dumps(measured(FLAGS.works[0], FLAGS.workers)))
        return
    rows: list[tuple[str, int, float, float, float]] = []
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    for work in FLAGS.works:
        for workers in COUNTS:
            compiled, pace = slowest(work, workers)
            alone = pace if workers == 1 else rows[-1][3]
            rows.append((work, workers, compiled, pace, alone / pace))
            print(table(HEADER, rows[-1:]), flush=True)
            write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(f"\nwritten: {FLAGS.csv}")


def slowest(work: str, workers: int) -> tuple[float, float]:
    """The most that a worker needs to compile, in processor seconds, and for a step, in milliseconds."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(workers)]
    places = [f"localhost:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    command = [sys.executable, "-m", "tools.benchmark_workers", f"--works={work}", f"--steps={FLAGS.steps}"]
    command += [f"--workers={workers}"]
    started = []
    for place in range(workers):
        task = {"cluster": {"worker": places}, "task": {"type": "worker", "index": place}}
        told = {"TF_CONFIG": json.dumps(task)} if workers > 1 else {}
        alone = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **alone, **told}))
    said = [json.loads(process.communicate()[0].splitlines()[-1]) for process in started]
    return max(each[0] for each in said), max(each[1] for each in said)


def measured(work: str, workers: int) -> tuple[float, float]:
    """Processor seconds to compile and milliseconds a step, of this process."""
    replicas = make_replicas(1, workers, workers)
    model = make_model(work)
    method = method_of(model)
    options = method.options.from_dict({"start": "rest"} if hasattr(method.options, "start") else {})
    keras.utils.set_random_seed(options.seed)
    solver = method.solver(model, options)
    trained = solver if replicas is None else replicated(method, model, options, solver, replicas)
    seconds = [timed(partial(trained.train, tf.constant(count))) for count in (0, 1, FLAGS.steps)]
    return sum(seconds[:2]), 1e3 * seconds[2] / FLAGS.steps


def make_model(work: str) -> Calibration:
    """MODEL or MODEL:FIRMS of the shipped models."""
    name, _, firms = work.partition(":")
    kind = {"investment": hk.models.Investment, "khan_thomas": hk.models.KhanThomas, "bloom": hk.models.Bloom}[name]
    return kind(num_firms=int(firms)) if firms else kind()


def timed(work: Callable[[], object]) -> float:
    """Processor seconds."""
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    run_app(main)
