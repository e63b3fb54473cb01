"""Solves many cases on processes, on Slurm or on Ray; stop it and start it again as you like.

  hetkeras sweep CASES [flags]

CASES is a CSV file with a row a case: a name, and where wanted a model, a seed, a column for each field of the
calibration, and columns such as options.preset or solver.num_steps; an empty cell is the default. A JSON file is a list
of objects with the same keys. Results go to RUN_DIR/sweep.csv, one row a case and seed, in the order of the file; times
go to seconds.csv, runs to the folder cases. A case that fails is a row with its reason; the exit status is then 1.

Examples:
  hetkeras sweep cases.csv --model=my_model.py:Skills --seeds=20 --run_dir=runs/sweep
  hetkeras sweep cases.csv --executor=slurm --workers=50 --slurm=slurm_partition=short --slurm=timeout_min=120
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from absl import flags

from hetkeras.command_line import option_flags
from hetkeras.command_line.words import the_only
from hetkeras.errors import SweepError
from hetkeras.sweeps import engines
from hetkeras.sweeps.sweep_table import TABLE
from hetkeras.verbs.sweep import sweep

FLAGS = flags.FLAGS
NAMES = ("run_dir", "model", "seeds", "option", "executor", "workers", "slurm", "retry_failed")


def prepare(words: Sequence[str]) -> str:
    """Defines the flags and returns the help."""
    del words
    option_flags.define_path("cases", None, "CSV or JSON file of cases; the same as the word.")
    option_flags.define_path("run_dir", "runs/sweep", "Everything goes here; what is there is not solved again.")
    flags.DEFINE_string("model", None, "Model of cases that name none, as in my_model.py:Skills.")
    flags.DEFINE_integer("seeds", 1, "Seeds 0, 1, ... of each case that has none of its own.", 1, 100_000)
    flags.DEFINE_multi_string("option", [], "NAME=VALUE of the solve for all cases, as in preset=quick; repeat.")
    flags.DEFINE_enum("executor", engines.NAMES[0], list(engines.NAMES), "What runs the cases.")
    flags.DEFINE_integer("workers", len(os.sched_getaffinity(0)), "Cases at a time, each on one core.", 1, 100_000)
    flags.DEFINE_multi_string("slurm", [], "NAME=VALUE of submitit, as in slurm_partition=short; repeat.")
    flags.DEFINE_bool("retry_failed", False, "Solve cases again that failed.")
    return f"{__doc__}\nFlags:\n{option_flags.help_of(NAMES)}"


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      HetkerasError: if anything that the user gave is wrong.
      SystemExit: with 1 if a case failed.
    """
    cases = the_only(words, "cases", "files of cases", "hetkeras sweep cases.csv --model=my_model.py:Skills")
    options, slurm = (_pairs(name) for name in ("option", "slurm"))
    given = (FLAGS.executor, FLAGS.seeds, FLAGS.model, options, FLAGS.workers, slurm, FLAGS.retry_failed)
    frame = sweep(cases, FLAGS.run_dir, *given)
    failed = int((frame["status"] == "failed").sum())
    right = int((frame["converged"].astype(str) == "True").sum())
    print(f"{len(frame)} cases: {right} converged, {len(frame) - right - failed} not, {failed} failed")
    print(f"table: {FLAGS.run_dir}/{TABLE}")
    sys.exit(1 if failed else 0)


def _pairs(flag: str) -> dict[str, str | int]:
    """Name -> value of a flag that is given as NAME=VALUE; whole numbers are numbers."""
    pairs = [each.partition("=") for each in FLAGS[flag].value or ()]
    for name, sign, text in pairs:
        if not (name and sign and text):
            raise SweepError(f"--{flag}={name}{sign}{text} has no name and value; expected --{flag}=NAME=VALUE")
    return {name: int(text) if text.isdecimal() else text for name, _, text in pairs}
