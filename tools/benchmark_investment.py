"""Time to a policy error of .1 % by architecture and number of firms: a table and a CSV.

Steps are timed after compilation; errors are measured on fresh equilibrium paths, outside the clock. The last
column is the time per step relative to the smallest N of the same architecture, in this run on this machine.

Example:
  python -m tools.benchmark_investment --firms=128,1000 --csv=runs/benchmark_investment.csv
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import tensorflow as tf

from hetkeras.command_line import option_flags
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.euler_residual.diagnosis import policy_error
from hetkeras.methods.euler_residual.options import EulerOptions, make_solver
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.models.investment import Investment
from hetkeras.provenance import configure_device

FLAGS = flags.FLAGS
option_flags.define(EulerOptions)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several.")
flags.DEFINE_list("firms", ["128", "1000", "10000"], "Numbers of firms.")
flags.DEFINE_list("networks", ["identity", "moments", "deep_sets"], "Architectures.")
flags.DEFINE_string("csv", "runs/benchmark_investment.csv", "Where the table goes.")

TARGET = 1e-3
CHUNK = 25
HEADER = ("network", "firms", "compile_s", "steps_to_0.1%", "seconds_to_0.1%", "ms_a_step", "final_error", "ratio")


def main(argv: list[str]) -> None:
    del argv
    configure_device(FLAGS.precision)
    rows: list[list[Any]] = []
    for network in FLAGS.networks:
        options = EulerOptions(**option_flags.read(EulerOptions.fields()) | {"network": network})
        for firms in map(int, FLAGS.firms):
            row = [network, firms, *measure(Investment(**Investment.parse(FLAGS.set), num_firms=firms), options)]
            smallest = next((earlier for earlier in rows if earlier[0] == network), row)
            rows.append([*row, row[5] / smallest[5]])
            print(table(HEADER, rows[-1:]), flush=True)
    print("\n" + table(HEADER, rows))
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(f"\nwritten: {FLAGS.csv}")


def measure(model: Investment, options: EulerOptions) -> tuple[float, int | None, float | None, float, float]:
    """Returns seconds to compile, steps and seconds to the target (None if never), ms a step, final error."""
    solver = make_solver(model, options)
    started = time.perf_counter()
    solver.train(tf.constant(0))
    compilation = time.perf_counter() - started
    seconds = 0.0
    reached: tuple[int, float] | None = None
    while int(solver.step) < solver.num_steps:
        started = time.perf_counter()
        solver.train(tf.constant(CHUNK))
        seconds += time.perf_counter() - started
        error = fresh_error(solver, model)
        if reached is None and error <= TARGET:
            reached = int(solver.step), seconds
    return compilation, *(reached or (None, None)), 1e3 * seconds / solver.num_steps, error


def fresh_error(solver: Any, model: Investment) -> float:
    """Mean relative policy error on a fresh equilibrium path."""
    states = simulate(model, solver.policy, 99, 2, 64).numpy()
    return float(policy_error(model, solver.policy, states[::4])[0]["policy_error_mean"])


if __name__ == "__main__":
    run_app(main)
