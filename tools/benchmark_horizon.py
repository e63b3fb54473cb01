"""Seconds and errors of the benchmark of values with a horizon (Han, Jentzen and E 2018), beside exact values.

Seconds are processor time of training after compilation; on one core they are seconds (`taskset -c 0`, with
TF_NUM_INTRAOP_THREADS=1). The value is that of the network at the initial state.

Example:
  python -m tools.benchmark_horizon --problems=lq_control:100,allen_cahn:100 --seeds=3 --csv=runs/benchmark_horizon.csv
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import numpy as np
import tensorflow as tf

from hetkeras.command_line import option_flags
from hetkeras.command_line.models import find
from hetkeras.command_line.program import run_app
from hetkeras.contracts.terminal_value_diffusion import TerminalValueDiffusion
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.backward_sde.options import BackwardOptions, make_solver
from hetkeras.methods.backward_sde.signatures import value_and_gradient
from hetkeras.provenance import configure_device

PROBLEMS = [*(f"lq_control:{d}" for d in (5, 10, 50, 100, 200, 500, 1000)), "allen_cahn:100", "default_risk:100"]
FLAGS = flags.FLAGS
option_flags.define(BackwardOptions, [name for name in BackwardOptions.fields() if name != "seed"])
flags.DEFINE_list("problems", PROBLEMS, "Models and numbers of states.")
flags.DEFINE_integer("seeds", 3, "Seeds of each, from 0.", 1)
flags.DEFINE_string("csv", "runs/benchmark_horizon.csv", "Where the table goes.")

HEADER = ("problem", "states", "seed", "compile_s", "seconds", "value", "exact", "error")


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    rows: list[list[Any]] = []
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    for problem in FLAGS.problems:
        name, _, states = problem.partition(":")
        for seed in range(FLAGS.seeds):
            model = find(name).build("quick", [f"dimension={states}"])
            assert isinstance(model, TerminalValueDiffusion)
            rows.append([name, int(states), seed, *measure(model, seed)])
            print(table(HEADER, rows[-1:]), flush=True)
            write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print("\n" + table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


def measure(model: TerminalValueDiffusion, seed: int) -> list[Any]:
    """Returns seconds to compile and to train, the value, the exact one and the relative error (None if not known)."""
    keras.utils.set_random_seed(seed)
    chosen = {name: getattr(FLAGS, name) for name in BackwardOptions.fields() if name != "seed"}
    solver = make_solver(model, BackwardOptions(**{**chosen, "solver": tuple(FLAGS.solver), "seed": seed}))
    started = time.process_time()
    solver.train(tf.constant(0))
    compiled = time.process_time()
    solver.train(tf.constant(solver.num_steps))
    seconds = time.process_time() - compiled
    start = np.asarray(model.initial_state)[None]
    value = float(value_and_gradient(model, solver.network, tf.zeros(1), tf.constant(start, tf.float32))[0][0])
    known = model.exact_value(np.zeros(1), start)
    exact = None if known is None else float(known[0])
    error = None if exact is None else abs(value / exact - 1)
    return [compiled - started, seconds, value, exact, error]


if __name__ == "__main__":
    run_app(main)
