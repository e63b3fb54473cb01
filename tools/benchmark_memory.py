"""Memory of a training by the size of the model: a table and a CSV. Each size has a process of its own.

Example:
  python -m tools.benchmark_memory --works=investment:128,investment:1000 --csv=runs/benchmark_memory.csv
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from absl import flags

from hetkeras.command_line import device  # noqa: F401  # isort: skip  (before anything else that imports TensorFlow)
import tensorflow as tf

from hetkeras.calibration import Calibration
from hetkeras.command_line.program import run_app
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.method import method_of
from hetkeras.models.export_entry.model import ExportEntry
from hetkeras.models.investment import Investment
from hetkeras.models.lq_control import LQControl

MODELS: dict[str, Callable[[int], Calibration]] = {
    "investment": lambda firms: Investment(num_firms=firms),
    "export_entry": lambda count: ExportEntry(num_destinations=count, complementarity=(0.1 / count,)),
    "lq_control": lambda states: LQControl(dimension=states),
}
WORKS = {
    "investment": (128, 1000, 10000),
    "export_entry": (10, 100, 200),
    "lq_control": (10, 100, 1000),
}
FLAGS = flags.FLAGS
flags.DEFINE_list("works", [f"{name}:{size}" for name, sizes in WORKS.items() for size in sizes], "MODEL:SIZE.")
flags.DEFINE_bool("here", False, "Measure one in this process, as this program tells others to.")
flags.DEFINE_string("csv", "runs/benchmark_memory.csv", "Where the table goes.")
HEADER = ("work", "size", "memory_mib", "start_mib")
STEPS = 5


def main(argv: list[str]) -> None:
    del argv
    if FLAGS.here:
        print(json.dumps(measured(*FLAGS.works[0].split(":"))))
        return
    rows = []
    Path(FLAGS.csv).parent.mkdir(parents=True, exist_ok=True)
    for work in FLAGS.works:
        command = [sys.executable, "-m", "tools.benchmark_memory", f"--works={work}", "--here"]
        said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        rows.append((*work.split(":"), *json.loads(said.splitlines()[-1])))
        print(table(HEADER, rows[-1:]), flush=True)
        write_columns(Path(FLAGS.csv), dict(zip(HEADER, zip(*rows, strict=True), strict=True)))
    print(f"\nwritten: {FLAGS.csv}")


def measured(name: str, size: str) -> tuple[float, float]:
    """The most memory of this process, compilation in it, and what the program takes before it, in MiB."""
    start = most()
    model = MODELS[name](int(size))
    method = method_of(model)
    method.solver(model, method.options()).train(tf.constant(STEPS))
    return most(), start


def most() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    run_app(main)
