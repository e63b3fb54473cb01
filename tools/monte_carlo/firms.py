"""Estimates of lumpy investment over data sets from a known truth: panels out of the grid solution, not the emulator.

Khan and Thomas (2008) with two unknown parameters. Each data set is a panel of firms over 25 years of an economy that
is solved by the grid at the truth; panels follow each other in one long history, with years between them. The
estimator has emulated moments (tools/benchmark_emulator.py), whose draws are others. In the wrong model productivity is
less persistent than the estimator believes.

Example:
  python -m tools.monte_carlo.firms --calibrations=runs/emulator
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import numpy as np
from tqdm import tqdm

import hetkeras as hk
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.krusell_smith.aggregate_paths import BURN_IN, drawn_path
from hetkeras.methods.krusell_smith.histogram import Histogram
from hetkeras.methods.krusell_smith.lumpy.firm_panel import firm_panel, panel_moments
from hetkeras.methods.krusell_smith.lumpy.loaded import LoadedFirmPolicy
from hetkeras.methods.krusell_smith.lumpy.measure import HISTOGRAM_NODES
from hetkeras.methods.krusell_smith.lumpy.simulator import FirmSimulator
from tools.lumpy_box import BOUNDS, OPTIONS, moments
from tools.measured.markdown import MEASURED
from tools.measured.monte_carlo import FIRM_TRUTH, FIRMS, HEADER, PERIOD, YEARS, summaries
from tools.monte_carlo.study import outcome

FLAGS = flags.FLAGS
flags.DEFINE_integer("replications", 200, "Data sets of each case.", 2)
flags.DEFINE_integer("hidden", 50, "Calibrations that the emulator's fit does not know.", lower_bound=1)
flags.DEFINE_string("calibrations", "runs/emulator", "Run directory of tools.benchmark_emulator.")
flags.DEFINE_string("csv", str(MEASURED / "monte_carlo_firms.csv"), "Where the rows go.")

BETWEEN = 15  # years from a data set to the next
USED = (
    "sd_investment_rate",
    "inaction",
    "positive_spikes",
    "negative_spikes",
    "serial_correlation_investment_rate",
    "correlation_investment_rate_profitability",
)
WRONG = {"idiosyncratic_persistence": 0.75}
CASES: dict[str, dict[str, Any]] = {"right model": {}, "wrong model": WRONG}
SPREAD_SEED, DATA_SEED = 5_001, 6_001


def main(argv: list[str]) -> None:
    del argv
    solved = hk.SolvedMoments(hk.models.KhanThomas(), OPTIONS, moments)
    emulator = hk.emulate(solved, BOUNDS, FLAGS.calibrations, hidden=FLAGS.hidden)
    emulator.simulations = YEARS // PERIOD  # its one history is as long as so many data sets
    spread = np.cov(
        [list(each.values()) for each in panels(hk.models.KhanThomas.from_dict(FIRM_TRUTH), SPREAD_SEED)], rowvar=False
    )
    rows: list[dict[str, Any]] = []
    for name, changes in CASES.items():
        sets = panels(hk.models.KhanThomas.from_dict({**FIRM_TRUTH, **changes}), DATA_SEED)
        for replication, data in enumerate(tqdm(sets, name, unit="estimate")):
            found = hk.estimate(emulator, data, spread, BOUNDS, simulations=emulator.simulations)
            rows.append({"case": name, "replication": replication, **outcome(found, FIRM_TRUTH)})
            write_columns(Path(FLAGS.csv), {column: [row[column] for row in rows] for column in rows[0]})
    text = [{column: str(value) for column, value in row.items()} for row in rows]
    print(table(HEADER, list(summaries(text, FIRM_TRUTH))))


def panels(model: hk.models.KhanThomas, seed: int) -> list[dict[str, float]]:
    """Moments of the data sets of a model that is solved by the grid."""
    with tempfile.TemporaryDirectory() as folder:
        loaded = hk.solve(model, Path(folder) / "run", report=False, **OPTIONS)
        length = BURN_IN + FLAGS.replications * (PERIOD + BETWEEN)
        path = drawn_path(model.aggregate_chain, length, seed)
        policy = LoadedFirmPolicy(model, loaded.signatures)
        histogram = Histogram(
            *model.capital_bounds, loaded.metadata["training"].get("histogram_nodes", HISTOGRAM_NODES)
        )
        series = FirmSimulator(model, policy, histogram).run(path[:, None]).series
        panel = firm_panel(policy, path, {name: values[:, 0] for name, values in series.items()}, FIRMS, seed)
    found = []
    for number in range(FLAGS.replications):
        first = BURN_IN + number * (PERIOD + BETWEEN)
        known = panel_moments({name: values[first : first + PERIOD] for name, values in panel.items()})
        found.append({name: known[name] for name in USED})
    return found


if __name__ == "__main__":
    run_app(main)
