"""How the jump-diffusion method grows with the number of destinations: time per step, and to an error of 1 %.

Destinations are alike, so that the exact value is known for any J; complementarity is .1 / J, which leaves the share of
profits that it makes about the same. The last column is the time per step over that of the smallest J, in this run.

Example:
  python -m tools.benchmark_export_entry --destinations=10,100 --csv=runs/benchmark_export_entry.csv
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import numpy as np
import tensorflow as tf

from hetkeras.command_line import option_flags
from hetkeras.command_line.program import run_app
from hetkeras.contracts.known_values import ExactValues
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.jump_diffusion.options import JumpOptions, make_solver
from hetkeras.methods.jump_diffusion.solver import JumpDiffusionSolver
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.provenance import configure_device

FLAGS = flags.FLAGS
option_flags.define(JumpOptions)
flags.DEFINE_list("destinations", ["10", "25", "50", "100", "200"], "Numbers of destinations.")
flags.DEFINE_string("csv", "runs/benchmark_export_entry.csv", "Where the table goes.")

TARGET, CHUNK = 0.01, 50
HEADER = ("destinations", "compile_s", "steps_to_1%", "seconds_to_1%", "ms_a_step", "final_error", "ratio")


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    rows: list[list[Any]] = []
    for count in map(int, FLAGS.destinations):
        row = [count, *measure(ExportEntry(num_destinations=count, complementarity=(0.1 / count,)))]
        rows.append([*row, row[4] / (rows or [row])[0][4]])
        print(table(HEADER, rows[-1:]), flush=True)
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print("\n" + table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


def measure(model: ExportEntry) -> list[Any]:
    """Returns seconds to compile, steps and seconds to the target (None if never), ms a step, final error."""
    keras.utils.set_random_seed(FLAGS.seed)
    solver, known = make_solver(model, JumpOptions(**option_flags.read(JumpOptions.fields()))), model.exact_values()
    started = time.perf_counter()
    solver.train(tf.constant(0))
    compilation, seconds = time.perf_counter() - started, 0.0
    reached: tuple[int, float] | None = None
    for done in range(CHUNK, solver.num_steps + 1, CHUNK):
        started = time.perf_counter()
        solver.train(tf.constant(CHUNK))
        seconds += time.perf_counter() - started
        error = math.nan if known is None else value_error(solver, known)
        if reached is None and error <= TARGET:
            reached = done, seconds
    return [compilation, *(reached or (None, None)), 1e3 * seconds / solver.num_steps, error]


def value_error(solver: JumpDiffusionSolver, known: ExactValues) -> float:
    """Root mean square error of the value over its root mean square."""
    state, binary = (tf.constant(part, tf.float32) for part in (known.state, known.binary))
    found = solver.model.baseline(state, binary).value + solver.extra(state, binary)
    return float(np.sqrt(np.mean(np.square(found - known.value)) / np.mean(np.square(known.value))))


if __name__ == "__main__":
    run_app(main)
