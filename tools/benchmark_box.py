"""One solve for a box of calibrations: its error at hidden calibrations, and its time beside an ordinary solve.

The industry of 128 firms over discount factor, adjustment cost and depreciation. Errors are distances to the closed
form (nu = 1) or to the collocation (nu = 1.5, where it can be had) along paths of each calibration's own, relative to
the action, mean over states. Seconds are processor time of training after compilation.

Example:
  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 python -m tools.benchmark_box
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

from hetkeras.box import at
from hetkeras.command_line.program import run_app
from hetkeras.contracts.symmetric_economy import Policy
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.euler_residual.diagnosis import policy_error
from hetkeras.methods.euler_residual.options import EulerOptions, make_solver
from hetkeras.methods.euler_residual.over_box.solver import EulerResidualOverBox
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.models.investment import Investment
from hetkeras.training.gradient_solver import GradientSolver

FLAGS = flags.FLAGS
flags.DEFINE_string("csv", "docs/measured/benchmark_box.csv", "Where the table goes.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of the solves.")
flags.DEFINE_integer("calibrations", 200, "Hidden calibrations.", lower_bound=1)

RANGES = ("discount_factor=0.93:0.97", "adjustment_cost=45:180", "depreciation=0.03:0.08")
HIDDEN = 31_337  # seed of the calibrations, which training does not know
PERIODS = 64
HEADER = ("nu", "seed", "calibrations", "error_mean", "error_worst", "seconds", "seconds_of_one")


def main(argv: list[str]) -> None:
    del argv
    rows: list[tuple[Any, ...]] = []
    for curvature in (1.0, 1.5):
        for seed in map(int, FLAGS.seeds):
            rows.append((curvature, seed, *measure(Investment(demand_curvature=curvature), seed)))
            print(table(HEADER, rows[-1:]), flush=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(f"\n{table(HEADER, rows)}\n\nwritten: {FLAGS.csv}")


def measure(model: Investment, seed: int) -> tuple[int, float, float, float, float]:
    """Returns calibrations with a reference, mean and largest error over them, seconds over the box and of one."""
    one = trained(make_solver(model, options(seed, ())))
    solver = make_solver(model, options(seed, RANGES))
    assert isinstance(solver, EulerResidualOverBox)
    seconds = trained(solver)
    over = solver.model.over
    errors = [error_at(solver, at(model, over, theta), theta) for theta in over.spread(FLAGS.calibrations, HIDDEN)]
    known = np.array([error for error in errors if error is not None])
    return len(known), float(known.mean()), float(known.max()), seconds, one


def options(seed: int, over: tuple[str, ...]) -> EulerOptions:
    """Those of the quick preset."""
    keras.utils.set_random_seed(seed)
    return EulerOptions(seed=seed, over=over)


def trained(solver: GradientSolver) -> float:
    """Processor seconds of all steps after compilation."""
    solver.train(tf.constant(0))
    started = time.process_time()
    solver.train(tf.constant(solver.num_steps))
    return time.process_time() - started


def error_at(solver: EulerResidualOverBox, model: Investment, theta: np.ndarray) -> float | None:
    """Mean distance to the reference of one calibration, None where it has none."""
    policy = _policy_at(solver, theta)
    states = simulate(model, policy, HIDDEN, 1, PERIODS).numpy()
    return policy_error(model, policy, states)[0].get("policy_error_mean")


def _policy_at(solver: EulerResidualOverBox, theta: np.ndarray) -> Policy:
    def policy(agent: tf.Tensor, industry: tf.Tensor) -> tf.Tensor:
        row = tf.constant(theta, industry.dtype) * tf.ones_like(industry[..., 0, :1])
        return solver.policy(solver.model.joined(agent, row), solver.model.joined(industry, row))

    return policy


if __name__ == "__main__":
    run_app(main)
