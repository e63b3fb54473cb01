"""Destinations that are all alike, away from the default calibration: errors against exact values, in level and shape.

The exact values are those of a grid of the number of destinations and of their common cost. The level is the mean
error, the shape what is left without it; both over the root mean square of the value.

Example:
  python -m tools.exchangeable_cases --csv=docs/measured/exchangeable.csv
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import flags

from hetkeras.command_line.program import run_app
from hetkeras.contracts.known_values import ExactValues
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.jump_diffusion.options import JumpOptions, make_solver
from hetkeras.models.export_entry.model import ExportEntry

CASES: dict[str, ExportEntry] = {
    "J = 10, firms that enter late": ExportEntry(
        num_destinations=10,
        complementarity=(0.03,),
        discount_rate=0.06,
        reversion=0.4,
        opportunity_rate=0.3,
        loss_rate=0.15,
        revenue=(0.9,),
        mean_cost=(0.85,),
        cost_loadings=(0.12, 0.12),
        entry_cost=(0.7,),
    ),
    "J = 25, as named": ExportEntry(
        num_destinations=25,
        complementarity=(0.006,),
        discount_rate=0.04,
        reversion=0.25,
        opportunity_rate=0.6,
        loss_rate=0.08,
        revenue=(0.98,),
        mean_cost=(0.82,),
        cost_loadings=(0.10, 0.14),
        entry_cost=(1.0,),
    ),
    "J = 100, patient and volatile": ExportEntry(
        num_destinations=100,
        complementarity=(0.0012,),
        discount_rate=0.03,
        reversion=0.2,
        opportunity_rate=0.4,
        loss_rate=0.12,
        revenue=(1.05,),
        mean_cost=(0.9,),
        cost_loadings=(0.16, 0.12),
        entry_cost=(0.9,),
    ),
}
TRAININGS: dict[str, tuple[str, ...]] = {
    "default": (),
    "800 steps of 256 states": ("num_steps=800", "batch_size=256"),
}
HEADER = ("case", "destinations", "seed", "training", "error_rms", "error_max", "level", "shape_rms", "seconds")
FLAGS = flags.FLAGS


def errors(value: np.ndarray, known: ExactValues) -> tuple[float, float, float, float]:
    """Root mean square, largest, mean and what is left without it, over the root mean square of the exact value."""
    gap = (value - known.value) / np.sqrt(np.mean(np.square(known.value)))
    shape = np.sqrt(np.mean(np.square(gap - gap.mean())))
    rms = np.sqrt(np.mean(np.square(gap)))
    return float(rms), float(np.abs(gap).max()), float(gap.mean()), float(shape)


def solved(model: ExportEntry, chosen: tuple[str, ...], seed: int) -> tuple[np.ndarray, ExactValues]:
    """The value at states at which it is known, and these."""
    keras.utils.set_random_seed(seed)
    solver = make_solver(model, JumpOptions(solver=chosen, seed=seed))
    known = model.exact_values()
    assert known is not None  # all alike
    fine, _ = solver.train(tf.constant(solver.num_steps))
    assert bool(fine)  # no step was broken
    states = dict(zip(model.state_names, model.split_states(known.state), strict=True))
    rows = {name: tf.constant(part, tf.float32) for name, part in {**states, "active": known.binary}.items()}
    return solver.solution().signatures["policy"].function(**rows)["value"].numpy(), known


def main(argv: list[str]) -> None:
    del argv
    rows = []
    for case in FLAGS.cases or CASES:
        for training, seed in itertools.product(TRAININGS, range(FLAGS.seeds)):
            start = time.process_time()
            value, known = solved(CASES[case], TRAININGS[training], seed)
            seconds = time.process_time() - start
            rows.append((case, CASES[case].num_destinations, seed, training, *errors(value, known), seconds))
            print(table(HEADER, rows[-1:]), flush=True)
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(f"written: {FLAGS.csv}")


if __name__ == "__main__":
    flags.DEFINE_multi_enum("cases", None, [*CASES], "Which of them; default all.")
    flags.DEFINE_integer("seeds", 1, "Seeds of each case.", 1)
    flags.DEFINE_string("csv", "runs/exchangeable.csv", "Where the table goes.")
    run_app(main)
