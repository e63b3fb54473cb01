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

import csv
import io
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from absl import flags
from tqdm import tqdm

from hetkeras.command_line import option_flags
from hetkeras.command_line.jobs import WORDS, Job, read_jobs
from hetkeras.command_line.solves import FINISHED, STOPPED, Solves
from hetkeras.command_line.words import the_only
from hetkeras.errors import RunDirectoryError
from hetkeras.files import refuse_unwritable, write_text
from hetkeras.report.page import write_report
from hetkeras.report.parts import formats
from hetkeras.report.parts.reading import read_json

FLAGS = flags.FLAGS
TABLES = Path(__file__).parent / "tables"
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
    failures = 0
    solves = Solves()
    with ThreadPoolExecutor(FLAGS.jobs) as pool, tqdm(total=len(jobs), unit="solve") as bar:
        try:
            for done in as_completed([pool.submit(solves.run, job) for job in jobs]):
                failures += not done.result()
                write_results(out_dir, jobs)
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            solves.stop()
            raise
    print(
        f"{len(jobs) - failures} solves done, {failures} stopped with an error (see log.txt in their run directories)"
    )
    print(f"results: {out_dir / 'results.csv'}")
    if FLAGS.report:
        print(f"page: {_page(out_dir)}")
    sys.exit(1 if failures else 0)


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
    if (job.run_dir / FINISHED).exists():
        numbers = read_json(job.run_dir / "diagnostics.json")
        whole = read_json(job.run_dir / "run.json", ("calibration",))["calibration"]
        calibration = {name: _narrow(value) for name, value in whole.items()}
        agents = {"num_agents": calibration["num_firms"]} if "num_firms" in calibration else {}
        return {**agents, **calibration, **numbers, **job.case, **place}
    if (job.run_dir / STOPPED).exists():
        reason = (job.run_dir / STOPPED).read_text().strip()
        return {**job.case, **place, "converged": False, "reason": reason}
    return {}


def _narrow(value: Any) -> Any:
    return formats.brief(value) if isinstance(value, list) and len(value) > formats.LONG else value
