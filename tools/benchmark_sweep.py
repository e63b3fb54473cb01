"""Sweeps of tiny solves whose workers are killed: the table beside a serial one, what was done twice, the overhead.

Overhead is processor time of the sweep's own process and of workers between two cases, over that of the cases. Starts
of processes are apart. One engine a run, the serial one first; the others are compared with its table.

Example:
  python -m tools.benchmark_sweep --engine=serial && python -m tools.benchmark_sweep --engine=processes --kills=10
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from absl import flags

from hetkeras.command_line.program import run_app
from hetkeras.csv_table import CsvTable
from hetkeras.diagnosis.table import table
from hetkeras.files import write_columns
from hetkeras.sweeps.engine import Engine, prepare_worker
from hetkeras.sweeps.processes import Processes
from hetkeras.sweeps.ray import Ray
from hetkeras.sweeps.serial import Serial
from hetkeras.sweeps.slurm import Slurm
from hetkeras.sweeps.sweep_table import TABLE
from tools.timed_cases import LOG, Killer, begun_again, lines, seconds_between, seconds_inside, solve_timed

FLAGS = flags.FLAGS
ENGINES = ("serial", "processes", "submitit local", "ray local")
flags.DEFINE_enum("engine", "processes", list(ENGINES), "What runs the cases.")
flags.DEFINE_integer("cases", 200, "Cases.", lower_bound=1)
flags.DEFINE_integer("kills", 0, "Workers that are killed at random.", lower_bound=0)
flags.DEFINE_integer("workers", 2, "Cases at a time.", lower_bound=1)
flags.DEFINE_string("run_dir", "runs/benchmark_sweep", "Sweeps go here, one an engine.")
flags.DEFINE_string("csv", "docs/measured/benchmark_sweep.csv", "Where the table goes; a row of the same is replaced.")

MODEL = "tools/faults/walk.py:Walk"  # from the root of a checkout, so that tables of two are the same
HEADER = (
    "engine",
    "cases",
    "kills",
    "same_table",
    "begun_again",
    "of_them_not_killed",
    "seconds_of_cases",
    "seconds_beside",
    "overhead",
    "wall_seconds",
)


def main(argv: list[str]) -> None:
    del argv
    prepare_worker()
    place = Path(FLAGS.run_dir)
    shutil.rmtree(run_dir := place / f"{FLAGS.engine} {FLAGS.kills}".replace(" ", "_"), ignore_errors=True)
    run_dir.mkdir(parents=True)
    log = run_dir / "lines"
    os.environ[LOG] = str(log.resolve())
    import_module("hetkeras.verbs.sweep").solve_case = solve_timed  # type: ignore[attr-defined]
    killer = Killer(log, FLAGS.cases, FLAGS.kills, 0)
    engine = engine_of(run_dir)
    killer.start()
    import_module("pandas")
    if FLAGS.engine == "serial":
        import_module("hetkeras.verbs.solve")
    started, wall = time.process_time(), time.perf_counter()
    swept(engine, run_dir)
    own, wall = time.process_time() - started - killer.seconds, time.perf_counter() - wall
    found = lines(log)
    inside = seconds_inside(found)
    beside = (own - inside if FLAGS.engine == "serial" else own) + seconds_between(found)
    again = begun_again(found)
    same = (place / "serial_0" / TABLE).read_bytes() == (run_dir / TABLE).read_bytes()
    unkilled = sum(count for name, count in again.items() if name not in killer.killed)
    counts = (FLAGS.engine, FLAGS.cases, len(killer.killed), same, sum(again.values()), unkilled)
    row = dict(zip(HEADER, (*counts, inside, beside, beside / inside, wall), strict=True))
    write(Path(FLAGS.csv), {name: str(value) for name, value in row.items()})
    print(table(HEADER, [tuple(row.values())]))
    assert FLAGS.engine == "serial" or "tensorflow" not in sys.modules


def engine_of(run_dir: Path) -> Engine:
    """Starts what the flag names."""
    if FLAGS.engine == "serial":
        return Serial()
    if FLAGS.engine == "processes":
        return Processes(FLAGS.workers)
    if FLAGS.engine == "ray local":
        return Ray(FLAGS.workers)
    return Slurm(run_dir / "jobs", FLAGS.workers, cluster="local")


def swept(engine: Engine, run_dir: Path) -> None:
    """Solves walks that differ in size and pull."""
    cases = [{"name": f"walk{k}", "size": 20 + k % 50, "pull": 0.05 + 0.001 * k} for k in range(FLAGS.cases)]
    import_module("hetkeras.verbs.sweep").sweep(cases, run_dir, engine, model=MODEL)


def write(path: Path, row: dict[str, str]) -> None:
    """Puts a row into the table, in the place of one of the same engine and number of kills."""
    rows: list[dict[str, Any]] = [row]
    if path.exists():
        known = CsvTable.read(path, HEADER, "what this program wrote")
        others = [{name: known.columns[name][k] for name in HEADER} for k in range(len(known.lines))]
        rows += [each for each in others if any(each[name] != row[name] for name in ("engine", "kills"))]
    rows.sort(key=lambda each: (ENGINES.index(each["engine"]), int(each["kills"])))
    write_columns(path, {name: [each[name] for each in rows] for name in HEADER})


if __name__ == "__main__":
    run_app(main)
