"""Runs a table of solves, over cases and seeds, one process a core; stop it and start it again as you like.

  hetkeras table TABLE [flags]

TABLE is the name of one that ships or a JSON file of your own: {"model": "investment", "cases": [{"table": ...,
"group": ..., "description": ..., "flags": {"network": "moments", "set": ["demand_curvature=1.5"]}}, ...]}; a case with
"seeds": 1 runs once whatever --seeds says. "model" is what `hetkeras solve` takes. Results go to OUT_DIR/results.csv,
one row a solve, and a page beside it: cases, what differs between them, their numbers and figures; of the tables that
ship the tables and figures of their papers. `hetkeras report OUT_DIR` draws it anew.

Example:
  hetkeras table kahou_2022 --out_dir=runs/kahou_2022 --seeds=3
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from absl import flags
from tqdm import tqdm

from hetkeras.command_line import option_flags
from hetkeras.command_line.jobs import WORDS, Job, read_jobs
from hetkeras.command_line.words import the_only
from hetkeras.errors import RunDirectoryError
from hetkeras.files import refuse_unwritable, write_json, write_text
from hetkeras.report.page import write_report
from hetkeras.report.parts import formats
from hetkeras.report.parts.reading import read_json
from hetkeras.sweeps.case_folder import ROW, carried_out, kept
from hetkeras.sweeps.processes import Processes
from hetkeras.sweeps.rows import rows_of
from hetkeras.verbs.solved_case import solve_case

FLAGS = flags.FLAGS
TABLES = Path(__file__).parent / "tables"
ASKED = "asked.json"  # what a solve is, in its run directory
FIRST, LAST = (*WORDS, "seed", "network"), ("converged", "reason", "run_dir")


def prepare(words: Sequence[str]) -> str:
    """Defines the flags and returns the help."""
    del words
    flags.DEFINE_string("table", None, "The table; the same as the word.")
    option_flags.define_path(
        "out_dir", None, "Runs and results.csv go here; finished ones are kept; default runs/TABLE."
    )
    flags.DEFINE_integer("seeds", 1, "Seeds 0, 1, ... of each case.", lower_bound=1, upper_bound=1000)
    flags.DEFINE_string("only", "", "Regular expression on 'table group description' that picks cases.")
    flags.DEFINE_integer(
        "jobs", os.cpu_count(), "Processes at a time, each on one core.", lower_bound=1, upper_bound=1024
    )
    flags.DEFINE_bool("report", True, "Draw the page of the table at the end.")
    shipped = ", ".join(sorted(path.stem for path in TABLES.glob("*.json")))
    own = option_flags.help_of(("out_dir", "seeds", "only", "jobs", "report"))
    return f"{__doc__}\nFlags:\n{own}\n\nTables: {shipped}"


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      CalibrationError: if no table is given, or two.
      RunDirectoryError: if it cannot be used.
    """
    name = the_only(words, "table", "tables", "hetkeras table kahou_2022")
    shipped = TABLES / f"{name}.json"
    table = shipped if shipped.is_file() else Path(name)
    out_dir = Path(FLAGS.out_dir or Path("runs") / table.stem)
    jobs = read_jobs(table, out_dir, FLAGS.seeds, FLAGS.only)
    out_dir.mkdir(parents=True, exist_ok=True)
    refuse_unwritable(out_dir / "results.csv")
    failures = _solved(out_dir, jobs, FLAGS.jobs)
    print(
        f"{len(jobs) - failures} solves done, {failures} stopped with an error (see log.txt in their run directories)"
    )
    print(f"results: {out_dir / 'results.csv'}")
    if FLAGS.report:
        print(f"page: {_page(out_dir)}")
    sys.exit(1 if failures else 0)


def _solved(out_dir: Path, jobs: list[Job], workers: int) -> int:
    """Solves what has no row yet, and writes the results as they come; returns how many failed.

    Raises:
      RunDirectoryError: if a row is damaged or a file cannot be written.
    """
    folders = [job.run_dir for job in jobs]
    missing = [place for place, job in enumerate(jobs) if not _is_done(job)]
    calls = {place: partial(carried_out, solve_case, jobs[place].to_solve(), folders[place]) for place in missing}
    with tqdm(total=len(jobs), initial=len(jobs) - len(calls), unit="solve") as bar:
        write_results(out_dir, jobs)
        with contextlib.closing(Processes(workers, calls_each=1)) as engine:
            for _ in rows_of(engine, calls, folders):
                write_results(out_dir, jobs)
                bar.update()
    return sum(row["status"] == "failed" for folder in folders if (row := kept(folder)))


def _is_done(job: Job) -> bool:
    """Whether the solve of a job is finished; if not, its folder has no row afterwards."""
    asked, path = dataclasses.asdict(job.to_solve()), job.run_dir / ASKED
    row = kept(job.run_dir)
    if row and row["status"] == "done" and path.exists() and read_json(path) == asked:
        return True
    job.run_dir.mkdir(parents=True, exist_ok=True)
    (job.run_dir / ROW).unlink(missing_ok=True)
    write_json(path, asked)
    return False


def _page(out_dir: Path) -> str:
    """Where the page is, or why there is none: the results stand without it."""
    try:
        return str(write_report(out_dir))
    except RunDirectoryError as error:
        return f"none, {error}"


def write_results(out_dir: Path, jobs: list[Job]) -> None:
    """Writes results.csv: the solves that are finished, and those that stopped with an error, as not converged.

    Its columns are what names a solve, then its calibration and all its diagnostics, then the verdict. Of long lists in
    a calibration it says how many numbers they have: readers of CSV files refuse a cell with a whole matrix.
    """
    rows = [row for job in jobs if (row := _row(out_dir, job))]
    found = dict.fromkeys(name for row in rows for name in row)
    columns = [*FIRST, *(name for name in found if name not in (*FIRST, *LAST, "flags")), *LAST]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(out_dir / "results.csv", text.getvalue())


def _row(out_dir: Path, job: Job) -> dict[str, Any]:
    """What is known of one solve; empty while it is not over."""
    place = {"seed": job.seed, "run_dir": job.run_dir.relative_to(out_dir), "network": job.case["flags"].get("network")}
    if (row := kept(job.run_dir)) is None:
        return {}
    if row["status"] == "failed":
        return {**job.case, **place, **row["numbers"]}
    whole = read_json(job.run_dir / "run.json", ("calibration",))["calibration"]
    calibration = {name: _narrow(value) for name, value in whole.items()}
    agents = {"num_agents": calibration["num_firms"]} if "num_firms" in calibration else {}
    return {**agents, **calibration, **row["numbers"], **job.case, **place}


def _narrow(value: Any) -> Any:
    return formats.brief(value) if isinstance(value, list) and len(value) > formats.LONG else value
