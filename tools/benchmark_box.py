"""One solve for a box of calibrations: its error at hidden calibrations, and its time beside an ordinary solve.

The industry of 128 firms over discount factor, adjustment cost and depreciation, and the growth model of the examples
over capital share and discount factor. Errors are distances to the closed form, or for nu = 1.5 to the collocation
where it can be had, along paths of each calibration of its own, relative to the action, mean over states. Seconds are
processor time of training after compilation.

Example:
  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 python -m tools.benchmark_box
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import numpy as np
import tensorflow as tf

from hetkeras.box import at
from hetkeras.command_line.program import run_app
from hetkeras.contracts.symmetric_economy import SymmetricEconomy
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.euler_residual.options import EulerOptions, make_solver
from hetkeras.methods.euler_residual.over_box.solver import EulerResidualOverBox
from hetkeras.methods.euler_residual.paths import simulate
from hetkeras.model_file import read_class
from hetkeras.models.investment import Investment
from hetkeras.training.gradient_solver import GradientSolver

FLAGS = flags.FLAGS
flags.DEFINE_string("csv", "docs/measured/benchmark_box.csv", "Where the table goes.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of the solves.")
flags.DEFINE_integer("calibrations", 200, "Hidden calibrations.", lower_bound=1)

INDUSTRY = ("discount_factor=0.93:0.97", "adjustment_cost=45:180", "depreciation=0.03:0.08")
GROWTH = ("capital_share=0.25:0.4", "discount_factor=0.9:0.97")
EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "growth.py"
HIDDEN = 31_337  # seed of the calibrations, which training does not know
PERIODS = 64
HEADER = ("model", "seed", "calibrations", "error_mean", "error_worst", "seconds", "seconds_of_one")


def main(argv: list[str]) -> None:
    del argv
    rows: list[tuple[Any, ...]] = []
    cases: dict[str, tuple[SymmetricEconomy, tuple[str, ...]]] = {
        "investment, nu = 1": (Investment(), INDUSTRY),
        "investment, nu = 1.5": (Investment(demand_curvature=1.5), INDUSTRY),
        "growth, an own model": (cast(SymmetricEconomy, read_class(str(EXAMPLE))()), GROWTH),
    }
    for name, (model, ranges) in cases.items():
        for seed in map(int, FLAGS.seeds):
            rows.append((name, seed, *measure(model, ranges, seed)))
            print(table(HEADER, rows[-1:]), flush=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(f"\n{table(HEADER, rows)}\n\nwritten: {FLAGS.csv}")


def measure(model: SymmetricEconomy, ranges: tuple[str, ...], seed: int) -> tuple[int, float, float, float, float]:
    """Returns calibrations with a reference, mean and largest error over them, seconds over the box and of one."""
    one = trained(make_solver(model, options(seed, ())))
    solver = make_solver(model, options(seed, ranges))
    assert isinstance(solver, EulerResidualOverBox)
    seconds = trained(solver)
    errors = errors_at(solver, model, solver.model.over.spread(FLAGS.calibrations, HIDDEN))
    return len(errors), float(errors.mean()), float(errors.max()), seconds, one


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


def errors_at(solver: EulerResidualOverBox, model: SymmetricEconomy, theta: np.ndarray) -> np.ndarray:
    """Mean distance to the reference at each of the calibrations [G, P] that have one."""
    economy, models = solver.model, [at(model, solver.model.over, values) for values in theta]
    starts = [each.initial_state(tf.constant([HIDDEN, g]), 1) for g, each in enumerate(models)]
    first = economy.joined(tf.concat(starts, 0), tf.constant(theta, tf.float32))
    states = simulate(economy, solver.policy, HIDDEN, len(models), PERIODS, first)
    actions = solver.policy(economy.deciding_agents(states), states).numpy().astype(float)  # [T, G, K]
    own = tf.cast(states[..., : len(model.state_names)], tf.float64)
    errors = []
    for g, each in enumerate(models):
        if (reference := each.reference()) is not None:
            target = reference(each.deciding_agents(own[:, g]), own[:, g]).numpy()
            errors.append(np.mean(np.abs(actions[:, g] / target - 1)))
    return np.array(errors)


if __name__ == "__main__":
    run_app(main)
