"""The classical and the neural Krusell-Smith method side by side: time, accuracy, growth with the histogram.

All are timed in one run on one machine, each on the same shocks; what is compiled is timed apart. Accuracy is the
mean absolute log distance of mean capital and price to a solution on refined grids.

Example:
  python -m tools.benchmark_khan_thomas --csv=runs/benchmark_khan_thomas.csv --refinements=1,5,20,80
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import tensorflow as tf

from hetkeras.command_line import option_flags
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, aggregate_path
from hetkeras.methods.krusell_smith.diagnosis import reference_gaps
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.measure import reference_economy
from hetkeras.methods.krusell_smith.lumpy.options import LumpyOptions, make_solver
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from hetkeras.models.khan_thomas import KhanThomas
from hetkeras.provenance import configure_device
from hetkeras.training.solver import Solver

FLAGS = flags.FLAGS
option_flags.define(LumpyOptions)
flags.DEFINE_multi_string("set", [], "field=value of the calibration; repeat for several.")
flags.DEFINE_list("refinements", ["1", "5", "20", "80"], "Multiples of the 50 nodes of the histogram.")
flags.DEFINE_list("only", [], "Names of methods below; default all.")
flags.DEFINE_string("csv", "runs/benchmark_khan_thomas.csv", "Where the table goes; growth goes beside it.")

METHODS: dict[str, dict[str, Any]] = {
    "grid direct": {"method": "grid"},
    "grid interpolated": {"method": "grid", "solver": ("interpolated=1",)},
    "grid refined": {"method": "grid", "solver": ("num_capital=60", "num_mean_capital=30")},
    "neural": {"method": "neural"},
    "neural from rest": {"method": "neural", "start": "rest"},
    "neural, no rough rounds": {
        "method": "neural",
        "start": "rest",
        "solver": ("rough_rounds=0", "first_steps=2000", "round_steps=800", "first_rate=2e-3", "policy_steps=1"),
    },
    "neural network rules": {"method": "neural", "rules": "network"},
}
CHUNK = 50
YARDSTICK = "neural"
HEADER = ("method", "compile_s", "solve_s", "whole_s", "rounds", "simulation_s", "gap_mean_capital", "gap_price")
RATIOS = ("method", "solve_s_over_neural", "gap_mean_capital_over_neural", "gap_price_over_neural")
GROWTH = ("method", "histogram_points", "simulation_s", "times_smallest")


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    model = KhanThomas(**KhanThomas.parse(FLAGS.set))
    path, nodes = aggregate_path(model, FLAGS.shocks), FLAGS.histogram_nodes
    reference = reference_economy(model, path, Histogram(*model.capital_bounds, nodes)).series
    rows, growth = [], []
    for name, chosen in METHODS.items():
        if FLAGS.only and name not in FLAGS.only:
            continue
        options = LumpyOptions(**option_flags.read(LumpyOptions.fields()) | chosen)
        solver, row = timed_solve(model, path, reference, options)
        rows.append([name, *row])
        growth += [[name, *line] for line in timed_growth(model, solver, path)]
        print(table(HEADER, rows[-1:]), flush=True)
    print("\n" + table(RATIOS, ratios(rows)))
    for header, lines, file in ((HEADER, rows, FLAGS.csv), (GROWTH, growth, FLAGS.csv.replace(".csv", "_growth.csv"))):
        print("\n" + table(header, lines))
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        write_columns(Path(file), dict(zip(header, zip(*lines, strict=True), strict=True)))
        print(f"written: {file}")


def timed_solve(
    model: KhanThomas, path: np.ndarray, reference: dict[str, np.ndarray], options: LumpyOptions
) -> tuple[Solver, list[Any]]:
    """Solves once; compilation is what the first calls take longer than the second ones."""
    keras.utils.set_random_seed(options.seed)
    started = time.perf_counter()
    solver = make_solver(model, path, options)
    first = solver.begin()
    solver.train(tf.constant(0))
    simulate(solver)
    warm = time.perf_counter()
    simulation = min(simulate(solver) for _ in range(3))
    between = time.perf_counter()
    while int(solver.step) < solver.num_steps and not solver.finished:
        solver.train(tf.constant(1 if options.method == "grid" else CHUNK))
        solver.refresh()
    ended = time.perf_counter()
    used = slice(BURN_IN, -1)
    found, exact = ({name: series[used] for name, series in s.items()} for s in (solver.round.series, reference))
    gaps = reference_gaps(found, exact)
    whole = ended - started - (between - warm)
    numbers = [warm - started - first, ended - between + first, whole, int(solver.round.count), simulation]
    return solver, [*numbers, gaps["reference_gap_mean_capital"], gaps["reference_gap_price"]]


def ratios(rows: list[list[Any]]) -> list[list[Any]]:
    """Time and gaps of each method over those of the networks as they are by default; none without these."""
    columns = [HEADER.index(name.removesuffix("_over_neural")) for name in RATIOS[1:]]
    yardstick = next((row for row in rows if row[0] == YARDSTICK), None)
    return [[row[0], *(row[c] / yardstick[c] for c in columns)] for row in rows] if yardstick else []


def simulate(solver: Solver) -> float:
    """Seconds of one simulation of the whole path."""
    started = time.perf_counter()
    solver.round.simulator.run(solver.round.path[:, None])
    return time.perf_counter() - started


def timed_growth(model: KhanThomas, solver: Solver, path: np.ndarray) -> list[list[float]]:
    """Seconds of a simulation on finer and finer histograms."""
    lines = []
    for refinement in map(int, FLAGS.refinements):
        histogram = Histogram(*model.capital_bounds, FLAGS.histogram_nodes * refinement)
        simulator = FirmSimulator(model, solver.round.simulator.policy, histogram)
        simulator.run(path[:, None])
        started = time.perf_counter()
        simulator.run(path[:, None])
        points = histogram.num_nodes * model.idiosyncratic_chain.num_states
        lines.append([points, time.perf_counter() - started])
    return [[points, seconds, seconds / lines[0][1]] for points, seconds in lines]


if __name__ == "__main__":
    run_app(main)
