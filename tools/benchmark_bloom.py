"""How the simulation of firms with branches grows with the histogram (Yokomoto 2026, Table 6), method by method.

Each multiple of the 16,835 points of the model cuts the steps between nodes of capital and of labor. All is timed in
one run on one machine, in processor seconds, compilation apart; memory is the most that the process has held so far.

Example:
  python -m tools.benchmark_bloom --refinements=1x1,5x1,5x2,10x2 --periods=100 --csv=runs/benchmark_bloom.csv
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import keras
import tensorflow as tf

from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.errors import TrainingDiverged
from hetkeras.files import write_columns
from hetkeras.methods.krusell_smith.branching.grid_policy import BranchingGridPolicy
from hetkeras.methods.krusell_smith.branching.grid_value import BranchingGrid
from hetkeras.methods.krusell_smith.branching.joint_histogram import JointHistogram
from hetkeras.methods.krusell_smith.branching.networks import BranchNetworks
from hetkeras.methods.krusell_smith.branching.neural import NeuralBranching
from hetkeras.methods.krusell_smith.branching.neural_settings import NeuralBranchingSettings
from hetkeras.methods.krusell_smith.branching.simulator import BranchingEconomies
from hetkeras.methods.krusell_smith.rules.log_linear import LogLinearRules
from hetkeras.models.bloom import Bloom
from hetkeras.provenance import configure_device

FLAGS = flags.FLAGS
flags.DEFINE_list("refinements", ["1x1", "5x1", "5x2", "10x2", "20x2", "40x2"], "Cuts of the steps of capital x labor.")
flags.DEFINE_integer("periods", 100, "Simulated quarters.", lower_bound=20)
flags.DEFINE_integer("steps", 4000, "Training steps of the networks, enough for firms to be where firms are.")
flags.DEFINE_string("csv", "runs/benchmark_bloom.csv", "Where the table goes.")

HEADER = ("method", "periods", "histogram_points", "simulation_s", "times_smallest", "evaluations", "memory_mib")
AROUND = (5.6, 1.39)  # mean capital and price of the economy, near enough for timing
SEED = 2501


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    model = Bloom()
    rules = LogLinearRules.around([AROUND] * model.aggregate_chain.num_states)
    chain = model.aggregate_chain
    path = chain.paths(chain.num_states // 2, np.random.default_rng(SEED).uniform(size=FLAGS.periods))[:, None]
    rows: list[list[Any]] = []
    for name, policy in (("neural", neural(model, rules, path)), ("grid", grid(model, rules))):
        for cuts in FLAGS.refinements:
            capital, labor = map(int, cuts.split("x"))
            histogram = JointHistogram.of(model, (capital, labor))
            rows.append([name, len(path), *timed(BranchingEconomies(model, policy(histogram)), path)])
            smallest = next(row[3] for row in rows if row[0] == name)
            rows[-1].insert(4, rows[-1][3] / smallest)
            print(table(HEADER, rows[-1:]), flush=True)
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print("\n" + table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


def neural(model: Bloom, rules: LogLinearRules, path: np.ndarray) -> Callable[[JointHistogram], BranchNetworks]:
    """Trains networks for a while at fixed rules; returns them on the nodes that are asked for."""
    keras.utils.set_random_seed(0)
    settings = NeuralBranchingSettings(first_steps=FLAGS.steps, max_rounds=1)
    networks = BranchNetworks(model, rules, price_noise=settings.price_noise)
    solver = NeuralBranching(networks, settings, path[:, 0], 0, fixed_rules=True)
    while int(solver.step) < FLAGS.steps:
        solver.train(tf.constant(500))

    def on(histogram: JointHistogram) -> BranchNetworks:
        networks.histogram = histogram
        return networks

    return on


def grid(model: Bloom, rules: LogLinearRules) -> Callable[[JointHistogram], BranchingGridPolicy]:
    """Solves the Bellman equation at fixed rules; returns its policy on the nodes that are asked for."""
    solved = BranchingGrid(model, rules, 10)
    solved.iterate(tf.constant(50), tf.constant(30), tf.constant(1e-7, tf.float64))

    def on(histogram: JointHistogram) -> BranchingGridPolicy:
        policy = BranchingGridPolicy(solved, histogram)
        policy.tabulate()
        return policy

    return on


def timed(economies: BranchingEconomies, path: np.ndarray) -> list[float]:
    """Points, seconds of a simulation that is compiled already, evaluations in a period, most memory so far.

    Raises:
      TrainingDiverged: if a period found no price that clears its market.
    """
    economies.run(path, periods=2)
    started = time.process_time()
    found = economies.run(path)
    seconds = time.process_time() - started
    cleared = found.series["cleared"].mean()
    if cleared < 1:
        raise TrainingDiverged(
            f"only {cleared:.2%} of the periods found a price; expected all, or times mean nothing. Train longer with "
            "--steps=..."
        )
    points = economies.model.idiosyncratic_chain.num_states * int(np.prod(economies.histogram.shape))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [points, seconds, float(found.series["evaluations"].mean()), memory]


if __name__ == "__main__":
    run_app(main)
