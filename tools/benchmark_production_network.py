"""How the method of production networks grows with the number of sectors: time per step, and memory.

Tables are synthetic; a step looks at all links of the active sector in every state of its batch. Of several rounds the
fastest counts, by the clock and by the time that processors worked; the ratio is the latter over that of the first
number of sectors, in this run. Memory is the most that the process has held so far.

Example:
  python -m tools.benchmark_production_network --sectors=5,37 --csv=runs/benchmark_production_network.csv
"""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import tensorflow as tf

from hetkeras.command_line import option_flags
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.jump_diffusion.switching.options import SwitchingOptions, make_solver
from hetkeras.models.production_network.input_output import synthetic_table
from hetkeras.models.production_network.planner import ProductionNetwork
from hetkeras.provenance import configure_device

FLAGS = flags.FLAGS
option_flags.define(SwitchingOptions)
flags.DEFINE_list("sectors", ["5", "10", "20", "37", "74"], "Numbers of sectors, the smallest first.")
flags.DEFINE_integer("timed_steps", 10, "Steps of a round, after compilation.", lower_bound=1)
flags.DEFINE_string("csv", "runs/benchmark_production_network.csv", "Where the table goes.")

HEADER = ("sectors", "binary_states", "compile_s", "ms_a_step", "processor_ms_a_step", "ratio", "memory_mib")
ROUNDS = 5


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    rows: list[list[Any]] = []
    for count in map(int, FLAGS.sectors):
        found = measure(ProductionNetwork(**synthetic_table(count)))
        first = rows[0][4] if rows else found[2]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append([count, count**2, *found, found[2] / first, memory])
        print(table(HEADER, rows[-1:]), flush=True)
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print("\n" + table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


def measure(model: ProductionNetwork) -> tuple[float, float, float]:
    """Returns seconds to compile, and milliseconds a step by the clock and of processors."""
    keras.utils.set_random_seed(FLAGS.seed)
    solver = make_solver(model, SwitchingOptions(**option_flags.read(SwitchingOptions.fields())))
    started = time.perf_counter()
    solver.train(tf.constant(0))
    compilation, paces = time.perf_counter() - started, []
    for _ in range(ROUNDS):
        clock, worked = time.perf_counter(), time.process_time()
        solver.train(tf.constant(FLAGS.timed_steps))
        spent = time.perf_counter() - clock, time.process_time() - worked
        paces.append([1e3 * seconds / FLAGS.timed_steps for seconds in spent])
    return compilation, *map(min, zip(*paces, strict=True))


if __name__ == "__main__":
    run_app(main)
