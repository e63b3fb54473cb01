"""Runs a table of solves, over cases and seeds, one process a core; stop it and start it again as you like.

  hetkeras table TABLE [flags]

TABLE is the name of one that ships or a JSON file of your own: {"model": "investment", "cases": [{"table": ...,
"group": ..., "description": ..., "flags": {"network": "moments", "set": ["demand_curvature=1.5"]}}, ...]}; a case with
"seeds": 1 runs once whatever --seeds says. "model" is what `hetkeras solve` takes. Results go to OUT_DIR/results.csv,
one row a solve. Of the tables that ship `hetkeras report OUT_DIR` draws the tables and figures of their papers.

Example:
  hetkeras table kahou_2022 --out_dir=runs/kahou_2022 --seeds=3
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

from absl import flags
from tqdm import tqdm

from hetkeras.command_line import option_flags
from hetkeras.errors import RunDirectoryError
from hetkeras.files import write_text
from hetkeras.report.parts import formats

FLAGS = flags.FLAGS
TABLES = Path(__file__).parent / "tables"
FINISHED, STOPPED = "finished.txt", "stopped.txt"
FIRST, LAST = ("table", "group", "description", "seed", "network"), ("converged", "reason", "run_dir")


class Job(NamedTuple):
    """One solve of a table: its case, its seed, the model, and where it runs."""

    case: Mapping[str, Any]
    seed: int
    model: str
    out_dir: Path

    @property
    def run_dir(self) -> Path:
        words = f"{self.case['table']} {self.case['group']} {self.case['description']}".lower()
        return self.out_dir / "cases" / re.sub(r"[^a-z0-9.]+", "_", words).strip("_") / f"seed{self.seed}"

    def command(self) -> list[str]:
        """Returns the command line of the solve."""
        options = [f"--run_dir={self.run_dir}", f"--seed={self.seed}", "--report=false"]
        for name, value in self.case["flags"].items():
            options += [f"--{name}={entry}" for entry in (value if isinstance(value, list) else [value])]
        return [sys.executable, "-m", "hetkeras.command_line.main", "solve", self.model, *options]


def prepare(words: Sequence[str]) -> str:
    """Defines the flags and returns the help."""
    del words
    flags.DEFINE_string("table", None, "The table; the same as the word.")
    flags.DEFINE_string("out_dir", None, "Runs and results.csv go here; finished ones are kept; default runs/TABLE.")
    flags.DEFINE_integer("seeds", 1, "Seeds 0, 1, ... of each case.", lower_bound=1)
    flags.DEFINE_string("only", "", "Regular expression on 'table group description' that picks cases.")
    flags.DEFINE_integer("jobs", os.cpu_count(), "Processes at a time, each on one core.", lower_bound=1)
    shipped = ", ".join(sorted(path.stem for path in TABLES.glob("*.json")))
    return f"{__doc__}\nFlags:\n{option_flags.help_of(('out_dir', 'seeds', 'only', 'jobs'))}\n\nTables: {shipped}"


def main(words: Sequence[str]) -> None:
    """Runs the command.

    Raises:
      RunDirectoryError: if no table is given, or it cannot be used.
    """
    given = [*words, *([FLAGS.table] if FLAGS.table else [])]
    if len(given) != 1:
        raise RunDirectoryError(f"got {len(given)} tables; expected one, as in: hetkeras table kahou_2022")
    shipped = TABLES / f"{given[0]}.json"
    table = shipped if shipped.is_file() else Path(given[0])
    out_dir = Path(FLAGS.out_dir or Path("runs") / table.stem)
    jobs = read_jobs(table, out_dir, FLAGS.seeds, FLAGS.only)
    failures = 0
    with ThreadPoolExecutor(FLAGS.jobs) as pool, tqdm(total=len(jobs), unit="solve") as bar:
        for done in as_completed([pool.submit(run, job) for job in jobs]):
            failures += done.result() != 0
            write_results(out_dir, jobs)
            bar.update()
    print(
        f"{len(jobs) - failures} solves done, {failures} stopped with an error (see log.txt in their run directories)"
    )
    print(f"results: {out_dir / 'results.csv'}")
    sys.exit(1 if failures else 0)


def read_jobs(table: Path, out_dir: Path, num_seeds: int, only: str) -> list[Job]:
    """Returns the jobs of a table.

    Raises:
      RunDirectoryError: if the table cannot be read or no case is picked.
    """
    try:
        content = json.loads(table.read_text(encoding="utf-8"))
        cases = [case for case in content["cases"] if re.search(only, " ".join(_title(case)))]
        jobs = [
            Job(case, seed, content["model"], out_dir)
            for seed in range(num_seeds)
            for case in cases
            if seed < case.get("seeds", num_seeds)
        ]
    except (OSError, ValueError, KeyError, re.error) as error:
        raise RunDirectoryError(
            f"table {table} cannot be used ({error!r}); expected JSON with 'model' and 'cases', each case with "
            "'table', 'group', 'description' and 'flags'"
        ) from error
    if not jobs:
        raise RunDirectoryError(f"--only={only} picks none of the {len(content['cases'])} cases of {table}")
    return jobs


def run(job: Job) -> int:
    """Runs one solve unless it is finished; returns its exit status."""
    marker = job.run_dir / FINISHED
    if marker.exists() and marker.read_text() == " ".join(job.command()[1:]):
        return 0
    for earlier in (marker, job.run_dir / STOPPED):
        earlier.unlink(missing_ok=True)
    job.run_dir.mkdir(parents=True, exist_ok=True)
    one_core = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    with (job.run_dir / "log.txt").open("w") as log:
        status = subprocess.run(job.command(), stdout=log, stderr=log, env=one_core, check=False).returncode
    if status == 0:
        write_text(marker, " ".join(job.command()[1:]))
    else:
        lines = (job.run_dir / "log.txt").read_text().strip().splitlines()
        write_text(job.run_dir / STOPPED, f"exit status {status}: {lines[-1] if lines else 'no output'}")
    return status


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
        numbers = json.loads((job.run_dir / "diagnostics.json").read_text())
        whole = json.loads((job.run_dir / "run.json").read_text())["calibration"]
        calibration = {name: _narrow(value) for name, value in whole.items()}
        agents = {"num_agents": calibration["num_firms"]} if "num_firms" in calibration else {}
        return {**agents, **calibration, **numbers, **job.case, **place}
    if (job.run_dir / STOPPED).exists():
        reason = (job.run_dir / STOPPED).read_text().strip()
        return {**job.case, **place, "converged": False, "reason": reason}
    return {}


def _narrow(value: Any) -> Any:
    return formats.brief(value) if isinstance(value, list) and len(value) > formats.LONG else value


def _title(case: Mapping[str, Any]) -> tuple[str, str, str]:
    return case["table"], case["group"], case["description"]
