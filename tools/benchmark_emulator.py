"""Khan and Thomas at every calibration of a box: emulated moments beside those of solves that the fit does not know.

Largest adjustment cost and idiosyncratic volatility vary. Each calibration is solved by the grid and proved; the
emulator is a polynomial through 30 of them. Stop it and start it again as you like.

Example:
  TF_NUM_INTRAOP_THREADS=1 python -m tools.benchmark_emulator --workers=2
"""

from __future__ import annotations

import time
from pathlib import Path

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import numpy as np

import hetkeras as hk
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from tools.lumpy_box import BOUNDS, OPTIONS, moments

FLAGS = flags.FLAGS
flags.DEFINE_string("csv", "docs/measured/emulator.csv", "Where the table goes.")
flags.DEFINE_string("run_dir", "runs/emulator", "Where the calibrations go.")
flags.DEFINE_integer("workers", 1, "Processes.", lower_bound=1)
flags.DEFINE_integer("hidden", 50, "Calibrations that the fit does not know.", lower_bound=1)

CALIBRATIONS = 1_200
HEADER = ("moment", "fitted", "hidden", "least", "most", "error_mean", "error_worst", "sd_of_draws")


def main(argv: list[str]) -> None:
    del argv
    solved = hk.SolvedMoments(hk.models.KhanThomas(), OPTIONS, moments)
    emulator = hk.emulate(solved, BOUNDS, FLAGS.run_dir, hidden=FLAGS.hidden, workers=FLAGS.workers)
    errors = np.abs(emulator.at(emulator.theta[emulator.hidden]) - emulator.values[emulator.hidden])
    spread = _sd_of_draws()
    started = time.process_time()
    emulator.at(emulator.over.spread(CALIBRATIONS, 1))
    seconds = time.process_time() - started
    counts = int((~emulator.hidden).sum()), int(emulator.hidden.sum())
    rows = [
        (name, *counts, values.min(), values.max(), error.mean(), error.max(), spread[name])
        for name, values, error in zip(emulator.names, emulator.values.T, errors.T, strict=True)
    ]
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(
        f"{emulator}\n\n{table(HEADER, rows)}\n\n{CALIBRATIONS} calibrations in {seconds:.3f} s; written: {FLAGS.csv}"
    )


def _sd_of_draws(draws: int = 10) -> dict[str, float]:
    """How much moments move with the draws alone, at the published calibration: name -> standard deviation."""
    solution = hk.load(Path(__file__).parents[1] / "exported_models" / "khan_thomas")
    found = [moments(solution, seed) for seed in range(1, draws + 1)]
    return {name: float(np.std([each[name] for each in found], ddof=1)) for name in found[0]}


if __name__ == "__main__":
    run_app(main)
