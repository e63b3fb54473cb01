"""How long a long simulation of many firms takes, and how it grows: 50,000 firms for 1,000 years from a SavedModel.

The last column is the time of a firm and year over that of the first row, in this run.

Example, the sentence of docs/measured.md, from a solve of the table huang_yu_2024_export (`make tables`):
  python -m tools.benchmark_firms --span=0.5 \\
    --model_dir=runs/export_entry_study/cases/export_entry_alike_j_100_c_.001/seed0/saved_model
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
from tqdm import tqdm

from hetkeras import saved_model
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.methods.jump_diffusion.firm_panel import FlipEconomies
from hetkeras.methods.jump_diffusion.loaded import LoadedFlipPolicy
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.provenance import configure_device

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", None, "SavedModel of export entry.", required=True)
flags.DEFINE_integer("groups", 50, "Groups of firms that share the continuous states.", lower_bound=1)
flags.DEFINE_multi_integer("firms", [1000], "Firms of a group; repeat for several.", lower_bound=1)
flags.DEFINE_float("years", 1000.0, "Years to simulate.", lower_bound=1.0)
flags.DEFINE_float("span", 0.25, "Years of a step.", lower_bound=0.01)
flags.DEFINE_string("csv", "runs/benchmark_firms.csv", "Where the table goes.")

RECORDS = 100
HEADER = ("destinations", "firms", "years", "span", "seconds", "ms_a_step", "active_share", "ratio")


def main(argv: list[str]) -> None:
    del argv
    configure_device("float32")
    loaded = saved_model.load(FLAGS.model_dir, ExportEntry)
    policy = LoadedFlipPolicy(loaded.model, loaded.signatures)
    rows: list[list[Any]] = []
    for firms in FLAGS.firms:
        rows.append(measure(policy, firms))
        rows[-1].append(rows[-1][4] / rows[-1][1] / (rows[0][4] / rows[0][1]))
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(table(HEADER, rows) + f"\nwritten: {FLAGS.csv}")


def measure(policy: LoadedFlipPolicy, firms: int) -> list[Any]:
    """Returns sizes, seconds without compilation, ms a step, and the share of elements that are active."""
    economies = FlipEconomies(policy.model, policy.opportunity, FLAGS.groups, firms, FLAGS.span)
    economies.run(FLAGS.span, 1)
    begun = time.perf_counter()
    with tqdm(total=FLAGS.years, unit="year", desc=f"{FLAGS.groups * firms:,} firms") as bar:
        paths = economies.run(FLAGS.years, RECORDS, lambda now: bar.update(now - bar.n))
    seconds = time.perf_counter() - begun
    share = float(paths.active[RECORDS // 10 :].mean())
    pace = 1e3 * seconds * FLAGS.span / FLAGS.years
    return [policy.model.num_binary, FLAGS.groups * firms, FLAGS.years, FLAGS.span, seconds, pace, share]


if __name__ == "__main__":
    run_app(main)
